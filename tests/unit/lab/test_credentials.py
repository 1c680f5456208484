from __future__ import annotations

import base64
from pathlib import Path

from harness.lab.credentials import Credentials, fernet_key, write_private


def test_credentials_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "deeper/credentials.json"
    made = Credentials.of(file)
    assert Credentials.of(file) == made
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_private_file_is_replaced_whole_and_stays_private(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o644)
    write_private(file, "new")
    assert file.read_text(encoding="utf-8") == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_fernet_key_has_32_bytes() -> None:
    assert len(base64.urlsafe_b64decode(fernet_key())) == 32
    assert fernet_key() != fernet_key()
