"""Control groups of a lab, in every hierarchy that the machine has: version 1, hybrid, and version 2 alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["LEAF", "Hierarchy", "delegate", "hierarchies", "join", "make", "members", "parse", "remove"]

# systemd's name for the leaf that holds process 1; LXC keeps its hands off it and nests beside it, not in it
LEAF = "init.scope"
_LIMITS = {"cpu", "cpuset", "io", "memory", "pids"}
_WAIT_S = 2.0  # a group stays busy for a moment after its last process has ended


@dataclass(frozen=True)
class Hierarchy:
    """One mounted hierarchy, and where in it the calling process is."""

    mount: Path
    own: Path
    options: str  # of the mount: the controllers, or "none,name=…"; "" for version 2

    @property
    def unified(self) -> bool:
        """Whether it is version 2."""
        return not self.options

    def group(self, name: str) -> Path:
        """The folder of the lab's group ``name``."""
        return self._anchor() / name

    def _anchor(self) -> Path:
        """Under which group the lab's own is made: the caller's, but in version 2 one that hands controllers down.

        A caller's version 2 group holds processes and can therefore hand nothing down; the first group on the way to it that
        hands memory down is the machine's root on a stock system, where container engines make theirs too.
        """
        if self.unified:
            for group in [*reversed(self.own.parents), self.own]:
                if group.is_relative_to(self.mount) and "memory" in _read(group / "cgroup.subtree_control").split():
                    return group
        return self.own


def hierarchies() -> list[Hierarchy]:
    """What is mounted on this machine."""
    return parse(_read(Path("/proc/self/mountinfo")), _read(Path("/proc/self/cgroup")))


def parse(mountinfo: str, own_groups: str) -> list[Hierarchy]:
    """Hierarchies from the text of /proc/self/mountinfo and /proc/self/cgroup; each one once, however often it is mounted."""
    own = {controllers: path for _, controllers, path in (line.split(":", 2) for line in own_groups.splitlines())}
    found: dict[str, Hierarchy] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split()
        if kind not in {"cgroup", "cgroup2"}:
            continue
        controllers = "" if kind == "cgroup2" else _controllers(options, own)
        if controllers is None or controllers not in own or controllers in found:
            continue
        own_path = PurePosixPath(own[controllers])
        below = own_path.relative_to(root) if own_path.is_relative_to(root) else own_path.relative_to("/")
        mount_options = f"none,{controllers}" if controllers.startswith("name=") else controllers
        found[controllers] = Hierarchy(Path(point), Path(point) / below, mount_options)
    return list(found.values())


def _controllers(options: str, own: dict[str, str]) -> str | None:
    """Which of the caller's version 1 memberships a mount's options stand for."""
    words = set(options.split(","))
    return next((controllers for controllers in own if controllers and set(controllers.split(",")) <= words), None)


def make(hierarchy: Hierarchy, name: str) -> Path:
    """Make the lab's group, ready to hold processes."""
    group = hierarchy.group(name)
    group.mkdir(parents=True, exist_ok=True)
    if "cpuset" in hierarchy.options.split(","):
        for file in ("cpuset.cpus", "cpuset.mems"):
            (group / file).write_text(_read(group.parent / file), encoding="ascii")
        (group / "cgroup.clone_children").write_text("1", encoding="ascii")
    return group


def join(group: Path) -> None:
    """Move the calling process into a group."""
    (group / "cgroup.procs").write_text("0", encoding="ascii")


def delegate(group: Path) -> None:
    """Version 2: move the calling process into a leaf, so that the group can hand its controllers down, and do so."""
    (group / LEAF).mkdir(exist_ok=True)
    join(group / LEAF)
    for controller in sorted(_LIMITS & set(_read(group / "cgroup.controllers").split())):
        (group / "cgroup.subtree_control").write_text(f"+{controller}", encoding="ascii")


def members(groups: Iterable[Path]) -> set[int]:
    """Process ids in the groups and all groups under them."""
    files = (file for group in groups if group.exists() for file in group.rglob("cgroup.procs"))
    return {int(pid) for file in files for pid in _read(file).split()}


def remove(groups: Iterable[Path]) -> list[Path]:
    """Remove groups with all under them; returns those that something still holds."""
    left = [group for group in groups if group.exists()]
    deadline = time.monotonic() + _WAIT_S
    while left:
        for group in left:
            for folder, _, _ in os.walk(group, topdown=False):
                _rmdir(Path(folder))
        left = [group for group in left if group.exists()]
        if time.monotonic() > deadline:
            break
        time.sleep(0.02 if left else 0)
    return left


def _rmdir(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
