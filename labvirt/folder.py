"""The folder of one instance: its state survives restarts of nova-compute."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from labvirt.conf import CONF
from labvirt.shell import run

__all__ = ["Folder", "all_folders", "instances_path"]

CONSOLE_LIMIT = 102400
"""Bytes of console output that Nova is given, as libvirt's driver does (MAX_CONSOLE_BYTES)."""


def instances_path() -> Path:
    """Where the folders of all instances lie."""
    return Path(CONF.instances_path)


class Folder:
    """Files of one instance."""

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        self.path = instances_path() / uuid

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def _state_file(self) -> Path:
        return self / "state.json"

    @property
    def kept_aside(self) -> Path:
        """Where the folder waits while a resize is neither confirmed nor reverted."""
        return self.path.with_name(f"{self.uuid}_resize")

    def exists(self) -> bool:
        """Whether the driver knows this instance."""
        return self._state_file.exists()

    @property
    def state(self) -> dict[str, Any]:
        """What was kept: kind of guest, instance's name, base image, interfaces."""
        kept: dict[str, Any] = json.loads(self._state_file.read_text(encoding="utf-8")) if self.exists() else {}
        return kept

    def keep(self, **values: Any) -> None:
        """Change some of the state, all at once or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        new = self / "state.new"
        new.write_text(json.dumps(self.state | values), encoding="utf-8")
        new.replace(self._state_file)

    def console(self) -> bytes:
        """The end of what the guest wrote to its console, as it is: Nova decodes it."""
        try:
            with (self / "console.log").open("rb") as log:
                log.seek(max(0, log.seek(0, 2) - CONSOLE_LIMIT))
                return log.read()
        except FileNotFoundError:
            return b""

    def remove(self) -> None:
        """Remove every file."""
        shutil.rmtree(self.path, ignore_errors=True)

    def set_aside(self) -> None:
        """Keep a copy of the folder as it is; nothing of it may be mounted. Cut short at any moment, the folder itself is whole."""
        self.forget_aside()
        try:
            run("cp", "--archive", "--sparse=always", "--one-file-system", "--no-target-directory", self.path, self._half)
        except BaseException:
            shutil.rmtree(self._half, ignore_errors=True)
            raise
        self._half.rename(self.kept_aside)

    def take_back(self) -> None:
        """Go on with what was kept; where nothing was, since keeping it was cut short, the folder is still as it was."""
        if self.kept_aside.exists():
            self.remove()
            self.kept_aside.rename(self.path)

    def forget_aside(self) -> None:
        """Remove what was kept, so that half of it is never taken back."""
        if self.kept_aside.exists():
            shutil.rmtree(self._half, ignore_errors=True)
            self.kept_aside.rename(self._half)
        shutil.rmtree(self._half, ignore_errors=True)

    @property
    def _half(self) -> Path:
        """A folder to be kept aside while it is not all there yet, or not any more."""
        return self.path.with_name(f"{self.uuid}_resize.half")


def all_folders() -> list[Folder]:
    """Every instance that the driver knows."""
    found = (Folder(entry.name) for entry in instances_path().iterdir() if "_resize" not in entry.name)
    return [folder for folder in found if folder.exists()]
