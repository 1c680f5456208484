"""Run programs of the userland."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nova import exception

__all__ = ["is_mounted", "mount", "run", "unmount", "wait_until"]

_mounting = threading.Lock()


def run(*command: str | Path, check: bool = True, limit_s: float = 300) -> str:
    """Run a program and return what it wrote; raises NovaException with its complaint when it fails."""
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=limit_s, check=False)
    if check and done.returncode:
        raise exception.NovaException(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def is_mounted(path: Path) -> bool:
    """Whether something is mounted on ``path``."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return any(line.split(" ", 5)[4] == str(path) for line in mounts.splitlines())


def mount(source: Path | str, target: Path, *options: str) -> None:
    """Mount once, also when several servers that share a layer start together; the folder is made."""
    with _mounting:
        if is_mounted(target):
            return
        target.mkdir(parents=True, exist_ok=True)
        run("mount", *options, source, target)


def unmount(*targets: Path) -> None:
    """Unmount, with what is mounted below, in the order given, and remove the folders that it was mounted on.

    With its folder a mount goes from every mount namespace that has a copy of it, such as that of a process that was started meanwhile.
    What is still in use goes when its last user does.
    """
    for target in targets:
        if is_mounted(target):
            run("umount", "--lazy", target, check=False)
        with suppress(OSError):  # there is none, or it is mounted still
            target.rmdir()


def wait_until(ready: Callable[[], bool], limit_s: float, step_s: float = 0.1) -> bool:
    """Whether ``ready`` became true in time."""
    end = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(step_s)
    return True
