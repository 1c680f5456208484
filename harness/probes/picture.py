"""A picture of a page, as a person would see it: taken by a headless Chromium, where this machine has one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ALONE = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
"""Options with which Chromium draws without a graphics card and asks nothing of the network but what the page asks."""
_OPTIONS = (
    "--headless=new",
    *ALONE,
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--no-proxy-server",  # as every other probe from outside
    "--ignore-certificate-errors",  # a picture proves nothing, and no secret goes there
    "--window-size=800,450",  # a small window, pictured large, can be read from afar
    "--force-device-scale-factor=1.6",
)
_NOBODY = 65534
_NICE = 10
_POLL_S = 0.1
_PNG = b"\x89PNG\r\n\x1a\n"


def browser() -> str | None:
    """The program that takes pictures; ``None`` where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def take(program: str, url: str, file: Path, limit_s: float, given_up: Event) -> bool:
    """Save a picture of the page at ``url`` as ``file``; whether that came about within ``limit_s`` seconds.

    The browser shows a page that somebody else made: it keeps its own sandbox, and is nobody rather than root. Setting
    ``given_up`` ends it at once.
    """
    is_root = os.geteuid() == 0
    with _scratch() as scratch:
        taken = scratch / "page.png"
        command = [program, *_OPTIONS, f"--user-data-dir={scratch / 'profile'}", f"--screenshot={taken}", url]
        with subprocess.Popen(
            command,
            cwd=scratch,
            env={**os.environ, "HOME": str(scratch)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            user=_NOBODY if is_root else None,
            group=_NOBODY if is_root else None,
            extra_groups=[] if is_root else None,
        ) as process:
            _wait(process, limit_s, given_up)
        if process.returncode != 0 or not taken.is_file() or not taken.read_bytes().startswith(_PNG):
            return False
        file.write_bytes(taken.read_bytes())
        return True


def _wait(process: subprocess.Popen[bytes], limit_s: float, given_up: Event) -> None:
    """Until it ends; at the latest after ``limit_s`` seconds it and all that it started are killed."""
    left = limit_s
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
    while process.poll() is None and left > 0 and not given_up.wait(_POLL_S):
        left -= _POLL_S
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that the browser may write to, and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="interop-picture-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        yield Path(folder)
