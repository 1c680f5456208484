"""Fetch Debian packages with the machine's own apt, but into the cache folder: the host's lists and packages stay as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.errors import LabError
from harness.lab.apt import Apt
from harness.lab.paths import Cache
from harness.lab.tether import tethered

__all__ = ["AGAIN", "Archive", "Say", "run"]

Say = Callable[[str], None]
AGAIN = "run `interop lab install` again: what is done is kept"

# what mmdebstrap's variant minbase consists of
_SMALLEST = ("?essential", "?priority(required)", "apt")
_NOTHING = Path("/dev/null")
_downloading = threading.Lock()  # apt lets nobody else into a folder that it fetches to


@dataclass(frozen=True)
class Archive:
    """One Debian suite as this machine's mirror has it, and our own lists and packages of it."""

    cache: Cache
    apt: Apt
    suite: str

    @property
    def folder(self) -> Path:
        """Where lists and packages are kept."""
        return self.cache.apt / self.suite

    @property
    def packages(self) -> Path:
        """Where fetched packages are kept."""
        return self.folder / "archives"

    @property
    def lists(self) -> Path:
        """Where the suite's package lists are kept."""
        return self.folder / "lists"

    def refresh(self, say: Say) -> None:
        """Fetch the suite's package lists."""
        for name in ("lists/partial", "archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        lines = [source.line(self.apt.keys) + "\n" for source in self.apt.for_suite(self.suite)]
        sources = self.folder / "sources.list"
        sources.touch()
        sources.chmod(0o600)  # an address may have a password
        sources.write_text("".join(lines), encoding="utf-8")
        run(["apt-get", *self._options, "--quiet", "update"], say)

    def sizes(self, packages: Sequence[str], *, onto: Path = _NOTHING) -> dict[str, int]:
        """Every package that installing these means, as file name and size in bytes.

        They are installed on an empty system, or on one as dpkg's status file ``onto`` describes it.
        """
        command = ["apt-get", *self._options, "-o", f"Dir::State::Status={onto}", "--print-uris", "-qq", "--yes", "install"]
        listed: list[str] = []
        run([*command, *packages, *(_SMALLEST if onto == _NOTHING else ())], listed.append)
        fields = (line.split() for line in listed if line.startswith("'"))
        return {name: int(size) for _, name, size, *_ in fields}

    def closure(self, packages: Sequence[str]) -> set[str]:
        """The names of all packages that installing these on an empty system means."""
        command = ["apt-get", *self._options, "-o", f"Dir::State::Status={_NOTHING}", "--simulate", "-qq", "install"]
        said: list[str] = []
        run([*command, *packages, *_SMALLEST], said.append)
        return {line.split()[1] for line in said if line.startswith("Inst ")}

    def download(self, packages: Sequence[str], say: Say, *, onto: Path = _NOTHING) -> list[Path]:
        """Fetch them; those that are here already, whole or in part, are not fetched again."""
        wanted = self.sizes(packages, onto=onto)
        command = ["apt-get", *self._options, "-o", f"Dir::State::Status={onto}", "--quiet", "--yes", "--download-only", "install"]
        with _downloading:
            run([*command, *packages, *(_SMALLEST if onto == _NOTHING else ())], say)
        return [self.packages / name for name in wanted]

    def here(self) -> int:
        """Bytes of the packages that are fetched whole."""
        return sum(file.stat().st_size for file in self.packages.glob("*.deb"))

    def forget(self) -> None:
        """Remove lists and packages: what was made of them is there."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @cached_property
    def _options(self) -> list[str]:
        """apt's settings are the machine's, save where it keeps things."""
        options = {
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State": self.folder,
            "Dir::State::Lists": self.lists,
            "Dir::Cache": self.folder,
            "Dir::Cache::Archives": self.packages,
            "APT::Sandbox::User": "root",
            "APT::Install-Recommends": "false",
            "APT::Keep-Downloaded-Packages": "true",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "Binary::apt-get::DPkg::Post-Invoke": "",
        }
        return [argument for key, value in options.items() for argument in ("-o", f"{key}={value}")]


def run(command: Sequence[str], say: Say, *, environment: Mapping[str, str] | None = None) -> None:
    """Run a program of the host, pass its lines on, and raise LabError with its last ones where it fails."""
    with tethered(command, environment or os.environ) as process:
        follow(process, command[0], say)


def follow(process: subprocess.Popen[str], name: str, say: Say) -> None:
    """Pass a program's lines on until it ends, and raise LabError with the last ones where it failed."""
    last: list[str] = []
    for line in process.stdout or ():
        last = [*last[-3:], line.strip()]
        say(line.rstrip())
    if process.wait():
        raise LabError(f"{name} failed: {' | '.join(filter(None, last))}", mend=AGAIN)
