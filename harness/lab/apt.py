"""The machine's own apt settings, read with apt's own tools.

The lab fetches Debian packages from wherever this machine does, and its package proxy lets servers reach the same hosts and no
other. No address is written in this code: they all come from here.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import LabError

__all__ = ["Apt", "Source"]

_FIELDS = "$(SITE)\t$(RELEASE)\t$(COMPONENT)"
_KEY = re.compile(r"signed-by\s*[:=]\s*(/[^\s\]]+)", re.IGNORECASE)
_ARCHIVE_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
_PASSED_ON = re.compile(r"Acquire::(?!IndexTargets|CompressionTypes|Changelogs|Languages|GzipIndexes|Send-URI)")


@dataclass(frozen=True)
class Source:
    """One suite that this machine's apt fetches from."""

    uri: str
    suite: str
    component: str

    @property
    def host(self) -> str:
        """The host, with its port if the URI names one."""
        return urlsplit(self.uri).netloc.rpartition("@")[2]

    @property
    def path(self) -> str:
        """The path of the archive on its host."""
        return urlsplit(self.uri).path

    def line(self, keys: tuple[str, ...] = ()) -> str:
        """The source as a line of sources.list, trusting ``keys`` (none: the reader's default)."""
        trust = f"[signed-by={','.join(keys)}] " if keys else ""
        return f"deb {trust}{self.uri} {self.suite} {self.component}"


@dataclass(frozen=True)
class Apt:
    """What this machine's apt is set to."""

    sources: tuple[Source, ...]
    settings: tuple[str, ...]
    keys: tuple[str, ...]
    codename: str

    @classmethod
    def read(cls) -> Apt:
        """Ask the machine's apt; raises LabError where there is none."""
        return cls(
            sources=tuple(_sources(_ask("apt-get", "indextargets", "--format", _FIELDS, "Created-By: Packages"))),
            settings=tuple(line for line in _ask("apt-config", "dump").splitlines() if _PASSED_ON.match(line)),
            keys=_keys(),
            codename=_codename(Path("/etc/os-release").read_text(encoding="utf-8")),
        )

    @cached_property
    def hosts(self) -> dict[str, str]:
        """Each host that the settings name, with the scheme it is fetched by: the package proxy's allow-list."""
        return {source.host: urlsplit(source.uri).scheme for source in self.sources}

    @property
    def proxy(self) -> str:
        """The proxy that apt goes through for everything; "" for none."""
        found = (re.fullmatch(r'Acquire::https?::Proxy "(http[^"]+)";', line) for line in self.settings)
        return next((match[1] for match in found if match), "")

    def for_suite(self, codename: str) -> list[Source]:
        """The machine's sources with its own release exchanged for ``codename`` (component main alone)."""
        mirror = os.environ.get("INTEROP_LAB_MIRROR")
        if mirror:
            return [Source(mirror, codename, "main")]
        found = [
            Source(source.uri, codename + source.suite.removeprefix(self.codename), "main")
            for source in self.sources
            if source.component == "main" and re.fullmatch(rf"{re.escape(self.codename)}(-updates|-security)?", source.suite)
        ]
        if not any(source.suite == codename for source in found):
            raise LabError(
                f"this machine's apt settings name no Debian archive to fetch {codename} from",
                mend="install on Debian, or set INTEROP_LAB_MIRROR to the address of a Debian archive",
            )
        return found


def _ask(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise LabError(f"the lab is installed with {command[0]}, and this machine has none", mend="use a Debian machine") from None
    except subprocess.CalledProcessError as failed:
        raise LabError(f"{' '.join(command[:2])} failed: {failed.stderr.strip()}", mend="see that `apt-get update` works here") from None


def _sources(answer: str) -> list[Source]:
    """Lines of ``apt-get indextargets`` as sources; those that are not fetched over HTTP are left out."""
    sources = (Source(*line.split("\t")) for line in dict.fromkeys(answer.splitlines()))
    return [source for source in sources if urlsplit(source.uri).scheme in {"http", "https"}]


def _keys() -> tuple[str, ...]:
    """Key files that the machine's source lists trust (apt does not tell them), and Debian's own."""
    lists = [file for file in (Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*.[ls]*")) if file.is_file()]
    named = [key for file in lists for key in _KEY.findall(file.read_text(encoding="utf-8", errors="replace"))]
    return tuple(key for key in dict.fromkeys([_ARCHIVE_KEY, *named]) if Path(key).exists())


def _codename(os_release: str) -> str:
    match = re.search(r"^VERSION_CODENAME=\"?([\w-]+)", os_release, re.MULTILINE)
    return match[1] if match else ""
