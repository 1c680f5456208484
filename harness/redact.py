"""Secrets are written nowhere: literals that were handed in are blotted out at every writer.

What is known to be secret is registered when it is loaded (a cloud's password, a token, a generated key); every writer passes
its text through :func:`redact`. Nothing is guessed by pattern, so nothing harmless is lost.
"""

from __future__ import annotations

import json
from typing import Any

BLOT = "‹secret›"
_SHORTEST = 6
_known: set[str] = set()


def register(secret: str | None) -> None:
    """From now on ``secret`` is blotted out. Values under six characters are not: they would blot out ordinary words."""
    if not secret or len(secret) < _SHORTEST:
        return
    _known.add(secret)
    _known.add(json.dumps(secret)[1:-1])


def register_all(secrets: dict[str, Any]) -> None:
    """Register what a cloud's ``auth`` section holds that is secret."""
    for key, value in secrets.items():
        if isinstance(value, str) and any(word in key for word in ("password", "secret", "token", "passcode")):
            register(value)


def redact(text: str) -> str:
    """``text`` without any registered secret."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, BLOT)
    return text
