"""A cloud's entry may say how a report names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.clouds.config import entry
from harness.errors import FileError

ENTRY = "clouds: {{acme: {{auth: {{}}, interop: {{participant: {{{keys}}}}}}}}}"


def test_the_entrys_participant_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(ENTRY.format(keys="vendor: Acme, servers: virtual machine"))
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(tmp_path))
    assert entry("acme").participant.servers == "virtual machine"


def test_an_unknown_key_of_a_participant_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(ENTRY.format(keys="seller: Acme"))
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(tmp_path))
    with pytest.raises(FileError, match=r"participant\.seller"):
        entry("acme")
