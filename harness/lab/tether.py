"""Run a program of the installation so that it ends with the installation, however that ends; on the host, or in the lab's userland.

Run as ``python -m harness.lab.tether``: entering namespaces belongs in a process without threads. The program and all that it starts
live in a process and a mount namespace of their own: a download or a half-made root filesystem never goes on unseen, and no
mount stays.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from harness.lab.namespaces import Mount, Namespace, die_with_parent, mount, unshare

__all__ = ["in_rootfs", "tethered"]


def tethered(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a program of the host; its output and errors come through the process's ``stdout``."""
    return _start(["--", *command], environment)


def in_rootfs(
    root: Path, command: Sequence[str], *, binds: Mapping[str, Path], shown: Mapping[str, Path], environment: Mapping[str, str]
) -> subprocess.Popen[str]:
    """Start a program in ``root``, on a layer over it that is thrown away, with the host's network.

    ``binds`` and ``shown`` name places inside and what of the host is there: to be written to, and to be read only.
    """
    doors = [f"--bind={inside}={outside}" for inside, outside in binds.items()]
    doors += [f"--show={inside}={outside}" for inside, outside in shown.items()]
    inside = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", **environment}
    return _start([f"--root={root}", *doors, "--", *command], inside)


def _start(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(os.getpid()), *arguments],
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def main() -> None:
    """Make the namespaces, become the command in them, and end with its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parent", type=int)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--bind", action="append", default=[])
    parser.add_argument("--show", action="append", default=[])
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    del os.environ["PYTHONPATH"]
    die_with_parent()
    if os.getppid() != given.parent:  # it ended before the kernel was told
        return
    unshare(Namespace.PID | Namespace.MOUNT | Namespace.IPC)
    ended, alive = os.pipe()
    if child := os.fork():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _, status = os.waitpid(child, 0)
        raise SystemExit(abs(os.waitstatus_to_exitcode(status)))
    os.close(alive)
    die_with_parent()
    if select.select([ended], [], [], 0)[0]:  # the parent ended before the kernel was told, and it has no id in here to see that by
        os._exit(1)
    mount("none", "/", flags=Mount.RECURSIVE | Mount.PRIVATE)
    if given.root:
        _enter(given.root, given.bind, given.show)
    else:
        mount("proc", "/proc", "proc")
    _become(given.command)


def _become(command: list[str]) -> NoReturn:
    try:
        os.execvp(command[0], command)  # noqa: S606  # the arguments are the caller's own list
    except OSError as error:
        raise SystemExit(f"{command[0]}: {error.strerror}") from None


def _enter(root: Path, binds: list[str], shown: list[str]) -> None:
    """Make a layer over ``root``, bind what is wanted into it, and go there."""
    place = _writable_layer(root)
    mount("proc", place / "proc", "proc")
    mount("/dev", place / "dev", flags=Mount.BIND | Mount.RECURSIVE)
    for pair in binds:
        _bind(place, pair, Mount.NONE)
    for pair in sorted(shown):  # a folder comes before what is in it
        _bind(place, pair, Mount.READ_ONLY)
    os.chroot(place)
    os.chdir("/")


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
