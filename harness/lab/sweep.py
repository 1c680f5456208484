"""End a bundle and remove all that outlives its namespaces. Safe to run at any time, also where nothing is left.

Ending the first process ends every process of the bundle, its mounts, and its network namespaces save those that somebody from
outside was let into. What can then remain are those processes, loop devices, control groups and folders of the overlay.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.errors import LabError
from harness.lab import cgroups, loops
from harness.lab.namespaces import cookie
from harness.lab.paths import LabPaths, clouds_file
from harness.lab.processes import Process, end, namespace, running, with_descendants
from harness.lab.state import State

__all__ = ["sweep"]

_GRACE_S = 2.0  # for what was let in from outside: a client may want to say goodbye
_OWN_NETWORK = Path("/proc/self/ns/net")


def sweep(lab: LabPaths) -> None:
    """End the lab's bundle and leave nothing of it but the cache; LabError names what could not be removed."""
    state = State.load(lab.state)
    left: list[str] = []
    if state and state.this_boot:
        networks = _networks(lab, state)
        if namespace(_OWN_NETWORK) in networks:
            raise LabError(f"this command runs inside the lab {lab.name!r} that it would end", mend="leave `interop lab exec` first")
        clouds_file(lab.name).unlink(missing_ok=True)
        left += [f"process {process.pid} ({' '.join(process.command)})" for process in _end_processes(state, networks)]
    clouds_file(lab.name).unlink(missing_ok=True)
    left += [f"loop device {device}" for device in loops.detach(lab.folder)]
    if state:
        left += [f"control group {group}" for group in cgroups.remove(map(Path, state.groups))]
    if left:
        mend = "end what uses it, and run `interop lab down` again"
        raise LabError(f"of the lab {lab.name!r} there is still: {', '.join(left)}", mend=mend)
    _remove_files(lab)


def _networks(lab: LabPaths, state: State) -> dict[int, int]:
    """The bundle's network namespaces that can be known: inode number and, where somebody outside may hold it, cookie.

    While the first process runs, all that have a name; after its end, the first one and those that were entered by name.
    """
    networks = {state.netns: state.cookie} if state.netns else {}
    for entry in lab.entered.glob("*-*"):
        number, _, its_cookie = entry.name.partition("-")
        networks[int(number)] = int(its_cookie)
    if first := state.first:
        for path in Path(f"/proc/{first.pid}/root/run/netns").glob("*"):
            if inode := namespace(path):
                networks.setdefault(inode, _cookie(path))
    networks.pop(namespace(Path("/proc/1/ns/net")), None)  # the machine's own is never ours, whatever was bound where
    return networks


def _cookie(path: Path) -> int:
    """The cookie of a namespace; 0 for a name whose namespace is gone, or that the kernel cannot tell."""
    try:
        return cookie(path)
    except OSError:
        return 0


def _end_processes(state: State, networks: dict[int, int]) -> list[Process]:
    """End the first process, then what was let in, then what is only in the lab's control groups; returns who is still there."""
    if (first := state.first) and end([first], grace_s=0):
        return [first]
    while let_in := with_descendants(running(lambda process: _is_in(process, networks, state))):
        if still_there := end(let_in, grace_s=_GRACE_S):
            return still_there
    groups = cgroups.members(map(Path, state.groups))
    return end([process for pid in groups if (process := Process.of(pid))], grace_s=0)


def _is_in(process: Process, networks: dict[int, int], state: State) -> bool:
    """Whether a process is in one of the bundle's network namespaces, and not in a later one of the same inode number."""
    inode = process.namespace("net")
    if inode not in networks:
        return False
    if networks[inode]:
        return _cookie(Path(f"/proc/{process.pid}/ns/net")) == networks[inode]
    return process.start >= state.start


def _remove_files(lab: LabPaths) -> None:
    """Remove what is of one run only; /lab stays."""
    for folder in ("upper", "work", "root", "entered"):
        if (lab.folder / folder).exists():
            shutil.rmtree(lab.folder / folder)
    for file in ("control", "egress", "resolv.conf", lab.state.name):
        (lab.folder / file).unlink(missing_ok=True)
