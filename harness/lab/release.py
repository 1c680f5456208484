"""One virtual environment for a release of OpenStack, made by the userland's own Python from pinned wheels.

Every index, proxy and certificate that pip uses is this machine's: its ``PIP_*`` variables, its pip.conf files and what they point
to are there inside too.
"""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path
from shlex import quote

from harness.lab.fetch import Say, follow
from harness.lab.paths import Cache
from harness.lab.tether import in_rootfs

__all__ = ["BUILDERS", "RELEASES", "client", "locked", "make_release"]

RELEASES = {"2026.1": 80, "2026.2": 79}
"""Each release, and megabytes to fetch for it (what pip fetched on amd64 when its requirements were locked)."""

# what the few source distributions among the requirements are built with; all of it is pinned in the lock file too
BUILDERS = ("setuptools", "pbr")
_NAMES_FILES = ("PIP_CERT", "PIP_CLIENT_CERT", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_NOT_FOR_US = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_DRY_RUN")
_PIP_FILES = (".config/pip/pip.conf", ".pip/pip.conf")
_HOST_FILES = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/xdg/pip",
    "/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
)  # fmt: skip


def locked(release: str) -> str:
    """The pinned requirements of a release, with hashes."""
    return files("harness.lab.releases").joinpath(f"{release}.txt").read_text(encoding="utf-8")


def make_release(cache: Cache, release: str, say: Say) -> None:
    """Make ``<cache>/opt/<release>``: the environment, its packages, and their bytecode (inside, /opt is read-only)."""
    target = cache.opt / release
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    wheels = cache.download / release
    wheels.mkdir(parents=True, exist_ok=True)
    (wheels / "lock.txt").write_text(locked(release), encoding="utf-8")
    (wheels / "builders.txt").write_text(_only(BUILDERS, locked(release)), encoding="utf-8")
    python = f"/opt/{release}/bin/python"
    options = ["--no-deps", "--no-compile", "--require-hashes", "--cache-dir=/wheels/cache", "--progress-bar=off"]
    install = [python, "-m", "pip", "install", *options]
    for command in (
        ["python3", "-m", "venv", f"/opt/{release}"],
        [*install, "--only-binary=:all:", "--requirement=/wheels/builders.txt"],
        [*install, "--no-build-isolation", "--requirement=/wheels/lock.txt"],
        [python, "-m", "compileall", "-q", "-j2", f"/opt/{release}/lib"],
    ):
        _inside(cache, release, command, wheels, say)
    shutil.rmtree(wheels)


def client(cache: Cache, release: str) -> str:
    """A shell script that runs the release's ``openstack`` on any host: by the userland's own loader, libraries and Python.

    Unlike a program that runs inside, it has the host's files and the caller's environment.
    """
    libraries = next(cache.rootfs.glob("usr/lib/*-linux-gnu*/ld-linux*.so.*")).parent
    loader = next(libraries.glob("ld-linux*.so.*"))
    python = next(cache.rootfs.glob("usr/bin/python3.*[0-9]"))
    packages = next((cache.opt / release).glob("lib/python3.*/site-packages"))
    settings = {"PYTHONHOME": cache.rootfs / "usr", "PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": 1}
    variables = " ".join(f"{name}={quote(str(value))}" for name, value in settings.items())
    command = f"{quote(str(loader))} --library-path {quote(str(libraries))} --argv0 openstack {quote(str(python))}"
    program = 'import sys; sys.argv[0] = "openstack"; from openstackclient.shell import main; sys.exit(main())'
    return f'#!/bin/sh\n{variables} exec {command} -P -c {quote(program)} "$@"\n'


def _inside(cache: Cache, release: str, command: list[str], wheels: Path, say: Say) -> None:
    """Run one command of the installation in the userland; raises LabError with its last words."""
    binds = {f"/opt/{release}": cache.opt / release, "/wheels": wheels}
    settings = _settings_of_the_machine()
    with in_rootfs(cache.rootfs, command, binds=binds, shown=settings, environment=_environment()) as process:
        follow(process, " ".join(command[1:4]), say)


def _environment() -> dict[str, str]:
    """The machine's settings for pip, as variables."""
    names = [name for name in os.environ if name.startswith("PIP_") and name not in _NOT_FOR_US]
    given = {name: os.environ[name] for name in [*names, *_NAMES_FILES, *_PROXIES] if name in os.environ}
    return {**given, "HOME": str(Path.home()), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def _settings_of_the_machine() -> dict[str, Path]:
    """Files and folders that pip's settings live in or point to, each at its own place inside."""
    words = [word for name in _NAMES_FILES for word in os.environ.get(name, "").split()]
    files_of_pip = [os.environ.get("PIP_CONFIG_FILE", ""), "/etc/pip.conf", *(str(Path.home() / name) for name in _PIP_FILES)]
    for file in filter(os.path.isfile, files_of_pip):
        words += Path(file).read_text(encoding="utf-8", errors="replace").split()
    paths = [*_HOST_FILES, *files_of_pip, str(Path.home() / ".netrc"), *words]
    return {path: Path(path).resolve() for path in paths if path.startswith("/") and Path(path).exists()}


def _only(names: tuple[str, ...], lock: str) -> str:
    """The entries of a lock file for some of its names."""
    entries = lock.replace("\\\n", "\\\0").splitlines()
    return "".join(f"{entry}\n" for entry in entries if entry.partition("==")[0] in names).replace("\0", "\n")
