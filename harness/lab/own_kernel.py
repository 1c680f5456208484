"""User-mode Linux built here, from the newest source that Debian has for its release: for processors that Debian's own cannot run on.

All that servers need is in the kernel itself, and little else: ``own_kernel.config`` names it.
"""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files

from harness.lab import rootfs
from harness.lab.fetch import Archive, Say, follow
from harness.lab.paths import Cache
from harness.lab.tether import in_rootfs
from harness.lab.user_mode_linux import PACKAGE

__all__ = ["PACKAGES", "SUITE", "make", "recipe"]

SUITE = f"{rootfs.SUITE}-backports"
PACKAGES = (f"linux-source/{SUITE}", "gcc", "libc6-dev", "make", "flex", "bison", "bc", "xz-utils", "kmod")
_CONFIG = files("harness.lab").joinpath("own_kernel.config")
# a third of the source is drivers for hardware, of which the build reads the Kconfig files alone;
# modprobe says of what is built in that it is there, if it finds the list of it
_BUILD = """\
mkdir --parents /build/source /build/made/usr/bin /build/made/usr/lib/uml
cd /build/source
tar --extract --strip-components=1 --file="$(echo /usr/src/linux-source-*.tar.xz)" --exclude='*/Documentation/*/*' \
  --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]'
make ARCH=um KCONFIG_ALLCONFIG=/own_kernel.config allnoconfig
if grep --invert-match --line-regexp --fixed-strings --file=.config /own_kernel.config; then
  echo 'this source does not have these settings' && exit 1
fi
make ARCH=um --jobs="$(nproc)" linux
strip --output-file=/build/made/usr/bin/linux.uml linux
version="$(cat include/config/kernel.release)"
mkdir --parents "/build/lib/modules/$version"
cp modules.builtin modules.builtin.modinfo "/build/lib/modules/$version"
touch "/build/lib/modules/$version/modules.order"
depmod --basedir=/build "$version"
mv /build/lib/modules /build/made/usr/lib/uml
"""


def recipe() -> str:
    """All that decides what the kernel is, save for the source's version: a newer one is no reason to build it again."""
    return repr((SUITE, PACKAGES, _BUILD, _CONFIG.read_text(encoding="ascii")))


def make(cache: Cache, archive: Archive, say: Say) -> None:
    """Build it into ``<cache>/opt/user-mode-linux``, as Debian's package has it, with tools that are thrown away after."""
    tools, build = cache.download / "kernel-tools", cache.download / "kernel"
    rootfs.bootstrap(cache, archive, PACKAGES, tools, say)
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir()
    with (
        as_file(_CONFIG) as config,
        in_rootfs(tools, ["sh", "-ec", _BUILD], binds={"/build": build}, shown={"/own_kernel.config": config}, environment={}) as process,
    ):
        follow(process, "building the kernel", say)
    target = cache.opt / PACKAGE
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    (build / "made").rename(target)
    shutil.rmtree(build)
    shutil.rmtree(tools)
