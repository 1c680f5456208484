"""The lab's own userland: a small Debian root filesystem, made with mmdebstrap, which is unpacked and never installed on the host."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.errors import LabError
from harness.lab.apt import Apt, Source
from harness.lab.paths import Cache

__all__ = ["PACKAGES", "SUITE", "bootstrap", "make_rootfs", "private_apt", "unpack_tools"]

# Debian 13: Open vSwitch 3.5 (3.1 of Debian 12 dies in userspace connection tracking), OVN 25.03, LXC 6.0, Python 3.13
SUITE = "trixie"
PACKAGES = (
    "openvswitch-switch", "ovn-central", "ovn-host", "mariadb-server", "nginx-light", "dnsmasq-base", "haproxy",
    "lxc", "qemu-utils", "genisoimage", "e2fsprogs", "squashfs-tools", "liberasurecode1",
    "iproute2", "ethtool", "iputils-ping", "iptables", "nftables", "conntrack", "tcpdump", "strace",
    "procps", "kmod", "less", "curl", "ca-certificates", "openssl", "openssh-client", "python3", "python3-venv", "sudo",
)  # fmt: skip
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")


def private_apt(cache: Cache, sources: Sequence[Source], apt: Apt, *, status: str = "/dev/null") -> list[str]:
    """Options for apt-get that keep lists, archives and sources in the cache folder, whatever the host has.

    ``status`` is the dpkg status file that packages are resolved against; the default knows of no installed package.
    """
    folder = cache.apt / sources[0].suite
    for sub in ("lists/partial", "archives/partial"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text("".join(source.line(apt.keys) + "\n" for source in sources), encoding="utf-8")
    options = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::State::Status": status,
        "Dir::Cache": folder,
        "Dir::Cache::Archives": folder / "archives",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
    }
    return [argument for key, value in options.items() for argument in ("-o", f"{key}={value}")]


def unpack_tools(cache: Cache, apt: Apt, say: Callable[[str], None]) -> None:
    """Fetch mmdebstrap, and what of its needs the host lacks, and unpack both into the cache folder."""
    options = private_apt(cache, apt.for_suite(apt.codename), apt, status="/var/lib/dpkg/status")
    _run(["apt-get", *options, "update"], say)
    _run(["apt-get", *options, "--yes", "--download-only", "install", "mmdebstrap"], say)
    shutil.rmtree(cache.tools, ignore_errors=True)
    cache.tools.mkdir(parents=True)
    for archive in (cache.apt / apt.codename / "archives").glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(archive), str(cache.tools)], say)


def make_rootfs(cache: Cache, apt: Apt, say: Callable[[str], None]) -> None:
    """Make the lab's userland; an unfinished one of an earlier try is replaced."""
    made = cache.home / "rootfs.new"
    bootstrap(cache, apt, SUITE, PACKAGES, made, say)
    shutil.rmtree(made / "var/lib/mysql", ignore_errors=True)
    for folder in ("lab", "opt", "images", "old"):
        (made / folder).mkdir(exist_ok=True)
    shutil.rmtree(cache.rootfs, ignore_errors=True)
    made.rename(cache.rootfs)


def bootstrap(cache: Cache, apt: Apt, suite: str, packages: Sequence[str], target: Path, say: Callable[[str], None]) -> None:
    """A root filesystem of ``suite`` with ``packages`` in the folder ``target``, from the archive that this machine uses."""
    shutil.rmtree(target, ignore_errors=True)
    settings = [*apt.settings, 'Acquire::Languages "none";', 'APT::Install-Recommends "false";']
    command = [
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        f"--include={','.join(packages)}",
        *(f"--aptopt={setting}" for setting in settings),
        *(f"--dpkgopt=path-exclude={left_out}" for left_out in _LEFT_OUT),
        "--dpkgopt=force-unsafe-io",
        suite,
        str(target),
        *(source.line(apt.keys) for source in apt.for_suite(suite)),
    ]
    _run(command, say, environment=_tools_environment(cache))
    (target / "etc/apt/apt.conf.d/99mmdebstrap").unlink(missing_ok=True)
    (target / "etc/resolv.conf").unlink(missing_ok=True)


def _tools_environment(cache: Cache) -> dict[str, str]:
    """The environment in which programs of the tools folder find their Perl modules and libraries."""
    usr = cache.tools / "usr"
    perl = [usr / "share/perl5", *usr.glob("share/perl/5.*"), *usr.glob("lib/*/perl/5.*"), *usr.glob("lib/*/perl-base")]
    return {
        **os.environ,
        "PATH": f"{usr}/bin:{usr}/sbin:{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
        "PERL5LIB": ":".join(map(str, perl)),
        "LD_LIBRARY_PATH": ":".join(map(str, usr.glob("lib/*-linux-gnu*"))),
        "LC_ALL": "C.UTF-8",
    }


def _run(command: Sequence[str], say: Callable[[str], None], *, environment: dict[str, str] | None = None) -> None:
    """Run a program, pass its lines on, and raise LabError with its last ones where it fails."""
    last: list[str] = []
    with subprocess.Popen(
        command, env=environment, text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or ():
            last = [*last[-11:], line.rstrip()]
            say(line.rstrip())
    if process.returncode:
        raise LabError(
            f"{command[0]} failed: " + " | ".join(last[-4:]),
            mend="run `interop lab install` again: what is done is kept",
        )
