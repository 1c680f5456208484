"""The keys by which an SSH server is known: those that it shows to whoever knocks, as fingerprints by kind."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from hashlib import sha256

_KINDS = "ed25519,ecdsa,rsa"
_LINE = re.compile(r"host key (?P<kind>\S+) (?P<fingerprint>SHA256:\S+)")

HostKeys = Mapping[str, str]
"""Fingerprints, ``SHA256:…`` as OpenSSH writes them, by the kind of key, such as ``ssh-ed25519``."""


def shown(address: str, limit_s: float = 5.0) -> dict[str, str]:
    """The host keys of the SSH server at ``address``; none where there is no such server, or it says nothing within ``limit_s`` seconds."""
    command = ["ssh-keyscan", "-T", str(int(limit_s)), "-t", _KINDS, "--", address]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s + 5, check=False)
    except (subprocess.TimeoutExpired, FileNotFoundError):
        return {}
    lines = [line.split() for line in done.stdout.decode("utf-8", "replace").splitlines() if not line.startswith("#")]
    return by_kind((words[1], words[2]) for words in lines if len(words) == 3)


def by_kind(keys: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fingerprints of public keys, given as (kind, base64); what is no base64 is left out."""
    found: dict[str, str] = {}
    for kind, text in keys:
        try:
            digest = sha256(b64decode(text, validate=True)).digest()
        except NotBase64:
            continue
        found[kind] = f"SHA256:{b64encode(digest).decode().rstrip('=')}"
    return found


def lines(keys: HostKeys) -> list[str]:
    """One line for each, as evidence has them."""
    return [f"host key {kind} {fingerprint}" for kind, fingerprint in sorted(keys.items())]


def from_lines(evidence: Iterable[str]) -> dict[str, str]:
    """The host keys that stand in lines of evidence, written by :func:`lines`."""
    found = (_LINE.fullmatch(line) for line in evidence)
    return {each["kind"]: each["fingerprint"] for each in found if each}


def differ(one: HostKeys, other: HostKeys) -> bool:
    """Whether they are of two servers: they have a kind in common, and no key."""
    common = one.keys() & other.keys()
    return bool(common) and not any(one[kind] == other[kind] for kind in common)
