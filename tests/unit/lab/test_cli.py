"""The verbs of the lab as a user types them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.errors import LabError
from harness.lab.bundle import Bundle
from harness.lab.cli import app
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec, find_specs


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


@pytest.mark.parametrize(
    ("is_up", "words", "counted"),
    [(False, "up", ["lab1", "lab2"]), (True, "up lab3 lab1", ["lab3"]), (True, "up lab1", [])],
)
def test_a_cloud_that_comes_up_is_one_that_the_machine_must_have_room_for_also_in_a_lab_that_runs(
    monkeypatch: pytest.MonkeyPatch, is_up: bool, words: str, counted: list[str]
) -> None:
    def scarce(_: object, specs: Sequence[CloudSpec]) -> list[str]:
        assert [spec.name for spec in specs] == sorted(counted)
        return ["there is too little of everything"]

    def up(*_: object, **__: object) -> None:
        raise LabError("that is far enough")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Bundle, "first", is_up)
    monkeypatch.setattr(
        Cloud, "all_of", lambda bundle: [Cloud(bundle, find_specs()["lab1"])]
    )  # left by a lab that was killed, where none is up
    monkeypatch.setattr("harness.lab.install.require_installed", lambda *_: None)
    monkeypatch.setattr("harness.lab.machine.require_for_servers", lambda _: None)
    monkeypatch.setattr("harness.lab.machine.scarce", scarce)
    monkeypatch.setattr("harness.lab.up.up", up)
    done = CliRunner().invoke(app, words.split())
    assert str(done.exception) == "that is far enough"
    assert "there is too little of everything" in done.output
