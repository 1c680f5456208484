"""A wallboard beside a round: a process that reads the journals. Whatever becomes of it, the round goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

_PATIENCE_S = 15.0
_FAREWELL_S = 5.0


@contextmanager
def wallboard(folder: Path) -> Iterator[str]:
    """For the length of a ``with``, show the round whose folder is, or will be, ``folder``; gives the address, empty if there is none."""
    command = [sys.executable, "-m", "harness.stage", str(folder)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    try:
        yield _address(process)
    finally:
        _end(process)


def _address(process: subprocess.Popen[str]) -> str:
    said = process.stdout
    if said is None:
        return ""
    with DefaultSelector() as watched:  # unlike select(), it takes any number of open files
        watched.register(said, EVENT_READ)
        return said.readline().strip() if watched.select(_PATIENCE_S) else ""


def _end(process: subprocess.Popen[str]) -> None:
    """Let it show the end to whoever looks; one that does not end by itself is killed."""
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()
    try:
        process.wait(_FAREWELL_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
