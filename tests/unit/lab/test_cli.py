"""The verbs of the lab as a user types them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.errors import LabError
from harness.lab.cli import app


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without rights, and a machine without a lab."""
    monkeypatch.setenv("INTEROP_LAB_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.parametrize(
    "words",
    [
        *("install", "uninstall", "up", "status", "env lab1", "exec -- true", "logs lab1 nova", "down"),
        *("quirk on key-missing --cloud lab1", "quirk off key-missing --cloud lab1"),
    ],
)
def test_a_verb_that_needs_root_says_so_and_nothing_else(words: str) -> None:
    error = CliRunner().invoke(app, words.split()).exception
    assert isinstance(error, LabError)
    assert error.message.startswith("the lab needs root")
    assert "sudo" in error.mend


def test_quirks_are_listed_for_everybody() -> None:
    done = CliRunner().invoke(app, ["quirk", "list", "--format", "json"])
    assert done.exit_code == 0
    assert {each["on"] for each in json.loads(done.stdout)} == {""}
