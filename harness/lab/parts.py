"""The parts of an installation, in the order in which they need each other."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from inspect import getsource
from pathlib import Path

from harness.lab import guest_image, release, rootfs
from harness.lab.apt import Apt
from harness.lab.fetch import Archive
from harness.lab.paths import Cache
from harness.lab.progress import Step

__all__ = ["Part", "parts"]


class Part(ABC):
    """One part: its ``recipe`` is all that decides what comes out, and ``result`` what is there when it is made.

    It needs parts of lower ``stage`` alone. A lab that is up has open what is ``used_by_labs``.
    """

    name: str
    title: str
    recipe: str
    result: Path
    stage: int
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
    onto_host = False

    def megabytes(self) -> int:
        """As apt says."""
        return sum(self.archive.sizes(self.packages, onto_host=self.onto_host).values()) // 10**6

    def fetch(self, step: Step) -> list[Path]:
        """Fetch the packages."""
        total = sum(self.archive.sizes(self.packages, onto_host=self.onto_host).values())

        def follow(line: str) -> None:
            step.reached(self.archive.here(), total)
            step.say(line)

        return self.archive.download(self.packages, follow, onto_host=self.onto_host)


class _Tools(_Debian):
    stage = 1
    name = "tools"
    title = f"{rootfs.TOOL}, which makes root filesystems"
    packages = (rootfs.TOOL,)
    onto_host = True

    def __init__(self, cache: Cache, apt: Apt) -> None:
        self.archive = Archive(cache, apt, apt.codename)
        self.recipe = f"{rootfs.TOOL} {apt.codename}"
        self.result = cache.tools

    def make(self, cache: Cache, step: Step) -> None:
        rootfs.unpack_tools(cache, self.fetch(step), step.say)


class _Userland(_Debian):
    stage = 2
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


class _GuestImage(_Debian):
    stage = 3
    name = "guest"
    title = f"the servers' image, Debian {guest_image.SUITE}"
    packages = guest_image.PACKAGES

    def __init__(self, cache: Cache, apt: Apt) -> None:
        self.archive = Archive(cache, apt, guest_image.SUITE)
        self.recipe = guest_image.recipe(apt)
        self.result = cache.images / guest_image.IMAGE

    def make(self, cache: Cache, step: Step) -> None:
        self.fetch(step)
        guest_image.make_image(cache, self.archive, step.say)


def parts(cache: Cache, apt: Apt) -> list[Part]:
    """All of them, by stage."""
    releases = [_Release(cache, number) for number in release.RELEASES]
    return [_Tools(cache, apt), _Userland(cache, apt), *releases, _GuestImage(cache, apt), _Client(cache)]
