"""The error tree: drawn whole, and each error says how the command ends."""

from __future__ import annotations

import inspect

import pytest

from harness import errors


def test_every_error_is_exported_and_drawn_in_the_docstring() -> None:
    classes = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, errors.InteropError)}
    drawn = {name for name in classes if name in (errors.__doc__ or "")}
    assert classes == set(errors.__all__) == drawn


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.FileError("a.yaml", "key", "x"), 2),
        (errors.CloudConfigError("x"), 2),
        (errors.LabError("x"), 2),
        (errors.QuotaTooSmall("x"), 3),
    ],
)
def test_exit_codes(error: errors.InteropError, code: int) -> None:
    assert error.exit_code == code


def test_a_file_error_names_file_and_place_and_mend() -> None:
    error = errors.FileError("overlay.yaml", "inputs.flavour", "no such input", mend="write flavor")
    assert str(error) == "overlay.yaml: inputs.flavour: no such input\n  mend: write flavor"
