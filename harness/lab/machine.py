"""What a machine must have before it can carry a lab; each lack is one LabError with the mend."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import LabError
from harness.lab.cloudspec import CloudSpec
from harness.lab.namespaces import PROCESSORS
from harness.lab.paths import Cache

__all__ = [
    "INOTIFY_A_SERVER",
    "filesystem",
    "inotify_room",
    "require_for_bundle",
    "require_for_install",
    "require_for_making",
    "require_for_servers",
    "require_root",
    "scarce",
]


@dataclass(frozen=True)
class Needs:
    """What a cloud takes with the largest reference workload on it, in MB: 650 of memory and 500 of disk are its services' own."""

    memory: int
    disk: int


A_CLOUD = Needs(memory=2150, disk=2000)
A_CLOUD_WITH = {"uml": Needs(memory=3700, disk=7000)}
"""Where servers are of a kind that shares neither memory nor the image with others."""

INOTIFY_A_SERVER = 6
"""Inotify instances that a server holds: five of systemd, one of D-Bus, in the lab's guest image."""

_NO_UPPER_LAYER = ("overlay", "nfs", "nfs4", "cifs", "9p", "virtiofs", "vfat", "exfat")
_ROOMY = 1024


def require_root() -> None:
    """The lab's verbs alone need root: they make namespaces, mounts and control groups."""
    if os.geteuid():
        raise LabError("the lab needs root: it makes namespaces, mounts and control groups", mend=f"use `sudo {sys.argv[0]} lab …`")


def require_for_install(cache: Cache) -> None:
    """Root, a processor that a lab runs on, apt and dpkg, and a cache folder that can be written."""
    require_root()
    _require_processor()
    missing = [name for name in ("apt-get", "apt-config", "dpkg-deb", "perl", "tar") if not shutil.which(name)]
    if missing:
        raise LabError(f"the lab is installed with {', '.join(missing)}, which this machine has not", mend="use a Debian machine")
    if ":" in str(cache.home):
        raise LabError(f"the cache folder {cache.home} has a colon in its name", mend="set INTEROP_LAB_HOME to a folder without one")
    if not os.access(_existing(cache.home), os.W_OK):
        raise LabError(f"the cache folder {cache.home} cannot be written", mend="set INTEROP_LAB_HOME to a folder that can")


def _require_processor() -> None:
    processor = os.uname().machine
    if processor not in PROCESSORS:
        mend = f"use a machine with one of the kinds {', '.join(PROCESSORS)}"
        raise LabError(f"this machine's processor is of the kind {processor}, which the lab does not run on", mend=mend)


def require_for_making(cache: Cache, room_mb: int) -> None:
    """Room on the disk for what an installation is about to make."""
    free = _free_disk_mb(cache)
    if free < room_mb:
        mend = "make room, or set INTEROP_LAB_HOME to a folder on another disk"
        raise LabError(f"the lab's installation needs {room_mb} MB in {cache.home}, and {free} MB are free", mend=mend)


def _free_disk_mb(cache: Cache) -> int:
    return shutil.disk_usage(_existing(cache.home)).free // 10**6


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def require_for_bundle(cache: Cache) -> None:
    """Root, such a processor, the kernel's loop and tunnel devices, and a cache folder that can be an overlay's upper layer."""
    require_root()
    _require_processor()
    for driver, node in (("loop", "loop-control"), ("tun", "net/tun")):
        if not Path("/dev", node).exists() and not Path("/sys/class/misc", Path(node).name).exists():
            raise LabError(f"this machine's kernel offers no {driver} devices", mend=f"load them: `modprobe {driver}`")
    kind = filesystem(cache.home, Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    if kind in _NO_UPPER_LAYER or kind.startswith("fuse"):
        mend = "set INTEROP_LAB_HOME to a folder on a local disk (in a container: on a volume)"
        raise LabError(f"the cache folder {cache.home} is on {kind}, which cannot be the upper layer of an overlay", mend=mend)


def require_for_servers(servers: int) -> None:
    """Room for that many more servers among the machine's inotify instances: a server without one does not finish its boot."""
    limit, used = inotify_room()
    needed = servers * INOTIFY_A_SERVER
    if used + needed > limit:
        raise LabError(
            f"{servers} servers need {needed} inotify instances, and of this machine's {limit} for a user {used} are taken",
            mend=f"allow more: `sysctl fs.inotify.max_user_instances={_ROOMY}`",
        )


def scarce(cache: Cache, specs: Sequence[CloudSpec]) -> list[str]:
    """What may not suffice for these clouds with a workload on each: a sentence for each, of what is left and what they take."""
    whose = "a cloud with a workload on it needs" if len(specs) == 1 else f"{len(specs)} clouds with a workload on each need"
    needs = [max((A_CLOUD_WITH.get(kind, A_CLOUD) for kind in spec.guests), key=lambda each: each.memory) for spec in specs]
    left = {
        "memory": (_available_memory_mb(Path("/proc/meminfo").read_text(encoding="ascii")), sum(each.memory for each in needs)),
        f"disk for {cache.home}": (_free_disk_mb(cache), sum(each.disk for each in needs)),
    }
    return [
        f"this machine has {there} MB of {what} left, and {whose} about {needed} MB"
        for what, (there, needed) in left.items()
        if there < needed
    ]


def _available_memory_mb(meminfo: str) -> int:
    """Memory that programs can still have, by the text of /proc/meminfo."""
    return next(int(line.split()[1]) for line in meminfo.splitlines() if line.startswith("MemAvailable:")) >> 10


def inotify_room() -> tuple[int, int]:
    """How many inotify instances a user may have, and how many this one has, over all its processes."""
    limit = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text(encoding="ascii"))
    return limit, sum(_inotify_instances(folder) for folder in Path("/proc").glob("[0-9]*"))


def _inotify_instances(process: Path) -> int:
    """How many a process of ours holds; 0 for one that has ended meanwhile."""
    try:
        if process.stat().st_uid != os.geteuid():
            return 0
        return sum(str(file.readlink()) == "anon_inode:inotify" for file in (process / "fd").iterdir())
    except OSError:
        return 0


def filesystem(folder: Path, mountinfo: str) -> str:
    """The kind of file system that holds a folder (which need not exist yet), by the text of /proc/self/mountinfo."""
    mounts: dict[Path, str] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        mounts[Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), before.split()[4]))] = after.split()[0]
    return next((mounts[place] for place in (folder, *folder.parents) if place in mounts), "")
