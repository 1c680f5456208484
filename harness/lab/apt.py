"""The machine's own apt settings, read with apt's own tools.

The lab fetches Debian packages from wherever this machine does, and its package proxy lets servers reach the same hosts and no
other. No address is written in this code: they all come from here.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import LabError

__all__ = ["Apt", "Source", "keys_for"]

_LIST = re.compile(r"'(https?://[^']+?)/dists/([^']+)/([^/']+)/binary-[^/']+/Packages[^']*'")
_FLAT = re.compile(r"'(https?://(?:(?!/dists/)[^'])+)/InRelease'")
_MIRRORED = re.compile(r"'(mirror\+(?:file|copy):[^']+)'")
_MIRRORS = re.compile(r"mirror\+(?:file|copy):(?://)?(/.+)")
_KEY = re.compile(r"signed-by\s*[:=]\s*(/[^\s\]]+)", re.IGNORECASE)
_ARCHIVE_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
_PASSED_ON = re.compile(r"Acquire::(?!IndexTargets|CompressionTypes|Changelogs|Languages|GzipIndexes|Send-URI)", re.IGNORECASE)
_PROXY = re.compile(r'Acquire::https?::Proxy "(http[^"]+)";', re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """One suite that this machine's apt fetches from; an archive without suites has neither suite nor component."""

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
    """What this machine's apt is set to; the names of its settings are written in small letters or capitals, as somebody liked."""

    sources: tuple[Source, ...]
    settings: tuple[str, ...]
    keys: tuple[str, ...]
    codename: str

    @classmethod
    def read(cls) -> Apt:
        """Ask the machine's apt; raises LabError where there is none."""
        sources = _sources(_ask("apt-get", "update", "--print-uris"))
        codename = _codename(Path("/etc/os-release").read_text(encoding="utf-8"))
        return cls(
            sources=tuple(sources),
            settings=tuple(line for line in _ask("apt-config", "dump").splitlines() if _PASSED_ON.match(line)),
            keys=_keys({source.uri for source in sources if source.suite.startswith(codename)}),
            codename=codename,
        )

    @cached_property
    def hosts(self) -> dict[str, str]:
        """Each host that is fetched from, with the scheme it is fetched by: the package proxy's allow-list.

        That is all that the settings name, and the mirror that INTEROP_LAB_MIRROR names, since servers fetch from it too.
        """
        mirror = urlsplit(os.environ.get("INTEROP_LAB_MIRROR", ""))
        more = [Source(mirror.geturl(), "", "")] if mirror.netloc and mirror.scheme in {"http", "https"} else []
        return {source.host: urlsplit(source.uri).scheme for source in (*self.sources, *more)}

    @property
    def proxy(self) -> str:
        """The proxy that apt goes through for everything; "" for none."""
        found = (_PROXY.fullmatch(line) for line in self.settings)
        return next((match[1] for match in found if match), "")

    def for_suite(self, codename: str) -> list[Source]:
        """The machine's sources with its own release exchanged for ``codename`` (component main alone).

        That of a release's backports is the release with its backports.
        """
        release, backports, _ = codename.partition("-backports")
        if backports:
            found = self.for_suite(release)
            return [*found, replace(next(source for source in found if source.suite == release), suite=codename)]
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
    """What ``apt-get update --print-uris`` would fetch, as sources; those that are not fetched over HTTP are left out.

    A list of mirrors in a file, as Debian's own images for clouds have it, is every mirror in it.
    """
    answer = _MIRRORED.sub(lambda found: "\n".join(f"'{uri}'" for uri in _followed(found[1])), answer)
    lists = [Source(*found) for found in _LIST.findall(answer)]
    flat = [Source(uri, "", "") for uri in _FLAT.findall(answer)]
    return list(dict.fromkeys(lists + flat))


def _followed(uri: str) -> list[str]:
    """What ``uri``, which is or begins with the address of a list of mirrors in a file, is at each of them; itself where it is none."""
    listed = _MIRRORS.fullmatch(uri)
    path = Path(listed[1] if listed else "")
    try:
        file = next((each for each in (path, *path.parents) if each.is_file()), None)
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file else []
    except OSError:
        return [uri]
    if not file:
        return [uri]
    mirrors = [line.split()[0].rstrip("/") for line in lines if line.strip() and not line.lstrip().startswith("#")]
    rest = path.relative_to(file).as_posix()
    return mirrors if rest == "." else [f"{mirror}/{rest}" for mirror in mirrors]


def _keys(uris: set[str]) -> tuple[str, ...]:
    """Debian's own key, and those that the machine's source lists trust for these archives (apt does not tell them)."""
    folder = Path("/etc/apt/sources.list.d")
    files = [file for file in (Path("/etc/apt/sources.list"), *folder.glob("*.list"), *folder.glob("*.sources")) if file.is_file()]
    named = [key for file in files for key in keys_for(uris, file.read_text(encoding="utf-8", errors="replace"))]
    return tuple(key for key in dict.fromkeys([_ARCHIVE_KEY, *named]) if Path(key).exists())


def keys_for(uris: set[str], text: str) -> list[str]:
    """Key files that a source list, in either of apt's two forms, trusts for some of ``uris``."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stanzas = lines if any(line.startswith("deb") for line in lines) else "\n".join(lines).split("\n\n")
    return [key for stanza in stanzas if uris & _addresses(stanza) for key in _KEY.findall(stanza)]


def _addresses(stanza: str) -> set[str]:
    return {uri.rstrip("/") for word in stanza.split() for uri in _followed(word)}


def _codename(os_release: str) -> str:
    match = re.search(r"^VERSION_CODENAME=\"?([\w-]+)", os_release, re.MULTILINE)
    return match[1] if match else ""
