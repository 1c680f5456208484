"""What a bundle is made of on the host, and what of it is still there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.lab import cgroups
from harness.lab.bundle import Bundle
from harness.lab.loops import attached_in
from harness.lab.processes import Process, running
from harness.lab.state import State

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "uts")


@dataclass
class Traces:
    """Everything of one bundle that can be seen from the host."""

    folder: Path
    groups: list[Path]
    processes: set[Process] = field(default_factory=set)
    namespaces: set[tuple[str, int]] = field(default_factory=set)
    taken: int = field(default_factory=lambda: int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")))

    @classmethod
    def of(cls, bundle: Bundle) -> Traces:
        """Take them while it is up: its processes with its servers', and the namespaces that they are in."""
        state = State.load(bundle.paths.state)
        assert state is not None
        traces = cls(bundle.paths.folder, [Path(group) for group in state.groups])
        members = cgroups.members(traces.groups)
        traces.processes = {process for pid in members if (process := Process.of(pid))}
        own = namespaces(os.getpid())
        traces.namespaces = set().union(*(namespaces(process.pid) for process in traces.processes)) - own
        traces.namespaces |= {("net", path.stat().st_ino) for path in bundle.inside("/run/netns").iterdir()}
        assert traces.processes
        assert {kind for kind, _ in traces.namespaces} == set(KINDS)
        return traces

    def remains(self) -> list[str]:
        """What is still there."""
        found = [f"process {process.pid}: {process.command}" for process in self.processes if process.alive]
        found += [
            f"process {process.pid} ({process.command}) in the {kind} namespace {inode}"
            for process in running(lambda process: process.start <= self.taken)  # numbers of namespaces are used again at once
            for kind, inode in namespaces(process.pid) & self.namespaces
        ]
        found += [f"control group {group}" for group in self.groups if group.exists()]
        found += [f"loop device {name}" for name in attached_in(self.folder)]
        found += [line for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines() if str(self.folder) in line]
        found += [str(self.folder)] if self.folder.exists() else []
        return found


def namespaces(pid: int) -> set[tuple[str, int]]:
    """Kind and inode number of the namespaces of a process; none for one that has ended."""
    process = Process(pid, 0)
    return {(kind, inode) for kind in KINDS if (inode := process.namespace(kind))}


def until(holds: Callable[[], bool]) -> bool:
    """Whether it holds within five seconds."""
    end = time.monotonic() + 5
    while not (so := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return so


def interfaces() -> set[str]:
    """The network interfaces of the host."""
    return {interface.name for interface in Path("/sys/class/net").iterdir()}
