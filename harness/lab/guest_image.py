"""The image that the lab's clouds boot servers from: Debian 12 with systemd, sshd and cloud-init, as cloud images have it.

One unpartitioned ext4 file system in a qcow2 file. Its apt sources are this machine's, reached through the lab's package proxy. A cloud's
file may ask for packages and files beyond that: each such build is an image of its own.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from harness.lab.apt import Apt, Source
from harness.lab.cloudspec import Build
from harness.lab.fetch import Archive, Say, follow
from harness.lab.paths import Cache
from harness.lab.rootfs import bootstrap
from harness.lab.tether import in_rootfs

__all__ = ["PACKAGES", "PACKAGE_PROXY", "PLAIN", "SUITE", "disk_gb", "image_name", "make_image", "prepare", "recipe"]

SUITE = "bookworm"
PLAIN = Build()
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "udev", "kmod", "openssh-server", "cloud-init", "sudo", "python3", "python3-apt",
    "ifupdown", "isc-dhcp-client", "resolvconf", "iproute2", "iputils-ping", "netbase", "procps", "curl", "ca-certificates", "less",
)  # fmt: skip
PACKAGE_PROXY = "http://packages.lab:3142"

# each costs inotify instances, of which a machine has 128 for all servers, or waits for hardware that a system container has not
_MASKED = (
    "systemd-udevd.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-udev-trigger.service",
    "systemd-logind.service", "getty.target", "console-getty.service", "systemd-modules-load.service", "systemd-resolved.service",
    "systemd-network-generator.service", "systemd-timesyncd.service", "e2scrub_reap.service", "e2scrub_all.timer", "fstrim.timer",
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
)  # fmt: skip

_CLOUD_CONFIG = """\
datasource_list: [ConfigDrive, OpenStack, None]
datasource:
  OpenStack: {timeout: 5, retries: 3, max_wait: 30}
ssh_genkeytypes: [ed25519]
apt_preserve_sources_list: true
manage_etc_hosts: true
growpart: {mode: 'off'}
resize_rootfs: false
locale: false
"""
_LINKS = {"etc/resolv.conf": "../run/resolvconf/resolv.conf", "etc/resolvconf/run": "/run/resolvconf"}
_INTERFACES = "auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n"
_SPARE_MIB = 300  # room for what a first boot writes; a flavor's disk is an image of its own


def image_name(build: Build) -> str:
    """The name of an image's file: that of the plain one, and for others a digest of what they have."""
    return "debian-12" if build == PLAIN else f"debian-12-{hashlib.sha256(build.model_dump_json().encode()).hexdigest()[:8]}"


def recipe(apt: Apt, build: Build) -> str:
    """All that decides what the image is."""
    plain = repr((SUITE, PACKAGES, _MASKED, _LINKS, _SPARE_MIB, sorted(_files(apt).items())))
    return plain if build == PLAIN else plain + build.model_dump_json()


def make_image(cache: Cache, archive: Archive, build: Build, say: Say) -> None:
    """Make ``<cache>/images/<name>.qcow2``."""
    name = image_name(build)
    root = cache.download / name
    bootstrap(cache, archive, (*PACKAGES, *build.packages), root, say)
    prepare(root, archive.apt)
    add(root, build, archive.closure((*PACKAGES, *build.packages)) - archive.closure(PACKAGES))
    mebibytes = _mebibytes(root) * 5 // 4 + _SPARE_MIB
    # older kernels cannot mount a file system that has an orphan file
    make = (
        f"cd /download && rm -f {name}.raw && truncate -s {mebibytes}M {name}.raw"
        f" && mkfs.ext4 -q -m 0 -L root -O ^orphan_file -d {name} {name}.raw"
        f" && qemu-img convert -O qcow2 -c {name}.raw {name}.qcow2"
    )
    with in_rootfs(cache.rootfs, ["sh", "-c", make], binds={"/download": cache.download}, shown={}, environment={}) as process:
        follow(process, "making the image", say)
    cache.images.mkdir(parents=True, exist_ok=True)
    (cache.download / f"{name}.qcow2").rename(cache.images / f"{name}.qcow2")
    (cache.download / f"{name}.raw").unlink()
    shutil.rmtree(root)


def disk_gb(image: Path) -> int:
    """The disk that an image needs, in GiB: its virtual size, which stands in a qcow2 file's header (docs/interop/qcow2.txt of QEMU)."""
    with image.open("rb") as file:
        file.seek(24)
        return -(-int.from_bytes(file.read(8), "big") >> 30)


def add(root: Path, build: Build, packages: set[str]) -> None:
    """What is in no plain image: the services of ``packages`` off, alternatives chosen, files written."""
    information = root / "var/lib/dpkg/info"
    lists = [file for name in packages for file in (*information.glob(f"{name}.list"), *information.glob(f"{name}:*.list"))]
    files = [Path(line) for file in lists for line in file.read_text(encoding="utf-8").splitlines()]
    units = {file.name for file in files if file.parent.match("lib/systemd/system")}
    for link in root.glob("etc/systemd/system/*.wants/*"):
        if link.name in units:
            link.unlink()
    for name, target in build.alternatives.items():
        link = root / "etc/alternatives" / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    for name, text in build.files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def prepare(root: Path, apt: Apt) -> None:
    """Turn a bare root filesystem into a cloud image: nothing in it is a particular server's."""
    for file, text in _files(apt).items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in {**_LINKS, **{f"etc/systemd/system/{unit}": "/dev/null" for unit in _MASKED}}.items():
        link = root / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    for leftover in (*root.glob("etc/ssh/ssh_host_*"), *root.glob("etc/dpkg/dpkg.cfg.d/99mmdebstrap"), root / "etc/hostname"):
        leftover.unlink(missing_ok=True)
    for key in apt.keys:
        if not (root / key.lstrip("/")).exists():
            shutil.copy(key, root / "etc/apt/trusted.gpg.d")
    shutil.rmtree(root / "var/lib/cloud", ignore_errors=True)


def _files(apt: Apt) -> dict[str, str]:
    """What the image says about itself and its surroundings: the file's name in the image, and its text."""
    own = ('Acquire::Languages "none";', f'Acquire::http::Proxy "{PACKAGE_PROXY}";')
    settings = [*(line for line in apt.settings if "proxy" not in line.casefold()), *own]
    return {
        "etc/apt/sources.list": "".join(f"{_through_the_proxy(source).line()}\n" for source in apt.for_suite(SUITE)),
        "etc/apt/apt.conf.d/90lab": "".join(f"{line}\n" for line in settings),
        "etc/dpkg/dpkg.cfg.d/lab": "force-unsafe-io\n",
        "etc/cloud/cloud.cfg.d/90_lab.cfg": _CLOUD_CONFIG,
        "etc/cloud/ds-identify.cfg": "policy: search,found=first,maybe=none,notfound=disabled\n",
        "etc/network/interfaces": _INTERFACES,
        "etc/default/locale": "LANG=C.UTF-8\n",
        "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
        "etc/fstab": "",
        "etc/machine-id": "",
    }


def _through_the_proxy(source: Source) -> Source:
    """The source as servers name it: the proxy speaks plain HTTP with them, and with the archive as this machine does."""
    return Source(f"http://{source.host}{source.path}", source.suite, source.component)


def _mebibytes(root: Path) -> int:
    """Disk that a tree takes."""
    return sum(file.lstat().st_blocks for file in root.rglob("*")) * 512 >> 20
