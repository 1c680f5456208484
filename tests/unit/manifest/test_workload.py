from pathlib import Path
from typing import Any

import pytest

from harness.errors import FileError
from harness.manifest import Workload, read_overlay
from harness.manifest.workload import unfit


def pair() -> Workload:
    return Workload.model_validate(
        {
            "name": "pair",
            "title": "A pair",
            "engine": "ansible",
            "entry": "site.yml",
            "roles": {"left": 1},
            "inputs": {
                "flavor": {"kind": "flavor"},
                "address": {"kind": "address"},
                "drive": {"kind": "config-drive"},
                "size": {"kind": "integer", "default": 1, "minimum": 1, "maximum": 9},
                "mode": {"kind": "string", "default": "a", "choices": ["a", "b"]},
                "fast": {"kind": "boolean", "default": True},
            },
        }
    )


def overlay(folder: Path, text: str) -> Path:
    file = folder / "acme.yaml"
    file.write_text(text)
    return file


def test_an_overlay_sets_inputs(tmp_path: Path) -> None:
    file = overlay(tmp_path, "workload: pair\ninputs: {flavor: m1.tiny, size: 3, fast: false}\n")
    assert read_overlay(file, {"pair": pair()}) == ("pair", {"flavor": "m1.tiny", "size": 3, "fast": False})


def test_an_overlay_for_an_input_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 2: inputs.flavour: pair has no such input") as caught:
        read_overlay(overlay(tmp_path, "workload: pair\ninputs: {flavour: m1.tiny}\n"), {"pair": pair()})
    assert "flavor" in caught.value.mend


def test_an_overlay_for_another_workload_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 1: workload: other is not in this round, which has pair"):
        read_overlay(overlay(tmp_path, "workload: other\ninputs: {}\n"), {"pair": pair()})


def test_an_overlay_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 3: image: unknown key"):
        read_overlay(overlay(tmp_path, "workload: pair\ninputs: {}\nimage: debian\n"), {"pair": pair()})


def test_an_overlay_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"acme.yaml: there is no such file"):
        read_overlay(tmp_path / "acme.yaml", {"pair": pair()})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flavor", 3),
        ("address", "carrier pigeon"),
        ("drive", "yes"),
        ("size", "three"),
        ("size", True),
        ("size", 0),
        ("size", 10),
        ("mode", "c"),
        ("fast", 1),
    ],
)
def test_a_value_that_does_not_fit_its_input_is_refused_with_its_place(tmp_path: Path, name: str, value: Any) -> None:
    text = f"workload: pair\ninputs:\n  {name}: {str(value).lower() if isinstance(value, bool) else value}\n"
    if value == "yes":
        text = text.replace("yes", '"yes"')
    with pytest.raises(FileError, match=rf"line 3: inputs.{name}: it should be"):
        read_overlay(overlay(tmp_path, text), {"pair": pair()})


@pytest.mark.parametrize(
    ("name", "value"), [("flavor", "m1"), ("address", "direct"), ("drive", False), ("size", 9), ("mode", "b"), ("fast", True)]
)
def test_a_value_that_fits_is_taken(name: str, value: Any) -> None:
    assert unfit(pair().inputs[name], value) == ""
