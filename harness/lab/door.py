"""Let one program of the host into a lab: its own files, environment and terminal, the lab's network and names."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from harness.errors import LabError
from harness.lab.bundle import Bundle
from harness.lab.namespaces import Mount, Namespace, cookie, mount, setns, unshare
from harness.lab.paths import clouds_file
from harness.lab.resolver import ADDRESS

__all__ = ["enter_and_become"]

_RESOLV_CONF = Path("/etc/resolv.conf")
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # as shells have it


def enter_and_become(bundle: Bundle, argv: Sequence[str], *, netns: str = "outside") -> NoReturn:
    """Enter the bundle's network and become ``argv``: input, output, signals and exit code are the program's own.

    Needs a process without other threads. ``down`` finds the program by its network namespace and ends it.
    """
    path = bundle.netns(netns)
    _remember(bundle, path)
    with path.open("rb") as door:
        setns(door.fileno(), Namespace.NET)
    _own_names(bundle)
    _environment(bundle)
    sys.stdout.flush()
    try:
        os.execvp(argv[0], list(argv))  # noqa: S606  # the user's own command, without a shell
    except FileNotFoundError:
        print(f"interop lab exec: {argv[0]}: command not found", file=sys.stderr)  # noqa: T201
        raise SystemExit(_NOT_FOUND) from None
    except OSError as error:
        print(f"interop lab exec: {argv[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        raise SystemExit(_NOT_EXECUTABLE) from None


def _remember(bundle: Bundle, path: Path) -> None:
    """Write down which namespace is entered, for a ``down`` that comes after its name is gone."""
    try:
        entry = f"{path.stat().st_ino}-{cookie(path)}"
    except FileNotFoundError:
        names = sorted(file.name for file in bundle.inside("/run/netns").iterdir())
        raise LabError(f"the lab has no network namespace {path.name!r}", mend=f"there is: {', '.join(names)}") from None
    bundle.paths.entered.mkdir(exist_ok=True)
    (bundle.paths.entered / entry).touch()


def _environment(bundle: Bundle) -> None:
    """Let clients find the lab's clouds without the host's proxies, and a user without an ``openstack`` command the lab's own."""
    clouds = clouds_file(bundle.name)
    if clouds.exists():
        os.environ.setdefault("OS_CLIENT_CONFIG_FILE", str(clouds))
    os.environ.update({"no_proxy": "*", "NO_PROXY": "*"})  # no proxy of the host's can be reached from the lab
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{bundle.paths.cache.programs}"


def _own_names(bundle: Bundle) -> None:
    """Show this program, and nobody else, a resolv.conf that leads to the lab's resolver."""
    unshare(Namespace.MOUNT)
    mount("none", "/", flags=Mount.RECURSIVE | Mount.PRIVATE)
    if _RESOLV_CONF.exists():
        file = bundle.paths.folder / "resolv.conf"
        file.write_text(f"nameserver {ADDRESS}\noptions timeout:1 attempts:2\n", encoding="utf-8")
        mount(str(file), _RESOLV_CONF.resolve(), flags=Mount.BIND)
