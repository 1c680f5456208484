"""Fetching a package, with programs in place of apt's that serve a small archive from a folder."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import subprocess
import sys
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
    assert packages.fetch() == {"package": "small", "bytes": len(DEB), "error": "", "followed": True}


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
    found = packages.fetch()
    assert "name no index" in found["error"]
    assert found["followed"]


# Sources that are a list of mirrors

LIST = f"# mirrors\n\n{SITE}/\tpriority:1\nhttps://other.example.org/debian\n"


def listed(archive: Path, at: str) -> None:
    """The sources name ``at`` in place of the archive."""
    program = Path(os.environ["PATH"].partition(":")[0], "apt-get")
    program.write_text(program.read_text().replace(SITE, at))


@pytest.mark.parametrize("form", ["mirror+file:{}", "mirror+file://{}", "mirror+copy:{}"])
def test_a_list_of_mirrors_in_a_file_is_followed(archive: Path, tmp_path: Path, form: str) -> None:
    mirrors = tmp_path / "mirrors.list"
    mirrors.write_text(LIST)
    listed(archive, form.format(mirrors))
    assert packages.fetch() == {"package": "small", "bytes": len(DEB), "error": "", "followed": True}
    told = json.loads(subprocess.check_output([sys.executable, "-I", packages.__file__, "sources"]))
    assert told[:2] == [f"{SITE}/dists/stable/InRelease", "https://other.example.org/debian/dists/stable/InRelease"]


def test_a_mirror_that_has_nothing_is_passed_over(archive: Path, tmp_path: Path) -> None:
    mirrors = tmp_path / "mirrors.list"
    mirrors.write_text("http://dead.example.org/debian\n" + LIST)
    listed(archive, f"mirror+file:{mirrors}")
    assert packages.fetch()["package"] == "small"


def test_where_no_mirror_gives_it_the_first_is_named(archive: Path, tmp_path: Path) -> None:
    mirrors = tmp_path / "mirrors.list"
    mirrors.write_text(LIST)
    listed(archive, f"mirror+file:{mirrors}")
    (archive / "pool" / "small.deb").unlink()
    found = packages.fetch()
    assert found["error"].startswith(f"{SITE}/pool/small.deb: E: Failed")
    assert found["followed"]


@pytest.mark.parametrize("content", [None, "", "# none\n", "\x00\x01"])
def test_a_list_that_names_nothing_or_is_not_there_stays_as_it_is(archive: Path, tmp_path: Path, content: str | None) -> None:
    mirrors = tmp_path / "mirrors.list"
    if content is not None:
        mirrors.write_text(content)
    address = f"mirror+file:{mirrors}/dists/stable/InRelease"
    assert packages.followed(address) == [address]
    listed(archive, f"mirror+file:{mirrors}")
    assert not packages.fetch()["followed"]


def test_a_list_that_may_not_be_read_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mirrors.list").write_text(LIST)

    def forbidden(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", forbidden)
    address = f"mirror+file:{tmp_path}/mirrors.list/dists/stable/InRelease"
    assert packages.followed(address) == [address]


@pytest.mark.parametrize("at", ["mirror://list.example.org/debian", "mirror+https://list.example.org/debian", "cdrom://disc"])
def test_sources_that_are_not_followed_here_are_told_from_sources_that_fail(archive: Path, at: str) -> None:
    listed(archive, at)
    found = packages.fetch()
    assert (found["package"], found["followed"]) == ("", False)


def test_beside_a_source_that_is_not_followed_the_others_are(archive: Path) -> None:
    program = Path(os.environ["PATH"].partition(":")[0], "apt-get")
    program.write_text(program.read_text() + "echo \"'cdrom://disc/dists/old/main/binary-amd64/Packages.xz' name 0 \"\n")
    assert packages.fetch()["package"] == "small"
    (archive / "pool" / "small.deb").unlink()
    assert packages.fetch()["followed"]
