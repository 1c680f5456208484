from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.lab import release
from harness.lab.release import BUILDERS, RELEASES, locked


@pytest.mark.parametrize("name", RELEASES)
def test_every_requirement_is_pinned_with_a_hash_and_no_index_is_named(name: str) -> None:
    entries = locked(name).replace("\\\n", "").splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+]+( +--hash=sha256:[0-9a-f]{64})+", entry) for entry in entries)
    assert "://" not in locked(name)
    assert {"nova", "neutron", "keystone", "glance", "openstack-placement", *BUILDERS} <= {entry.partition("==")[0] for entry in entries}


def test_the_entries_of_some_names_keep_their_hashes() -> None:
    lock = "pbr==1 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\npbr-more==2 \\\n    --hash=sha256:c\n"
    assert release._only(("pbr",), lock) == "pbr==1 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n"


def test_pips_settings_of_the_machine_are_there_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*release._NAMES_FILES, *release._PROXIES):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / "ca.pem").touch()
    (tmp_path / "wheels").mkdir()
    settings = f"[global]\ncert = {tmp_path}/ca.pem\nindex-url = https://index.test/\n"
    (tmp_path / ".config/pip/pip.conf").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path}/wheels https://more.test/ /nowhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.test/")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("https_proxy", "http://proxy.test")
    shown = release._settings_of_the_machine()
    wanted = (tmp_path / name for name in (".config/pip/pip.conf", "ca.pem", "wheels"))
    assert all(shown[str(path)] == path.resolve() for path in wanted)
    assert "/nowhere" not in shown
    given = release._environment()
    assert given["PIP_INDEX_URL"] == "https://index.test/"
    assert given["https_proxy"] == "http://proxy.test"
    assert given["HOME"] == str(tmp_path)
    assert "PIP_TARGET" not in given
