"""Fetching a package, with programs in place of apt's that serve a small archive from a folder."""

from __future__ import annotations

import hashlib
import lzma
import os
from pathlib import Path

import pytest

from harness.probes.inside import packages

SITE = "http://deb.example.org/debian"
DEB = b"the smallest package"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of two suites, the first with an index too large to be wanted."""
    served = tmp_path / "served"

    def put(address: str, content: bytes) -> bytes:
        target = served / address.removeprefix("http://")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return content

    records = "".join(
        f"Package: {name}\nFilename: pool/{name}.deb\nSize: {size}\nSHA256: {hashlib.sha256(DEB).hexdigest()}\n"
        f"Description: {os.urandom(200).hex()}\n\n"
        for name, size in (("large", 9000), ("small", len(DEB)))
    )
    index = put(f"{SITE}/dists/stable-updates/main/binary-amd64/Packages.xz", lzma.compress(records.encode()))
    put(f"{SITE}/dists/stable-updates/InRelease", f" {'0' * 64} {len(index)} main/binary-amd64/Packages.xz\n".encode())
    put(f"{SITE}/dists/stable/InRelease", f" {'0' * 64} 9000000 main/binary-amd64/Packages.xz\n".encode())
    put(f"{SITE}/pool/small.deb", DEB)
    files = ("InRelease", "main/binary-amd64/Packages.xz")
    uris = [f"{SITE}/dists/{suite}/{file}" for suite in ("stable", "stable-updates") for file in files]
    apt_get, helper = tmp_path / "apt-get", tmp_path / "apt-helper"
    apt_get.write_text("#!/bin/sh\n" + "".join(f"echo \"'{uri}' name 0 \"\n" for uri in uris))
    helper.write_text(f'#!/bin/sh\nshift 7\ncp {served}/${{1#http://}} $2 2>/dev/null || {{ echo "E: Failed to fetch $1"; exit 100; }}\n')
    for each in (apt_get, helper):
        each.chmod(0o755)
    monkeypatch.setattr(packages, "_HELPER", str(helper))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return served / SITE.removeprefix("http://")


def test_the_smallest_package_of_a_small_index_is_fetched(archive: Path) -> None:
    assert packages.fetch() == {"package": "small", "bytes": len(DEB), "error": ""}


def test_the_sources_are_named(archive: Path) -> None:
    assert packages.sources()[0] == f"{SITE}/dists/stable/InRelease"


def test_a_package_that_is_not_there(archive: Path) -> None:
    (archive / "pool" / "small.deb").unlink()
    assert "E: Failed to fetch" in packages.fetch()["error"]


def test_a_package_with_other_contents(archive: Path) -> None:
    (archive / "pool" / "small.deb").write_bytes(b"tampered with")
    assert "other contents" in packages.fetch()["error"]


def test_sources_without_an_index(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "sources", list)
    assert "name no index" in packages.fetch()["error"]
