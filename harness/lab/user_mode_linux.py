"""User-mode Linux, the kernel of servers that do not share the machine's: Debian's package, beside the lab's userland."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.lab.fetch import Say, run
from harness.lab.paths import Cache

__all__ = ["PACKAGE", "unpack"]

PACKAGE = "user-mode-linux"


def unpack(cache: Cache, fetched: Sequence[Path], say: Say) -> None:
    """Unpack kernel and modules into ``<cache>/opt/user-mode-linux``, where ``labvirt.kernel`` finds them inside."""
    target = cache.opt / PACKAGE
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for package in fetched:
        if package.name.startswith(f"{PACKAGE}_"):
            run(["dpkg-deb", "--extract", str(package), str(target)], say)
    shutil.rmtree(target / "usr/share")
