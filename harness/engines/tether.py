"""Run a command whose whole family ends when it ends, and when whoever started it ends.

Ansible's workers leave their session, and SSH's masters outlive the play: a deploy whose harness was killed would go on creating
servers while a sweep removes them. This process stands between the two. It adopts every orphan below it (a *subreaper*), and the
kernel tells it when its parent is gone (*parent death signal*); see prctl(2).

Usage: ``python -m harness.engines.tether PARENT_PID PID_FILE COMMAND [ARGUMENT …]``. The process that is tethered is told
to stop with SIGTERM to the id in PID_FILE; the exit code is the command's, or 143 when it was stopped.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

STOPPED = 128 + signal.SIGTERM
"""The exit code when the command was stopped, as a shell would give it."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


class _Stop(BaseException):
    pass


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code when none of its family is left."""
    parent, pid_file, *command = arguments
    signal.signal(signal.SIGTERM, _stop)
    try:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):  # it ended before the kernel was asked to tell
            return STOPPED
        _tell_own_id(Path(pid_file))
        return _wait_for(subprocess.Popen(command).pid)
    except _Stop:
        return STOPPED
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end_family()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stop


def _tell_own_id(file: Path) -> None:
    whole = file.with_name(file.name + ".new")
    whole.write_text(str(os.getpid()))
    whole.rename(file)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _wait_for(pid: int) -> int:
    while True:
        ended, status = os.wait()
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code  # ended by a signal: as a shell would give it


def _end_family() -> None:
    """Kill the children until there are none: whoever loses its parent on the way becomes a child of this process."""
    while children := _children():
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for _ in children:
            os.wait()


def _children() -> list[int]:
    """The living and the dead that this process has not waited for yet."""
    own = os.getpid()
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _parent_of(entry) == own]


def _parent_of(process: Path) -> int:
    try:
        status = (process / "stat").read_text()
    except OSError:  # it ended while we looked
        return 0
    return int(status.rpartition(")")[2].split()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
