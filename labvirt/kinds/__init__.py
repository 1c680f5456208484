"""Kinds of guest: each is a module here with a class ``Guest``, found by the flavor's extra spec ``lab:guest``.

A module may have a function ``prepare`` too, which makes an image ready for its kind.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Protocol

from nova import exception

from labvirt.conf import CONF
from labvirt.folder import Folder

__all__ = ["EXTRA_SPEC", "Guest", "guest_of", "prepare"]

EXTRA_SPEC = "lab:guest"
DEFAULT = "lxc"


class Guest(Protocol):
    """What the driver asks of a guest; ``folder`` is where everything of it lies."""

    folder: Folder

    def create(self, base: Path) -> None:
        """Make its disk above the image ``base``."""

    def plug(self, vif: dict[str, Any], index: int) -> None:
        """Connect a port as interface number ``index``; does nothing twice."""

    def unplug(self, port: str) -> None:
        """Disconnect a port."""

    def start(self, base: Path) -> None:
        """Switch on."""

    def stop(self, limit_s: int) -> None:
        """Shut down within ``limit_s`` seconds, else switch off; 0: switch off at once."""

    def restart(self) -> bool:
        """Ask the guest to restart by itself; whether it did."""

    def pause(self) -> None:
        """Stop the clock."""

    def unpause(self) -> None:
        """Let it run on."""

    def power_state(self) -> int:
        """One of Nova's power states."""

    def grow(self, disk_gb: int) -> None:
        """Make its disk larger; it is switched off."""

    def pack(self, base: Path, out: Path) -> None:
        """Write its root filesystem to the file ``out``, while it holds still."""

    def unmount(self) -> None:
        """Let go of its files; it is switched off."""

    def release(self) -> None:
        """Give back everything but files."""


def prepare(base: Path) -> None:
    """Do with an image what the first server of each kind that there is would have to wait for."""
    for kind in CONF.lab.guests:
        make_ready = getattr(importlib.import_module(f"{__name__}.{kind}"), "prepare", None)
        if make_ready:
            make_ready(base)


def guest_of(instance: Any) -> Guest:
    """The guest of an instance: of the kind it was created as, or else as its flavor says."""
    folder = Folder(instance.uuid)
    kind = folder.state.get("kind") or instance.flavor.extra_specs.get(EXTRA_SPEC) or DEFAULT
    try:
        module = importlib.import_module(f"{__name__}.{kind}")
    except ModuleNotFoundError as error:
        raise exception.NovaException(f"flavor {instance.flavor.name}: {EXTRA_SPEC}={kind} is no kind of guest that there is") from error
    guest: Guest = module.Guest(instance, folder)
    return guest
