"""User-mode Linux, the kernel of servers that do not share the machine's: Debian's package, beside the lab's userland."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.errors import LabError
from harness.lab.fetch import Say, run
from harness.lab.paths import Cache

__all__ = ["PACKAGE", "require_processor", "runs_here", "unpack"]

PACKAGE = "user-mode-linux"
PROCESSOR = "x86_64"


def require_processor(clouds: Sequence[str]) -> None:
    """LabError where this machine's processor is of a kind that user-mode Linux does not run on, which these clouds' servers need."""
    processor = os.uname().machine
    if processor != PROCESSOR:
        what = f"servers of the kind uml ({', '.join(clouds)}) run on {PROCESSOR} alone"
        mend = "name clouds whose servers are of the kind lxc alone"
        raise LabError(f"{what}, and this machine's processor is of the kind {processor}", mend=mend)


def runs_here(cpuinfo: str | None = None) -> bool:
    """Whether Debian's runs on this machine's processor, or on that which the text of a /proc/cpuinfo describes.

    User-mode Linux gives a process its registers back by ptrace(2), which takes them whole or not at all (EFAULT). Before version 6.13 it
    has room for those of AVX-512, and not for AMX's 8 KiB more: its first process dies, and it panics. Debian 13's is 6.12.
    """
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8") if cpuinfo is None else cpuinfo
    flags = next((line.split() for line in described.splitlines() if line.startswith("flags")), [])
    return "amx_tile" not in flags


def unpack(cache: Cache, fetched: Sequence[Path], say: Say) -> None:
    """Unpack kernel and modules into ``<cache>/opt/user-mode-linux``, where ``labvirt.kernel`` finds them inside."""
    target = cache.opt / PACKAGE
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for package in fetched:
        if package.name.startswith(f"{PACKAGE}_"):
            run(["dpkg-deb", "--extract", str(package), str(target)], say)
    shutil.rmtree(target / "usr/share")
