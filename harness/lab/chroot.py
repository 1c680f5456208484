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


def in_rootfs(
    root: Path, command: Sequence[str], *, binds: Mapping[str, Path], shown: Mapping[str, Path], environment: Mapping[str, str]
) -> subprocess.Popen[str]:
    """Start ``command`` in ``root``; its output and errors come through the process's ``stdout``.

    ``binds`` and ``shown`` name places inside and what of the host is there: to be written to, and to be read only.
    """
    doors = [f"--bind={inside}={outside}" for inside, outside in binds.items()]
    doors += [f"--show={inside}={outside}" for inside, outside in shown.items()]
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
    parser.add_argument("--show", action="append", default=[])
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    unshare(Namespace.MOUNT | Namespace.IPC)
    mount("none", "/", flags=Mount.RECURSIVE | Mount.PRIVATE)
    root = _writable_layer(given.root)
    mount("proc", root / "proc", "proc")
    mount("/dev", root / "dev", flags=Mount.BIND | Mount.RECURSIVE)
    for pair in given.bind:
        _bind(root, pair, Mount.NONE)
    for pair in sorted(given.show):  # a folder comes before what is in it
        _bind(root, pair, Mount.READ_ONLY)
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


def _bind(root: Path, pair: str, access: Mount) -> None:
    """Bind a folder or a file of the host, making the place for it; never touching what an earlier bind shows there."""
    name, _, outside = pair.partition("=")
    inside = root / name.lstrip("/")
    if any(folder.is_mount() for folder in inside.parents if folder.is_relative_to(root) and folder != root):
        return
    if inside.is_symlink():
        inside.unlink()
    if Path(outside).is_dir():
        inside.mkdir(parents=True, exist_ok=True)
    else:
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.touch()
    mount(outside, inside, flags=Mount.BIND)
    if access:
        mount("none", inside, flags=Mount.BIND | Mount.REMOUNT | access)


if __name__ == "__main__":
    main()
