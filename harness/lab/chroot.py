"""Run one program in the lab's userland while the lab is being installed: the host's network, a throw-away layer over the root.

Run as ``python -m harness.lab.chroot``: entering namespaces belongs in a process without threads. Everything mounted goes with
the process, however it ends.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.lab.namespaces import Mount, Namespace, mount, unshare

__all__ = ["in_rootfs"]


def in_rootfs(root: Path, command: Sequence[str], *, binds: Mapping[Path, str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start ``command`` in ``root``; ``binds`` are folders and files of the host, and where they are inside (writable).

    Both output streams come, as lines, through the process's ``stdout``.
    """
    doors = [f"--bind={outside}={inside}" for outside, inside in binds.items()]
    return subprocess.Popen(
        [sys.executable, "-m", "harness.lab.chroot", str(root), *doors, "--", *command],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "PYTHONPATH": _own_folder(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _own_folder() -> str:
    """Where this package is imported from, also when it is not installed."""
    return str(Path(__file__).parents[2])


def main() -> None:
    """Enter the root filesystem and become the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--bind", action="append", default=[])
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    unshare(Namespace.MOUNT | Namespace.IPC)
    mount("none", "/", flags=Mount.RECURSIVE | Mount.PRIVATE)
    root = _writable_layer(given.root)
    mount("proc", root / "proc", "proc")
    mount("/dev", root / "dev", flags=Mount.BIND | Mount.RECURSIVE)
    for pair in given.bind:
        outside, _, inside = pair.rpartition("=")
        _bind(Path(outside), root / inside.lstrip("/"))
    os.chroot(root)
    os.chdir("/")
    del os.environ["PYTHONPATH"]
    os.execvp(given.command[0], given.command)  # noqa: S606  # the arguments are the caller's own list


def _writable_layer(root: Path) -> Path:
    """An overlay over ``root`` whose upper layer is in memory: nothing that the program writes there stays."""
    layer = root.with_name(f"{root.name}.layer")
    layer.mkdir(exist_ok=True)
    mount("layer", layer, "tmpfs")
    os.chdir(layer)  # relative names: an overlay's options cannot hold every character of a path
    for name in ("lower", "upper", "work", "root"):
        Path(name).mkdir()
    mount(str(root), "lower", flags=Mount.BIND)
    mount("layer", "root", "overlay", options="lowerdir=lower,upperdir=upper,workdir=work")
    return layer / "root"


def _bind(outside: Path, inside: Path) -> None:
    """Bind a folder or a file of the host, making the place for it."""
    if inside.is_symlink():
        inside.unlink()
    if outside.is_dir():
        inside.mkdir(parents=True, exist_ok=True)
    else:
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.touch()
    mount(str(outside), inside, flags=Mount.BIND | Mount.RECURSIVE)


if __name__ == "__main__":
    main()
