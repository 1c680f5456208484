"""Run a command whose whole family ends when it ends, and when whoever started it ends.

Ansible's workers leave their session, and SSH's masters outlive the play: a deploy whose harness was killed would go on creating
servers while a sweep removes them. This process stands between the two. It adopts every orphan below it (a *subreaper*), and the
kernel tells it when its parent is gone (*parent death signal*); see prctl(2).

Usage: ``python tether.py PARENT_PID PID_FILE COMMAND [ARGUMENT …]``. The process that is tethered is told
to stop with SIGTERM to the id in PID_FILE, and runs nothing when PID_FILE.stop is there before it begins; the exit code is the
command's, or 143 when it was stopped. :class:`Tether` is the other end, in the hand of whoever starts the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType

STOPPED = 128 + signal.SIGTERM
"""The exit code when the command was stopped, as a shell would give it."""

END_S = 10.0
"""How long a family that was told to stop has until it is killed from outside."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


class Tether:
    """Holds one command, to be started by the thread that made this, and stops its family when it is overdue or cancelled.

    ``stopped`` is why it was stopped, if it was. ``limit_s`` seconds count from now.
    """

    def __init__(self, pid_file: Path, limit_s: float, cancelled: Callable[[], bool]) -> None:
        self.stopped = ""
        self._pid_file = pid_file
        self._limit_s = limit_s
        self._deadline = time.monotonic() + limit_s
        self._cancelled = cancelled
        for each in (pid_file, _stop_file(pid_file)):
            each.unlink(missing_ok=True)

    def command(self, command: Iterable[str]) -> list[str]:
        """The command line that runs ``command`` on this tether."""
        bare = (sys.executable, "-I", "-S", __file__)  # needs nothing but the standard library, and so begins at once
        return [*bare, str(os.getpid()), str(self._pid_file), *command]

    def look(self) -> None:
        """Look whether it has to stop; to be called about once a second."""
        if not self.stopped and self._pid_file.exists():
            if self._cancelled():
                self.stop("it was cancelled")
            elif time.monotonic() > self._deadline:
                self.stop(f"it had not ended after {self._limit_s:.0f} s")

    def stop(self, why: str) -> None:
        """Stop it now."""
        self.stopped = why
        with suppress(ProcessLookupError):
            os.kill(int(self._pid_file.read_text()), signal.SIGTERM)

    def end(self) -> None:
        """End it and wait until it is gone, for whoever leaves before its end. What has not begun by now runs nothing any more."""
        _stop_file(self._pid_file).touch()
        if not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text())
        if _is_gone(pid, 0):  # and its id may be another's
            return
        os.kill(pid, signal.SIGTERM)
        if not _is_gone(pid, END_S):
            for each in (pid, *_descendants(pid)):
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            _is_gone(pid, END_S)


def _stop_file(pid_file: Path) -> Path:
    return pid_file.with_name(pid_file.name + ".stop")


def _is_gone(pid: int, within_s: float) -> bool:
    """Whether the child ``pid`` has ended; who started it still finds its exit code, so that no other process gets its id meanwhile."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return True
        except ChildProcessError:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)


def killed_by(code: int) -> int:
    """The signal that ended a tethered command, or its tether, by the exit code; 0 when it ended by itself."""
    number = -code if code < 0 else code - 128
    return number if number in signal.valid_signals() else 0


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
        if _stop_file(Path(pid_file)).exists():  # looked for after the id was told: whoever left saw the one, or left the other
            return STOPPED
        process = subprocess.Popen(command, preexec_fn=_die_with_parent)  # has a name, or it would take the exit code with it when it goes
        return _wait_for(process.pid)
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


def _die_with_parent() -> None:
    """Should this process be killed itself, then the command goes with it."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


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
    return [pid for pid, parent in _parents().items() if parent == own]


def _descendants(pid: int) -> list[int]:
    """The processes below ``pid``, parents before their children."""
    parents = _parents()
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def _parents() -> dict[int, int]:
    """Every process's parent."""
    return {int(entry.name): _parent_of(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}


def _parent_of(process: Path) -> int:
    try:
        status = (process / "stat").read_text()
    except OSError:  # it ended while we looked
        return 0
    return int(status.rpartition(")")[2].split()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
