"""Fetch one small package as apt would: from the machine's own package sources, by apt's own ways, leaving no traces.

The smallest index that the sources offer is read, not all of them: a whole ``apt-get update`` takes longer than most boots.
A source may be a list of mirrors in a file, as in Debian's own images for clouds: apt-helper does not follow it, so it is followed here.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

_HELPER = "/usr/lib/apt/apt-helper"
_OPTIONS = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15"]
_INDEX = re.compile(r"^(?P<site>\S+?)/(?P<suite>dists/\S+?)/(?P<file>[^/\s]+/binary-[^/\s]+/Packages(?:\.\w+)?)$")
_MIRRORS = re.compile(r"^mirror\+(?:file|copy):(?://)?(?P<path>/.+)$")
_BEYOND = re.compile(r"^(?:mirror|cdrom)[+:]")
_SMALL = range(400, 400_000)
_UNPACKERS = {".xz": lzma.decompress, ".gz": gzip.decompress, ".bz2": bz2.decompress}


class Unreachable(Exception):
    """What apt said when it could not fetch something."""


class NoIndex(Unreachable):
    """The package sources name none to begin with."""


def sources() -> list:  # type: ignore[type-arg]
    """The addresses of every index that the package sources name, as apt tells them: see :func:`followed`."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "lists", "partial").mkdir(parents=True)
        lists = ["-o", f"Dir::State::lists={folder}/lists", "-o", "Debug::NoLocking=1"]
        printed = subprocess.check_output(["apt-get", *lists, "--print-uris", "update"]).decode()
    return re.findall(r"^'([^']+)'", printed, re.MULTILINE)


def followed(address: str) -> list:  # type: ignore[type-arg]
    """The addresses that apt tries for one of its own: those at every mirror, where the source is a list of them in a file."""
    listed = _MIRRORS.match(address)
    path = Path(listed.group("path")) if listed else Path()
    for file in path.parents:
        if os.path.isfile(str(file)):  # noqa: PTH113  # pathlib's raises where the folder may not be looked into
            return [f"{mirror.rstrip('/')}/{path.relative_to(file)}" for mirror in _mirrors(file)] or [address]
    return [address]


def _mirrors(file: Path) -> list:  # type: ignore[type-arg]
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line.split()[0] for line in lines if re.match(r"\s*[a-z][a-z0-9+.-]*:/", line)]


def fetch() -> dict:  # type: ignore[type-arg]
    """The name and size of a package that was fetched and found whole; or, in ``error``, what apt said.

    ``followed`` is false where no package was found because there are sources that only the whole of apt follows.
    """
    named = sources()
    within = [each for each in named if not _BEYOND.match(followed(each)[0])]
    try:
        with tempfile.TemporaryDirectory() as folder:
            name, size = _smallest_package(Path(folder), within)
            return {"package": name, "bytes": size, "error": "", "followed": True}
    except NoIndex as error:
        return {"package": "", "bytes": 0, "error": str(error), "followed": within == named}
    except Unreachable as error:
        return {"package": "", "bytes": 0, "error": str(error), "followed": True}


def _smallest_package(folder: Path, addresses: list) -> tuple:  # type: ignore[type-arg]
    site, address = _smallest_index(folder, addresses)
    index = _get(folder / ("index" + Path(address).suffix), address)
    content = index.read_bytes()
    unpacked = _UNPACKERS[index.suffix](content) if index.suffix in _UNPACKERS else content
    records = unpacked.decode("utf-8", "replace").split("\n\n")
    packages = [dict(re.findall(r"^([\w-]+): (.+)$", record, re.MULTILINE)) for record in records if record.strip()]
    wanted = min(packages, key=lambda package: int(package["Size"]))
    content = _get(folder / "package", f"{site}/{wanted['Filename']}").read_bytes()
    if hashlib.sha256(content).hexdigest() != wanted["SHA256"]:
        raise Unreachable(f"{wanted['Filename']} came with other contents than its index says")
    return wanted["Package"], len(content)


def _smallest_index(folder: Path, addresses: list) -> tuple:  # type: ignore[type-arg]
    """The site and the address of the first index that is small, looked for from the last source on; else of the smallest."""
    found: list = []  # type: ignore[type-arg]
    indices = [each for each in map(_INDEX.match, addresses) if each]
    for root in dict.fromkeys((each["site"], each["suite"]) for each in reversed(indices)):
        release = _get(folder / "release", "/".join((*root, "InRelease"))).read_text("utf-8", "replace")
        sizes = {name: int(size) for size, name in re.findall(r"^ [0-9a-f]{64} +(\d+) (\S+)$", release, re.MULTILINE)}
        for each in indices:
            if (each["site"], each["suite"]) == root and sizes.get(each["file"], 0) in _SMALL:
                return each["site"], each.group()
        found += [(sizes.get(each["file"], 0), each) for each in indices if (each["site"], each["suite"]) == root]
    offered = [each for each in found if each[0] >= _SMALL.start]
    if not offered:
        raise NoIndex("the package sources name no index with a package in it")
    _, smallest = min(offered, key=lambda each: int(each[0]))
    return smallest["site"], smallest.group()


def _get(target: Path, address: str) -> Path:
    """Fetch it from the first mirror that gives it."""
    problem = ""
    for each in followed(address):
        done = subprocess.run([_HELPER, *_OPTIONS, "download-file", each, str(target)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == 0:
            return target
        words = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.startswith(("E:", "W:", "Err:"))]
        problem = problem or f"{each}: " + " / ".join(words[-2:])
    raise Unreachable(problem)


if __name__ == "__main__":
    print(json.dumps([at for each in sources() for at in followed(each)] if sys.argv[1] == "sources" else fetch()))  # noqa: T201
