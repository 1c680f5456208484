"""Linux namespaces and mounts through libc: no program of the host is run for them.

Python has ``os.unshare`` and ``os.setns`` since 3.12; the harness runs on 3.11 too. Every call raises OSError with the kernel's
reason and what was tried.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import IntFlag
from pathlib import Path
from typing import TypeVar

__all__ = [
    "PROCESSORS",
    "Mount",
    "Namespace",
    "cookie",
    "die_with_parent",
    "drop_mount",
    "listen_in",
    "mount",
    "pivot_root",
    "setns",
    "unshare",
]

_T = TypeVar("_T")

_LIBC = ctypes.CDLL(None, use_errno=True)
_MNT_DETACH = 2
_PR_SET_PDEATHSIG = 1
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41}  # asm/unistd.h; libc has no wrapper
PROCESSORS = tuple(_SYS_PIVOT_ROOT)
"""The kinds of processor that all this can be done on."""

_SO_NETNS_COOKIE = 71  # asm-generic/socket.h, Linux 5.14


class Namespace(IntFlag):
    """Kinds of namespace, as in linux/sched.h."""

    MOUNT = 0x0002_0000
    CGROUP = 0x0200_0000
    UTS = 0x0400_0000
    IPC = 0x0800_0000
    PID = 0x2000_0000
    NET = 0x4000_0000


class Mount(IntFlag):
    """Flags of mount(2), as in linux/mount.h."""

    NONE = 0
    READ_ONLY = 1
    NO_SUID = 2
    NO_DEV = 4
    NO_EXEC = 8
    REMOUNT = 32
    BIND = 4096
    RECURSIVE = 16384
    PRIVATE = 1 << 18
    SHARED = 1 << 20


def unshare(kinds: Namespace) -> None:
    """Move this process into new namespaces (for PID: its next child)."""
    _check(_LIBC.unshare(int(kinds)), f"unshare {kinds!r}")


def setns(fd: int, kind: Namespace) -> None:
    """Move this thread into the namespace that ``fd`` refers to (for PID: its next child)."""
    _check(_LIBC.setns(fd, int(kind)), f"setns {kind!r}")


def mount(source: str, target: Path | str, kind: str = "", flags: Mount = Mount.NONE, options: str = "") -> None:
    """mount(2); ``source`` is a label for file systems without a device."""
    done = _LIBC.mount(source.encode(), os.fsencode(target), kind.encode() or None, ctypes.c_ulong(int(flags)), options.encode() or None)
    _check(done, f"mount {kind or 'bind'} on {target}")


def drop_mount(target: Path | str) -> None:
    """Take a mount away from this namespace at once; what still uses it keeps it alive until it ends."""
    _check(_LIBC.umount2(os.fsencode(target), _MNT_DETACH), f"unmount {target}")


def pivot_root(new: Path | str, old: Path | str) -> None:
    """Make ``new`` the root of this mount namespace and leave the former root at ``old``."""
    _check(_LIBC.syscall(_SYS_PIVOT_ROOT[os.uname().machine], os.fsencode(new), os.fsencode(old)), f"pivot_root {new}")


def die_with_parent() -> None:
    """From now on, kill this process when the one that started it ends (one that ended before does not count)."""
    _check(_LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "prctl")


def cookie(netns: Path) -> int:
    """A number for a network namespace that no other one gets until the machine restarts (0: kernel too old to tell).

    Inode numbers of namespaces are used again; cookies are not.
    """

    def ask() -> int:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                raw = probe.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8)
            except OSError:
                return 0
        return int(struct.unpack("=Q", raw)[0])

    return _in_network(netns, ask)


def listen_in(netns: Path, address: str, port: int) -> socket.socket:
    """A listening TCP socket in another network namespace; raises OSError where it cannot be had."""
    return _in_network(netns, lambda: socket.create_server((address, port), backlog=64))


def _in_network(netns: Path, action: Callable[[], _T]) -> _T:
    """Do something in another network namespace: a thread enters it and ends, the calling thread stays where it is."""

    def enter_and_act() -> _T:
        with netns.open("rb") as door:
            setns(door.fileno(), Namespace.NET)
        return action()

    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(enter_and_act).result()


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
