"""The image that the lab's clouds boot servers from: Debian 12 with systemd, sshd and cloud-init, as cloud images have it.

One unpartitioned ext4 file system in a qcow2 file. Its apt sources are this machine's, reached through the lab's package proxy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.lab.apt import Apt, Source
from harness.lab.fetch import Archive, Say, follow
from harness.lab.paths import Cache
from harness.lab.rootfs import bootstrap
from harness.lab.tether import in_rootfs

__all__ = ["IMAGE", "PACKAGES", "PACKAGE_PROXY", "SUITE", "make_image", "prepare", "recipe"]

SUITE = "bookworm"
IMAGE = "debian-12.qcow2"
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


def recipe(apt: Apt) -> str:
    """All that decides what the image is."""
    return repr((SUITE, PACKAGES, _MASKED, _LINKS, _SPARE_MIB, sorted(_files(apt).items())))


def make_image(cache: Cache, archive: Archive, say: Say) -> None:
    """Make ``<cache>/images/debian-12.qcow2``."""
    root = cache.download / "guest"
    bootstrap(cache, archive, PACKAGES, root, say)
    prepare(root, archive.apt)
    mebibytes = _mebibytes(root) * 5 // 4 + _SPARE_MIB
    # older kernels cannot mount a file system that has an orphan file
    make = (
        f"rm -f /download/guest.raw && truncate -s {mebibytes}M /download/guest.raw"
        " && mkfs.ext4 -q -m 0 -L root -O ^orphan_file -d /download/guest /download/guest.raw"
        " && qemu-img convert -O qcow2 -c /download/guest.raw /download/guest.qcow2"
    )
    with in_rootfs(cache.rootfs, ["sh", "-c", make], binds={"/download": cache.download}, shown={}, environment={}) as process:
        follow(process, "making the image", say)
    cache.images.mkdir(parents=True, exist_ok=True)
    (cache.download / "guest.qcow2").rename(cache.images / IMAGE)
    (cache.download / "guest.raw").unlink()
    shutil.rmtree(root)


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
    settings = [*(line for line in apt.settings if "Proxy" not in line), *own]
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
