from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import apt
from harness.lab.apt import Apt, Source, keys_for


def machine(*sources: Source, settings: tuple[str, ...] = (), codename: str = "bookworm") -> Apt:
    return Apt(sources, settings, (), codename)


MAIN = Source("https://mirror.test:8080/debian", "bookworm", "main")
UPDATES = Source("https://mirror.test:8080/debian", "bookworm-updates", "main")
SECURITY = Source("http://security.test/debian-security", "bookworm-security", "main")
OTHER = Source("https://vendor.test/apt", "stable", "main")
CONTRIB = Source("https://mirror.test:8080/debian", "bookworm", "contrib")


def test_sources_are_read_from_apts_own_answer() -> None:
    answer = """\
'http://mirror.test/debian/dists/bookworm/InRelease' mirror.test_debian_dists_bookworm_InRelease 0
'https://vendor.test/flat/InRelease' vendor.test_flat_InRelease 0
'http://mirror.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.test_debian_dists_bookworm_main_binary-amd64_Packages 0
'http://mirror.test/debian/dists/bookworm/main/binary-all/Packages.xz' mirror.test_debian_dists_bookworm_main_binary-all_Packages 0
'http://mirror.test/debian/dists/old/updates/main/binary-amd64/Packages.xz' mirror.test_debian_dists_old_updates_main 0
'cdrom://disc/dists/bookworm/main/binary-amd64/Packages.xz' disc_dists_bookworm_main_binary-amd64_Packages 0
"""
    assert apt._sources(answer) == [
        Source("http://mirror.test/debian", "bookworm", "main"),
        Source("http://mirror.test/debian", "old/updates", "main"),
        Source("https://vendor.test/flat", "", ""),
    ]


@pytest.fixture
def mirrors(tmp_path: Path) -> Path:
    """A list of mirrors in a file, as Debian's images for clouds have it."""
    file = tmp_path / "debian.list"
    file.write_text("# mirrors\n\nhttps://mirror.test/debian/\tpriority:1\nfile:/srv/debian\nhttp://other.test/debian\n")
    return file


@pytest.mark.parametrize("form", ["mirror+file:", "mirror+file://", "mirror+copy:"])
def test_the_mirrors_of_a_list_in_a_file_are_the_machines_sources(mirrors: Path, form: str) -> None:
    answer = f"""\
'{form}{mirrors}/dists/bookworm/InRelease' _debian.list_dists_bookworm_InRelease 0
'{form}{mirrors}/dists/bookworm/main/binary-amd64/Packages.xz' _debian.list_dists_bookworm_main_binary-amd64_Packages 0
'{form}{mirrors}/dists/bookworm/main/binary-all/Packages.xz' _debian.list_dists_bookworm_main_binary-all_Packages 0
"""
    found = [Source("https://mirror.test/debian", "bookworm", "main"), Source("http://other.test/debian", "bookworm", "main")]
    assert apt._sources(answer) == found
    assert [each.uri for each in machine(*apt._sources(answer)).for_suite("trixie")] == [each.uri for each in found]


def test_a_list_of_mirrors_that_is_not_there_or_not_to_be_read_is_no_source(mirrors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = f"'mirror+file:{mirrors}/dists/bookworm/main/binary-amd64/Packages.xz' name 0\n"
    assert apt._sources(answer.replace("debian.list", "missing.list")) == []

    def forbidden(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", forbidden)
    assert apt._sources(answer) == []


def test_another_release_comes_from_where_this_one_does() -> None:
    found = machine(MAIN, UPDATES, SECURITY, OTHER, CONTRIB).for_suite("trixie")
    assert [(source.uri, source.suite) for source in found] == [
        (MAIN.uri, "trixie"),
        (MAIN.uri, "trixie-updates"),
        (SECURITY.uri, "trixie-security"),
    ]


def test_a_machine_without_a_debian_archive_is_refused_with_the_mend() -> None:
    with pytest.raises(LabError, match="no Debian archive to fetch trixie from") as refused:
        machine(OTHER).for_suite("trixie")
    assert "INTEROP_LAB_MIRROR" in refused.value.mend


def test_the_user_can_name_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEROP_LAB_MIRROR", "http://mine.test/debian")
    assert machine(OTHER).for_suite("trixie") == [Source("http://mine.test/debian", "trixie", "main")]


def test_the_allow_list_is_every_host_of_the_settings_with_its_scheme() -> None:
    assert machine(MAIN, SECURITY, OTHER).hosts == {"mirror.test:8080": "https", "security.test": "http", "vendor.test": "https"}


@pytest.mark.parametrize(
    ("mirror", "more"),
    [
        ("https://me:secret@mine.test:8443/debian", {"mine.test:8443": "https"}),
        ("http://security.test/debian", {}),
        ("file:///srv/debian", {}),
        ("", {}),
    ],
)
def test_the_archive_that_the_user_named_is_allowed_too(monkeypatch: pytest.MonkeyPatch, mirror: str, more: dict[str, str]) -> None:
    monkeypatch.setenv("INTEROP_LAB_MIRROR", mirror)
    assert machine(SECURITY, OTHER).hosts == {"security.test": "http", "vendor.test": "https", **more}


def test_a_password_in_an_address_is_no_part_of_the_host() -> None:
    assert Source("https://user:secret@mirror.test/debian", "bookworm", "main").host == "mirror.test"


def test_a_line_of_sources_list_names_the_keys_it_trusts() -> None:
    assert MAIN.line() == "deb https://mirror.test:8080/debian bookworm main"
    assert MAIN.line(("/a.gpg", "/b.gpg")) == "deb [signed-by=/a.gpg,/b.gpg] https://mirror.test:8080/debian bookworm main"


def test_the_machines_proxy_is_found() -> None:
    assert machine(settings=('Acquire::http::Proxy "http://proxy.test:3128";',)).proxy == "http://proxy.test:3128"
    assert machine(settings=('acquire::HTTPS::proxy "http://me:secret@proxy.test:3128";',)).proxy == "http://me:secret@proxy.test:3128"
    assert machine(settings=('Acquire::http::Proxy::mirror.test "DIRECT";',)).proxy == ""


@pytest.mark.parametrize(("line", "passed_on"), [
    ('Acquire::Check-Valid-Until "false";', True),
    ('Acquire::https::CAInfo "/etc/ca.pem";', True),
    ('acquire::retries "3";', True),
    ('acquire::changelogs::uri "";', False),
    ('Acquire::IndexTargets::deb::Packages "";', False),
    ('APT::Architecture "amd64";', False),
])  # fmt: skip
def test_settings_of_fetching_are_passed_on_and_no_others(line: str, passed_on: bool) -> None:
    assert bool(apt._PASSED_ON.match(line)) is passed_on


def test_the_release_is_read_from_os_release() -> None:
    assert apt._codename('ID=debian\nVERSION_CODENAME="bookworm"\n') == "bookworm"
    assert apt._codename("ID=arch\n") == ""


def test_a_machine_without_apt_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(LabError, match="this machine has none"):
        Apt.read()


STANZAS = """\
Types: deb
# URIs: http://mirror.test/debian
URIs: http://other.test/debian http://mirror.test/debian/
Suites: bookworm
Signed-By: /keys/debian.gpg

Types: deb
URIs: https://vendor.test/apt
Signed-By: /keys/vendor.gpg
"""
LINES = """\
deb [arch=amd64 signed-by=/keys/debian.gpg] http://mirror.test/debian bookworm main
# deb [signed-by=/keys/old.gpg] http://mirror.test/debian buster main
deb [signed-by=/keys/vendor.gpg] https://vendor.test/apt stable main
"""


@pytest.mark.parametrize("text", [STANZAS, LINES], ids=["deb822", "one line"])
def test_only_the_keys_of_the_archive_are_trusted_for_it(text: str) -> None:
    assert keys_for({"http://mirror.test/debian"}, text) == ["/keys/debian.gpg"]


LISTED = {
    "deb822": "Types: deb\nURIs: mirror+file://{}\nSuites: bookworm\nSigned-By: /keys/debian.gpg\n\n{}",
    "one line": "deb [signed-by=/keys/debian.gpg] mirror+file:{} bookworm main\n{}",
}


@pytest.mark.parametrize(("form", "others"), [("deb822", STANZAS), ("one line", LINES)])
def test_the_keys_of_a_list_of_mirrors_are_trusted_for_each_of_them(mirrors: Path, form: str, others: str) -> None:
    text = LISTED[form].format(mirrors, others.replace("http://mirror.test", "http://elsewhere.test"))
    assert keys_for({"https://mirror.test/debian"}, text) == ["/keys/debian.gpg"]
    assert keys_for({"http://third.test/debian"}, text) == []


def test_backports_come_with_their_release() -> None:
    found = machine(MAIN, UPDATES).for_suite("trixie-backports")
    assert [(source.uri, source.suite) for source in found] == [
        (MAIN.uri, "trixie"),
        (MAIN.uri, "trixie-updates"),
        (MAIN.uri, "trixie-backports"),
    ]
