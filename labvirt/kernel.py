"""The kernel of user-mode Linux that the lab brings, and images that have its modules.

A machine's kernel comes from its disk; this one is a program of the lab's. So that an image boots as any kind of guest, the modules are
put into a copy of it, once.
"""

from __future__ import annotations

import threading
from pathlib import Path

from labvirt.shell import mount, run, unmount

__all__ = ["PROGRAM", "with_modules"]

_PLACE = Path("/opt/user-mode-linux")
PROGRAM = _PLACE / "usr/bin/linux.uml"
_MODULES = _PLACE / "usr/lib/uml/modules"
_SPARE_MB = 50

_making = threading.Lock()


def with_modules(base: Path) -> Path:
    """The filesystem image ``base``, larger by the kernel's modules; made at the first call."""
    made, new, inside = (base.with_name(f"{base.name}.{part}") for part in ("modules", "modules.new", "modules.mounted"))
    with _making:
        if not made.exists():
            unmount(inside)  # of a try that was cut short
            size_mb = int(run("du", "--summarize", "--block-size=1M", _MODULES).split()[0]) + _SPARE_MB
            run("cp", "--sparse=always", base, new)
            run("truncate", f"--size=+{size_mb}M", new)
            check(new)
            run("resize2fs", new)
            mount(new, inside, "-o", "loop")
            try:
                (inside / "lib/modules").mkdir(parents=True, exist_ok=True)
                run("cp", "--archive", f"{_MODULES}/.", inside / "lib/modules")
            finally:
                run("umount", inside)
                inside.rmdir()  # with it the mount goes from whatever other mount namespace has a copy of it
            check(new)
            new.rename(made)
        return made


def check(file: Path) -> None:
    """Mend a filesystem and say in it that it was looked at, without which its size cannot be changed."""
    run("e2fsck", "-f", "-y", file, check=False)
