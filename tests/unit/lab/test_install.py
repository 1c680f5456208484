"""What is asked of the disk is what will be made, and nothing where nothing will."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from harness.errors import LabError
from harness.lab import install
from harness.lab.apt import Apt, Source
from harness.lab.parts import Part
from harness.lab.paths import Cache

STEP: Any = None


class Made(Part):
    stage = 1
    room_mb = 700
    recipe = "as it is"

    def __init__(self, folder: Path, name: str) -> None:
        self.name = self.title = name
        self.result = folder / name

    def megabytes(self) -> int:
        return 1

    def make(self, cache: Cache, step: Any) -> None:
        self.result.touch()


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with all that an installation needs but much disk, and two parts to make."""
    apt = Apt((Source("http://mirror.test/debian", "bookworm", "main"),), (), (), "bookworm")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    monkeypatch.setattr(Apt, "read", lambda: apt)
    monkeypatch.setattr(install, "parts", lambda *_: [Made(tmp_path, "one"), Made(tmp_path, "two")])


def test_what_does_not_fit_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="the lab's installation needs 1400 MB"):
        install.install(Cache(tmp_path), Console(file=io.StringIO()))
    assert not (tmp_path / "one").exists()


def test_what_is_made_already_needs_no_room(tmp_path: Path) -> None:
    cache, said = Cache(tmp_path), io.StringIO()
    Made(tmp_path, "one").do(cache, STEP)
    install.install(cache, Console(file=io.StringIO()))
    assert (tmp_path / "two").exists()
    install.install(cache, Console(file=said))
    assert "nothing to do" in said.getvalue()
