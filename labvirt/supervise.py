"""Run user-mode Linux, and again whenever its guest restarts: ``supervise.py CONSOLE STOPPING PROGRAM [ARGUMENT]...``.

The kernel is told not to restart by itself, since it would do so without letting go of its interfaces: its last words in the file
CONSOLE say what the guest wanted. While the file STOPPING is there, a guest that wants to restart is switched off instead. Runs as
process 1 of the guest's process namespace, on the userland's own Python with nothing but its standard library.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["main"]

_RESTARTS = b"reboot: Restarting system"
_LAST_WORDS = 4096


def main(console: Path, stopping: Path, command: list[str]) -> None:
    """Run ``command`` until its guest is switched off."""
    again = True
    while again:
        with console.open("ab") as log:
            before = log.tell()
            _run(command, log.fileno())
        with console.open("rb") as log:
            log.seek(max(before, log.seek(0, os.SEEK_END) - _LAST_WORDS))
            again = _RESTARTS in log.read() and not stopping.exists()


def _run(command: list[str], log: int) -> None:
    """Run one program to its end, and reap whatever else ends meanwhile: user-mode Linux leaves its guest's processes behind."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    ended, status = os.wait()
    while ended != child.pid:
        ended, status = os.wait()
    child.returncode = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
