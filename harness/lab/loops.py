"""Loop devices whose backing file lies in a lab's folder: they outlive the namespaces that they were made in."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["attached_in", "detach"]

_LOOP_CLR_FD, _LOOP_GET_STATUS64 = 0x4C01, 0x4C05  # linux/loop.h
_STATUS_BYTES = 232


def detach(folder: Path) -> list[str]:
    """Detach each loop device of the lab in ``folder``; returns those that are still in use."""
    for name in attached_in(folder):
        with _device(folder, name) as device:
            fcntl.ioctl(device, _LOOP_CLR_FD)
    return attached_in(folder)


def attached_in(folder: Path) -> list[str]:
    """Loop devices with a backing file in a folder.

    They are known by device and inode number of the file, since its name is one of a mount namespace that may have ended.
    """
    attached = _attached()
    ours = {(status.st_dev, status.st_ino) for status in map(Path.lstat, folder.rglob("*"))} if attached else set()
    return [name for name in attached if _backing(folder, name) in ours]


def _attached() -> list[str]:
    """Loop devices that have a backing file."""
    return [file.parts[-3] for file in Path("/sys/block").glob("loop*/loop/backing_file")]


def _backing(folder: Path, name: str) -> tuple[int, int] | None:
    """Device and inode number of the backing file; None where it was detached meanwhile."""
    try:
        with _device(folder, name) as device:
            status = fcntl.ioctl(device, _LOOP_GET_STATUS64, bytes(_STATUS_BYTES))
    except OSError:
        return None
    number, inode = struct.unpack_from("=QQ", status)
    return number, inode


@contextmanager
def _device(folder: Path, name: str) -> Iterator[int]:
    """The device, opened by a node of our own: a host that is a container itself may have none."""
    node = folder / name
    node.unlink(missing_ok=True)
    os.mknod(node, 0o600 | stat.S_IFBLK, os.makedev(7, int(name.removeprefix("loop"))))
    try:
        device = os.open(node, os.O_RDONLY)
    finally:
        node.unlink()
    try:
        yield device
    finally:
        os.close(device)
