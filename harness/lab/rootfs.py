"""The lab's own userland: a small Debian root filesystem, made with mmdebstrap, which is unpacked and never installed on the host."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

from harness.lab.credentials import write_private
from harness.lab.fetch import Archive, Say, run
from harness.lab.paths import Cache

__all__ = ["PACKAGES", "SUITE", "TOOL", "bootstrap", "make_rootfs", "recipe", "unpack_tools"]

# Debian 13: Open vSwitch 3.5 (3.1 of Debian 12 dies in userspace connection tracking), OVN 25.03, LXC 6.0, Python 3.13
SUITE = "trixie"
TOOL = "mmdebstrap"
PACKAGES = (
    "openvswitch-switch", "ovn-central", "ovn-host", "mariadb-server", "nginx-light", "dnsmasq-base", "haproxy",
    "lxc", "qemu-utils", "genisoimage", "e2fsprogs", "squashfs-tools", "liberasurecode1",
    "iproute2", "ethtool", "iputils-ping", "iptables", "nftables", "conntrack", "tcpdump", "strace",
    "procps", "kmod", "less", "curl", "ca-certificates", "openssl", "openssh-client", "python3", "python3-venv", "sudo",
)  # fmt: skip
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_MOUNT_POINTS = ("lab", "opt", "images", "old")
_SOURCES = "lab.list"
"""A file that mmdebstrap takes as an archive to fetch from, and puts into the root filesystem with a number before its name."""


def recipe() -> str:
    """All that decides what the userland is."""
    return repr((SUITE, PACKAGES, _LEFT_OUT, _MOUNT_POINTS))


def unpack_tools(cache: Cache, fetched: Sequence[Path], say: Say) -> None:
    """Unpack mmdebstrap, and what of its needs the host lacks, into the cache folder."""
    shutil.rmtree(cache.tools, ignore_errors=True)
    cache.tools.mkdir(parents=True)
    for package in fetched:
        run(["dpkg-deb", "--extract", str(package), str(cache.tools)], say)


def make_rootfs(cache: Cache, archive: Archive, say: Say) -> None:
    """Make the lab's userland; an unfinished one of an earlier try is replaced."""
    made = cache.home / "rootfs.new"
    bootstrap(cache, archive, PACKAGES, made, say)
    shutil.rmtree(made / "var/lib/mysql", ignore_errors=True)  # 143 MB that the lab makes itself where it needs them
    for folder in _MOUNT_POINTS:
        (made / folder).mkdir(exist_ok=True)
    shutil.rmtree(cache.rootfs, ignore_errors=True)
    made.rename(cache.rootfs)


def bootstrap(cache: Cache, archive: Archive, packages: Sequence[str], target: Path, say: Say) -> None:
    """A root filesystem with ``packages`` in the folder ``target``, from packages and lists that ``archive`` has fetched."""
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    bring = (
        'mkdir -p "$1/var/cache/apt/archives" "$1/var/lib/apt/lists"'
        f' && cp -l {quote(str(archive.packages))}/*.deb "$1/var/cache/apt/archives/"'
        f' && cp -r {quote(str(archive.lists))}/. "$1/var/lib/apt/lists/"'
    )
    with _in_files(cache, archive) as (settings, sources):
        command = [
            TOOL,
            "--mode=root",
            "--variant=minbase",
            "--skip=download/empty,update",
            f"--setup-hook={bring}",
            f"--include={','.join(packages)}",
            f"--aptopt={settings}",
            *(f"--dpkgopt=path-exclude={left_out}" for left_out in _LEFT_OUT),
            "--dpkgopt=force-unsafe-io",
            archive.suite.removesuffix("-backports"),  # what is essential comes from the suite that is named here
            str(target),
            str(sources),
        ]
        run(command, say, environment=_tools_environment(cache))
    given = target.glob(f"etc/apt/sources.list.d/*{_SOURCES}")
    for leftover in (target / "etc/apt/apt.conf.d/99mmdebstrap", target / "etc/resolv.conf", *given):
        leftover.unlink(missing_ok=True)


@contextmanager
def _in_files(cache: Cache, archive: Archive) -> Iterator[tuple[Path, Path]]:
    """apt's settings and sources in files that only root reads: either may hold a password, and a command line is everybody's to read."""
    settings = [*archive.apt.settings, 'Acquire::Languages "none";', 'APT::Install-Recommends "false";']
    sources = [source.line(archive.apt.keys) for source in archive.apt.for_suite(archive.suite)]
    cache.download.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="bootstrap.", dir=cache.download) as folder:
        files = Path(folder, "apt.conf"), Path(folder, _SOURCES)
        for file, lines in zip(files, (settings, sources), strict=True):
            write_private(file, "".join(f"{line}\n" for line in lines))
        yield files


def _tools_environment(cache: Cache) -> dict[str, str]:
    """The environment in which programs of the tools folder find their Perl modules and libraries."""
    usr = cache.tools / "usr"
    libraries = ":".join(map(str, usr.glob("lib/*-linux-gnu*")))
    perl = [usr / "share/perl5", *usr.glob("share/perl/5.*"), *usr.glob("lib/*/perl/5.*"), *usr.glob("lib/*/perl-base")]
    return {
        **os.environ,
        "PATH": f"{usr}/bin:{usr}/sbin:{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
        "PERL5LIB": ":".join(map(str, perl)),
        "LC_ALL": "C.UTF-8",
        **({"LD_LIBRARY_PATH": libraries} if libraries else {}),
    }
