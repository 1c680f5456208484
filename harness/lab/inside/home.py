"""One cloud's folder inside, and what its services wait for."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any


def is_older(package: str, major: int) -> bool:
    """Whether the release's ``package`` is of a version before ``major``."""
    return int(version(package).partition(".")[0]) < major


class Home:
    """The folder /lab/<cloud>; ``site`` is what the lab's outside wrote down of the cloud."""

    def __init__(self, cloud: str) -> None:
        self.cloud = cloud
        self.path = Path("/lab") / cloud

    @cached_property
    def site(self) -> dict[str, Any]:
        """Region, addresses, names and passwords; see ``harness.lab.site``."""
        found: dict[str, Any] = json.loads((self.path / "etc/site.json").read_text(encoding="utf-8"))
        return found

    def config(self, name: str) -> str:
        """A configuration file's path."""
        return str(self.path / "etc" / name)

    def socket(self, service: str) -> str:
        """Where an API listens."""
        return str(self.path / "run" / f"{service}.sock")

    def pidfile(self, service: str) -> Path:
        """Where a service says which process it is."""
        return self.path / "run" / f"{service}.pid"

    def wait_for_database(self) -> None:
        """Until the cloud's databases are loaded."""
        _wait((self.path / "run/databases.loaded").exists)

    def wait_for_switch(self) -> None:
        """Until the OVSDB server is there."""
        _wait(lambda: _accepts(str(self.path / "run/ovsdb.sock")))

    def wait_for_apis(self, *services: str) -> None:
        """Until each of the APIs accepts connections."""
        for service in services:
            _wait(lambda service=service: _accepts(self.socket(service)))  # type: ignore[misc]


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path) == 0


def _wait(ready: Callable[[], bool], limit_s: float = 300) -> None:
    end = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {limit_s} s in vain")
        time.sleep(0.1)


def enter(namespace: str) -> None:
    """Move this thread into a network namespace of the lab."""
    with (Path("/run/netns") / namespace).open("rb") as door:
        os.setns(door.fileno(), os.CLONE_NEWNET)  # type: ignore[attr-defined,unused-ignore]  # since Python 3.12, which the lab has
