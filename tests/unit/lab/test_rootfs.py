"""What mmdebstrap is told, and what of that stays in the root filesystem that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.lab import rootfs
from harness.lab.apt import Apt, Source
from harness.lab.fetch import Archive
from harness.lab.paths import Cache

SECRETS = ("in-the-address", "of-the-proxy")
APT = Apt(
    sources=(Source("https://me:in-the-address@mirror.test/debian", "bookworm", "main"),),
    settings=('Acquire::http::Proxy "http://me:of-the-proxy@proxy.test:3128";',),
    keys=(),
    codename="bookworm",
)


class Told:
    """mmdebstrap as far as its arguments go: files that they name are read, and end up where it puts them."""

    def __init__(self, made: Path) -> None:
        self.made = made
        self.command: list[str] = []
        self.modes: set[int] = set()

    def __call__(self, command: Sequence[str], *_: object, **__: object) -> None:
        self.command = list(command)
        settings = next(Path(word.partition("=")[2]) for word in command if word.startswith("--aptopt="))
        sources = Path(command[-1])
        self.modes = {file.stat().st_mode & 0o777 for file in (settings, sources)}
        for file, name in ((settings, "apt.conf.d/99mmdebstrap"), (sources, f"sources.list.d/0000{sources.name}")):
            place = self.made / "etc/apt" / name
            place.parent.mkdir(parents=True)
            place.write_bytes(file.read_bytes())
        self.settings, self.sources = settings.read_text(encoding="utf-8"), sources.read_text(encoding="utf-8")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    cache, told = Cache(tmp_path / "home"), Told(tmp_path / "made")
    monkeypatch.setattr(rootfs, "run", told)
    rootfs.bootstrap(cache, Archive(cache, APT, "trixie"), ("hello",), told.made, lambda _: None)
    return told


def test_no_password_of_apts_is_an_argument_of_a_command(told: Told) -> None:
    assert not [word for word in told.command if any(secret in word for secret in SECRETS)]
    assert told.modes == {0o600}


def test_apts_settings_and_sources_are_in_files(told: Told) -> None:
    assert told.settings.splitlines() == [*APT.settings, 'Acquire::Languages "none";', 'APT::Install-Recommends "false";']
    assert told.sources == "deb https://me:in-the-address@mirror.test/debian trixie main\n"
    assert told.command[-1].endswith(".list")  # mmdebstrap tells the format by that


def test_no_password_of_apts_stays_anywhere(told: Told) -> None:
    files = [file for file in told.made.parent.rglob("*") if file.is_file()]
    assert not [file for file in files if any(secret in file.read_text(encoding="utf-8") for secret in SECRETS)]
