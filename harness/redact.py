"""Secrets are written nowhere: literals that were handed in are blotted out at every writer.

What is known to be secret is registered when it is loaded (a cloud's password, a token, a generated key); every writer passes
its text through :func:`redact`. Nothing is guessed by pattern, so nothing harmless is lost.
"""

from __future__ import annotations

import json
import sys
from io import TextIOBase
from typing import Any, TextIO

BLOT = "‹secret›"
_SHORTEST = 6
_known: set[str] = set()


def register(secret: str | None) -> None:
    """From now on ``secret`` is blotted out. Values under six characters are not: they would blot out ordinary words."""
    if not secret or len(secret) < _SHORTEST:
        return
    lines = [line for line in secret.splitlines() if len(line) >= _SHORTEST and not line.startswith("-----")]  # of a key, as logs have it
    for each in (secret, *lines):
        _known.update((each, json.dumps(each)[1:-1], json.dumps(each, ensure_ascii=False)[1:-1]))


def register_all(secrets: dict[str, Any]) -> None:
    """Register what a cloud's ``auth`` section holds that is secret, as it is sent: YAML reads a password of digits as a number."""
    for key, value in secrets.items():
        if any(word in key for word in ("password", "secret", "token", "passcode")):
            register(str(value))


def redact(text: str) -> str:
    """``text`` without any registered secret."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, BLOT)
    return text


class Filtered(TextIOBase):
    """Stands before a stream of text: what is written passes it by whole lines, without any secret."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._line = ""

    def write(self, text: str, /) -> int:
        """Take ``text``; a line that has no end yet waits for it."""
        whole, end, self._line = (self._line + text).rpartition("\n")
        self._stream.write(redact(whole + end))
        return len(text)

    def flush(self) -> None:
        """Let go of the last line, too."""
        self._stream.write(redact(self._line))
        self._line = ""
        self._stream.flush()

    def fileno(self) -> int:
        """The stream's own, for whoever cannot do without."""
        return self._stream.fileno()


def filter_output() -> None:
    """From now on nothing that this process says, be it the traceback that ends it, has a secret in it."""
    sys.stdout, sys.stderr = Filtered(sys.stdout), Filtered(sys.stderr)
