"""A cloud may be reachable from one network namespace only; whoever speaks to it enters that namespace first."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.errors import CloudConfigError

_CLONE_NEWNET = 0x40000000
_OWN = "/proc/thread-self/ns/net"
_NO_PROXY = ("no_proxy", "NO_PROXY")


def enter(path: str, cloud: str) -> None:
    """Move the calling thread, and whatever it starts from now on, into the network namespace at ``path``.

    The proxies that the environment names are those of the network that it leaves: from then on the process goes through none.

    Raises:
        CloudConfigError: it is not there, is no network namespace, or may not be entered; names the ``cloud`` that asks for it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError as error:
        raise _forbidden(path, cloud) from error
    except OSError as error:
        raise CloudConfigError(
            f"cloud {cloud}: its network namespace {path} is not there",
            mend="start what the entry belongs to (for the lab: `interop lab up`), or correct interop.netns in its clouds.yaml entry",
        ) from error
    try:
        _set(descriptor)
    except PermissionError as error:
        raise _forbidden(path, cloud) from error
    except OSError as error:
        raise CloudConfigError(
            f"cloud {cloud}: {path} is no network namespace", mend="correct interop.netns in the cloud's clouds.yaml entry"
        ) from error
    finally:
        os.close(descriptor)
    os.environ.update(dict.fromkeys(_NO_PROXY, "*"))


@contextmanager
def inside(path: str | None, cloud: str) -> Iterator[None]:
    """For the length of a ``with``, be in the namespace at ``path``; nowhere else when there is none to enter."""
    if path is None or (Path(path).exists() and Path(path).samefile(_OWN)):
        yield
        return
    back = os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)
    before = {name: os.environ[name] for name in _NO_PROXY if name in os.environ}
    try:
        enter(path, cloud)
        try:
            yield
        finally:
            _set(back)
            _go_through_proxies_as(before)
    finally:
        os.close(back)


def _go_through_proxies_as(before: Mapping[str, str]) -> None:
    for name in _NO_PROXY:
        os.environ.pop(name, None)
    os.environ.update(before)


def _set(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _forbidden(path: str, cloud: str) -> CloudConfigError:
    return CloudConfigError(f"cloud {cloud}: its network namespace {path} may not be entered by this user", mend="run as root")
