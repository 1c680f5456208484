"""Passwords of one cloud: made when it first comes up, kept in one file that only root reads."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["SERVICE_USERS", "Credentials", "fernet_key", "write_private"]

SERVICE_USERS = ("glance", "neutron", "nova", "placement")


@dataclass(frozen=True)
class Credentials:
    """All secrets of one cloud; none of them is ever an argument of a command or a line of a log."""

    admin: str
    member: str
    database: str
    metadata: str
    services: dict[str, str]

    @classmethod
    def generate(cls) -> Credentials:
        """New random secrets, 24 random bytes each."""
        return cls(
            admin=secrets.token_urlsafe(24),
            member=secrets.token_urlsafe(24),
            database=secrets.token_urlsafe(24),
            metadata=secrets.token_urlsafe(24),
            services={user: secrets.token_urlsafe(24) for user in SERVICE_USERS},
        )

    @classmethod
    def of(cls, file: Path) -> Credentials:
        """Those kept in ``file``; made and kept there when there are none yet."""
        if file.exists():
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        made = cls.generate()
        write_private(file, json.dumps(asdict(made), indent=1))
        return made


def fernet_key() -> str:
    """A key as Keystone's fernet repositories hold them: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def write_private(file: Path, text: str) -> None:
    """Write ``file`` in one go, readable by its owner alone from its first byte on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    new.replace(file)
