"""Where the lab keeps everything: one cache folder, and in it one folder a lab.

::

    <home>/                    $INTEROP_LAB_HOME, or interop-lab in the user's cache folder
      rootfs/                  the lab's own userland (read-only, shared by all labs)
      opt/<release>/           one virtual environment a release of OpenStack
      images/                  guest images
      bin/                     clients for hosts that have none
      packages/                what the package proxy has fetched
      tools/ apt/ download/    what the installation needs for itself
      steps/                   which steps of the installation are done, by digest of their inputs
      run/<lab>/               one running lab
        lab/                   /lab inside: configuration, databases, logs, instances; removed by down
        bundle.json            the first process and all that must go with it
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from harness.errors import LabError

__all__ = ["Cache", "LabPaths", "clouds_file", "lab_name"]

_NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


def lab_name() -> str:
    """The lab that is meant: ``$INTEROP_LAB``, or ``lab``. Several labs run side by side by name."""
    name = os.environ.get("INTEROP_LAB") or "lab"
    if not _NAME.fullmatch(name):
        raise LabError(
            f"INTEROP_LAB={name!r} cannot name a lab",
            mend="use at most 16 lower-case letters, digits and hyphens, beginning with a letter",
        )
    return name


def clouds_file(name: str) -> Path:
    """The clouds.yaml through which the harness finds the clouds of the lab ``name`` while it is up."""
    folder = os.environ.get("INTEROP_CLOUDS_DIR")
    return (Path(folder) if folder else _user_cache() / "interop" / "clouds.d") / f"lab-{name}.yaml"


def _user_cache() -> Path:
    """The user's cache folder, as the XDG base directory specification has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@dataclass(frozen=True)
class Cache:
    """The cache folder: everything that ``install`` makes and ``uninstall`` removes."""

    home: Path

    @classmethod
    def default(cls) -> Cache:
        """``$INTEROP_LAB_HOME``, or ``interop-lab`` in the user's cache folder."""
        home = os.environ.get("INTEROP_LAB_HOME")
        return cls(Path(home).absolute() if home else _user_cache() / "interop-lab")

    @property
    def rootfs(self) -> Path:
        """The lab's own userland."""
        return self.home / "rootfs"

    @property
    def opt(self) -> Path:
        """One virtual environment a release; /opt inside."""
        return self.home / "opt"

    @property
    def images(self) -> Path:
        """Guest images; /images inside."""
        return self.home / "images"

    @property
    def packages(self) -> Path:
        """What the package proxy has fetched."""
        return self.home / "packages"

    @property
    def programs(self) -> Path:
        """Clients of the lab's clouds, for hosts that have none."""
        return self.home / "bin"

    @property
    def tools(self) -> Path:
        """Programs that the installation needs and the host need not have."""
        return self.home / "tools"

    @property
    def apt(self) -> Path:
        """Package lists and archives of our own, so that the host's stay as they are."""
        return self.home / "apt"

    @property
    def download(self) -> Path:
        """What is fetched and removed again during an installation."""
        return self.home / "download"

    @property
    def steps(self) -> Path:
        """Which steps of the installation are done."""
        return self.home / "steps"

    def labs(self) -> list[LabPaths]:
        """Every lab that has a folder, running or not."""
        return [LabPaths(self, folder.name) for folder in sorted(self.home.glob("run/*")) if folder.is_dir()]


@dataclass(frozen=True)
class LabPaths:
    """The folder of one lab."""

    cache: Cache
    name: str

    @property
    def folder(self) -> Path:
        """All that this lab keeps on disk."""
        return self.cache.home / "run" / self.name

    @property
    def lab(self) -> Path:
        """/lab inside."""
        return self.folder / "lab"

    @property
    def state(self) -> Path:
        """The first process and all that must go with it."""
        return self.folder / "bundle.json"

    @property
    def log(self) -> Path:
        """What the first process and the package proxy had to say."""
        return self.folder / "bundle.log"

    @property
    def entered(self) -> Path:
        """Network namespaces besides the first that somebody from outside was let into."""
        return self.folder / "entered"

    @property
    def group(self) -> str:
        """Name of the control groups: tells apart labs of one name in different cache folders."""
        return f"lab-{self.name}-{hashlib.sha256(os.fsencode(self.cache.home)).hexdigest()[:6]}"
