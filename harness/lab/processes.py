"""Processes as the host sees them: known by id *and* start time, ended through a pidfd, never by name or id alone."""

from __future__ import annotations

import os
import select
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "boot_id", "end", "namespace", "running", "with_descendants"]

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process: ``start`` is its start time in clock ticks since the machine started (proc(5), stat field 22)."""

    pid: int
    start: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The live process with this id now; None where there is none, or only an unreaped rest of one."""
        fields = _stat(pid)
        return cls(pid, int(fields[19])) if fields and fields[0] not in {"Z", "X"} else None

    @property
    def alive(self) -> bool:
        """Whether this very process, not a later one of the same id, still runs."""
        return Process.of(self.pid) == self

    @property
    def command(self) -> list[str]:
        """Its arguments, as far as they can still be read."""
        try:
            raw = (_PROC / str(self.pid) / "cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(argument) for argument in raw.rstrip(b"\0").split(b"\0")]

    def namespace(self, kind: str) -> int:
        """Inode number of its namespace of that kind (``net``, ``pid``, …); 0 where it cannot be read."""
        return namespace(_PROC / str(self.pid) / "ns" / kind)

    @property
    def parent(self) -> int:
        """The id of its parent; 0 where it cannot be read."""
        return int(fields[1]) if (fields := _stat(self.pid)) else 0

    @property
    def inner_pid(self) -> int:
        """Its id in its own process namespace."""
        try:
            status = (_PROC / str(self.pid) / "status").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return 0
        ids = next((line for line in status.splitlines() if line.startswith("NSpid:")), "0").split()
        return int(ids[-1])


def namespace(path: Path) -> int:
    """Inode number of the namespace that a file refers to; 0 where it cannot be read."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def running(wanted: Callable[[Process], bool]) -> Iterator[Process]:
    """Every process of the machine that is ``wanted``."""
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            process = Process.of(int(entry.name))
            if process and wanted(process):
                yield process


def with_descendants(processes: Iterable[Process]) -> list[Process]:
    """Processes, and all that they and theirs have started and not orphaned."""
    children: defaultdict[int, list[Process]] = defaultdict(list)
    for process in running(lambda _: True):
        children[process.parent].append(process)
    family = dict.fromkeys(processes)
    todo = list(family)
    while todo:
        fresh = [child for child in children[todo.pop().pid] if child not in family]
        family.update(dict.fromkeys(fresh))
        todo += fresh
    return list(family)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the program's name, the state being the first; none for a process that has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def boot_id() -> str:
    """Which start of the machine this is."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def end(processes: list[Process], *, grace_s: float, limit_s: float = 20.0) -> list[Process]:
    """End processes: SIGTERM, and after ``grace_s`` SIGKILL; returns those still there after ``limit_s``.

    With no grace they are killed at once.
    """
    left = _signal(processes, signal.SIGTERM, grace_s) if grace_s else processes
    return _signal(left, signal.SIGKILL, limit_s) if left else []


def _signal(processes: list[Process], number: signal.Signals, limit_s: float) -> list[Process]:
    """Send a signal to each process and wait for their end; returns who is still there."""
    handles = {process: fd for process in processes if (fd := _open(process)) is not None}
    for fd in handles.values():
        try:
            signal.pidfd_send_signal(fd, number)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + limit_s
    left = dict(handles)
    while left and (wait := deadline - time.monotonic()) > 0:
        ended, _, _ = select.select(list(left.values()), [], [], wait)
        left = {process: fd for process, fd in left.items() if fd not in ended}
    for fd in handles.values():
        os.close(fd)
    return list(left)


def _open(process: Process) -> int | None:
    """A pidfd of this very process; None if it ended, or its id has gone to another one."""
    try:
        fd = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    if process.alive:
        return fd
    os.close(fd)
    return None
