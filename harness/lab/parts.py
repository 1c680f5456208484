"""The parts of an installation, in the order in which they need each other."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from inspect import getsource
from pathlib import Path

from harness.lab import guest_image, own_kernel, release, rootfs, user_mode_linux
from harness.lab.apt import Apt
from harness.lab.cloudspec import Build, CloudSpec
from harness.lab.fetch import Archive
from harness.lab.paths import Cache
from harness.lab.progress import Step

__all__ = ["Part", "parts"]


class Part(ABC):
    """One part: its ``recipe`` is all that decides what comes out, and ``result`` what is there when it is made.

    It needs parts of lower ``stage`` alone. A lab that is up has open what is ``used_by_labs``. ``room_mb`` is what it takes on the
    disk at its widest, while it is made: what was fetched, what becomes of it, and what that is made into.
    """

    name: str
    title: str
    recipe: str
    result: Path
    stage: int
    room_mb: int
    archive: Archive | None = None
    used_by_labs = False

    def done(self, cache: Cache) -> bool:
        """Whether it is there, made by this recipe."""
        mark = cache.steps / self.name
        return self.result.exists() and mark.exists() and mark.read_text(encoding="ascii") == self._digest

    def do(self, cache: Cache, step: Step) -> None:
        """Make it, and only then say so."""
        mark = cache.steps / self.name
        mark.unlink(missing_ok=True)
        self.make(cache, step)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(self._digest, encoding="ascii")

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self.recipe.encode()).hexdigest()

    @abstractmethod
    def megabytes(self) -> int:
        """How much is to be fetched; what was fetched before and is kept counts too."""

    @abstractmethod
    def make(self, cache: Cache, step: Step) -> None:
        """Make it, replacing what an earlier try left."""


class _Debian(Part):
    """A part that is made of Debian packages."""

    archive: Archive
    packages: tuple[str, ...]
    onto = Path(os.devnull)

    def megabytes(self) -> int:
        """As apt says."""
        return sum(self.archive.sizes(self.packages, onto=self.onto).values()) // 10**6

    def fetch(self, step: Step) -> list[Path]:
        """Fetch the packages."""
        total = sum(self.archive.sizes(self.packages, onto=self.onto).values())

        def follow(line: str) -> None:
            step.reached(self.archive.here(), total)
            step.say(line)

        return self.archive.download(self.packages, follow, onto=self.onto)


class _Tools(_Debian):
    stage = 1
    room_mb = 50
    name = "tools"
    title = f"{rootfs.TOOL}, which makes root filesystems"
    packages = (rootfs.TOOL,)
    onto = Path("/var/lib/dpkg/status")

    def __init__(self, cache: Cache, apt: Apt) -> None:
        self.archive = Archive(cache, apt, apt.codename)
        self.recipe = f"{rootfs.TOOL} {apt.codename}"
        self.result = cache.tools

    def make(self, cache: Cache, step: Step) -> None:
        rootfs.unpack_tools(cache, self.fetch(step), step.say)


class _Userland(_Debian):
    stage = 2
    room_mb = 1100
    name = "rootfs"
    title = f"the lab's userland, Debian {rootfs.SUITE}"
    packages = rootfs.PACKAGES
    recipe = rootfs.recipe()
    used_by_labs = True

    def __init__(self, cache: Cache, apt: Apt) -> None:
        self.archive = Archive(cache, apt, rootfs.SUITE)
        self.result = cache.rootfs

    def make(self, cache: Cache, step: Step) -> None:
        self.fetch(step)
        rootfs.make_rootfs(cache, self.archive, step.say)


class _Release(Part):
    stage = 3
    room_mb = 1100
    used_by_labs = True

    def __init__(self, cache: Cache, number: str) -> None:
        self.number = number
        self.name = f"release-{number}"
        self.requirements = release.locked(number).count("==")
        self.title = f"OpenStack {number}, {self.requirements} pinned packages"
        self.recipe = rootfs.recipe() + release.locked(number)
        self.result = cache.opt / number

    def megabytes(self) -> int:
        return release.RELEASES[self.number]

    def make(self, cache: Cache, step: Step) -> None:
        seen = 0

        def follow(line: str) -> None:
            nonlocal seen
            seen += line.startswith("Collecting ")
            step.reached(seen, self.requirements + len(release.BUILDERS))
            step.say(line)

        release.make_release(cache, self.number, follow)


class _Client(Part):
    stage = 4
    room_mb = 0
    name = "client"
    title = "the openstack command"

    def __init__(self, cache: Cache) -> None:
        self.recipe = f"{max(release.RELEASES)} {getsource(release.client)}"
        self.result = cache.programs / "openstack"

    def megabytes(self) -> int:
        return 0

    def make(self, cache: Cache, step: Step) -> None:
        self.result.parent.mkdir(parents=True, exist_ok=True)
        self.result.write_text(release.client(cache, max(release.RELEASES)), encoding="utf-8")
        self.result.chmod(0o755)
        step.say(str(self.result))


class _Kernel(_Debian):
    stage = 3
    room_mb = 250
    name = user_mode_linux.PACKAGE
    title = "user-mode Linux, a kernel of their own for servers"
    packages = (user_mode_linux.PACKAGE,)
    recipe = f"{user_mode_linux.PACKAGE} {rootfs.SUITE}"
    used_by_labs = True

    def __init__(self, cache: Cache, apt: Apt) -> None:
        self.archive = Archive(cache, apt, rootfs.SUITE)
        self.onto = cache.rootfs / "var/lib/dpkg/status"
        self.result = cache.opt / user_mode_linux.PACKAGE

    def megabytes(self) -> int:
        """The package alone: what it needs the userland has."""
        sizes = self.archive.sizes(self.packages, onto=self.onto if self.onto.exists() else Path(os.devnull))
        return sum(size for name, size in sizes.items() if name.startswith(user_mode_linux.PACKAGE)) // 10**6

    def make(self, cache: Cache, step: Step) -> None:
        user_mode_linux.unpack(cache, self.fetch(step), step.say)


class _OwnKernel(_Debian):
    stage = 3
    room_mb = 2500
    name = user_mode_linux.PACKAGE
    title = "user-mode Linux for this processor, built here: ten minutes on two cores"
    packages = own_kernel.PACKAGES
    recipe = own_kernel.recipe()
    used_by_labs = True

    def __init__(self, cache: Cache, apt: Apt) -> None:
        self.archive = Archive(cache, apt, own_kernel.SUITE)
        self.result = cache.opt / user_mode_linux.PACKAGE

    def make(self, cache: Cache, step: Step) -> None:
        self.fetch(step)
        own_kernel.make(cache, self.archive, step.say)


class _GuestImage(_Debian):
    stage = 3

    def __init__(self, cache: Cache, apt: Apt, build: Build) -> None:
        image = guest_image.image_name(build)
        self.build = build
        self.room_mb = 3000 if build.packages else 1200
        self.name = "guest" if build == guest_image.PLAIN else f"guest-{image}"
        more = f", with {len(build.packages)} packages preinstalled" if build.packages else ""
        self.title = f"the servers' image, Debian {guest_image.SUITE}{more}"
        self.packages = (*guest_image.PACKAGES, *build.packages)
        self.archive = Archive(cache, apt, guest_image.SUITE)
        self.recipe = guest_image.recipe(apt, build)
        self.result = cache.images / f"{image}.qcow2"

    def make(self, cache: Cache, step: Step) -> None:
        self.fetch(step)
        guest_image.make_image(cache, self.archive, self.build, step.say)


def parts(cache: Cache, apt: Apt, specs: Sequence[CloudSpec]) -> list[Part]:
    """All that these clouds need, by stage; the openstack command is that of the newest release.

    Raises LabError where one of them cannot be had on this machine's processor.
    """
    releases = sorted({max(release.RELEASES), *(spec.release for spec in specs)})
    builds = {guest_image.image_name(spec.image.build): spec.image.build for spec in specs}
    with_kernels = [spec.name for spec in specs if "uml" in spec.guests]
    kernel = [_kernel(cache, apt, with_kernels)] if with_kernels else []
    images = [_GuestImage(cache, apt, build) for build in builds.values()]
    return [_Tools(cache, apt), _Userland(cache, apt), *(_Release(cache, number) for number in releases), *kernel, *images, _Client(cache)]


def _kernel(cache: Cache, apt: Apt, clouds: Sequence[str]) -> Part:
    user_mode_linux.require_processor(clouds)
    return _Kernel(cache, apt) if user_mode_linux.runs_here() else _OwnKernel(cache, apt)
