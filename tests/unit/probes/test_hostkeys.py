from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from harness.probes import console, hostkeys

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIFEe0M4RI3TPsZa3OaN2bi5KRYqrsepSJQKKhqeHH6mL"
FINGERPRINT = "SHA256:Boh46PNc4p3DTEtMK0hhpQgrU2Grhn9hnZQYnUqYeYA"
CONSOLE = f"""\
-----BEGIN SSH HOST KEY FINGERPRINTS-----
256 {FINGERPRINT} root@one (ED25519)
-----END SSH HOST KEY FINGERPRINTS-----
-----BEGIN SSH HOST KEY KEYS-----
[    4.52] cloud-init[132]: ssh-ed25519 {KEY} root@one
-----END SSH HOST KEY KEYS-----
"""


def test_a_fingerprint_is_that_of_openssh() -> None:
    assert hostkeys.by_kind([("ssh-ed25519", KEY), ("ssh-rsa", "no base64")]) == {"ssh-ed25519": FINGERPRINT}


def test_what_cloud_init_printed_on_the_console() -> None:
    assert console.host_keys(CONSOLE) == {"ssh-ed25519": FINGERPRINT}
    assert console.host_keys(CONSOLE.replace(KEY, "AAAA") + CONSOLE) == {"ssh-ed25519": FINGERPRINT}
    assert console.host_keys("Debian GNU/Linux 12") == {}


@pytest.fixture
def keyscan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of OpenSSH's ``ssh-keyscan``."""
    program = tmp_path / "ssh-keyscan"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return program


def says(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_what_a_server_shows(keyscan: Path) -> None:
    says(keyscan, f'echo "# $9:22 SSH-2.0-OpenSSH_9.2"; echo "203.0.113.9 ssh-ed25519 {KEY}"')
    assert hostkeys.shown("203.0.113.9") == {"ssh-ed25519": FINGERPRINT}


def test_a_server_that_shows_nothing(keyscan: Path) -> None:
    says(keyscan, "exit 1")
    assert hostkeys.shown("203.0.113.9") == {}


def test_without_the_program_nothing_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hostkeys.shown("203.0.113.9") == {}


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ({"a": "1"}, {"a": "2"}, True),
        ({"a": "1"}, {"a": "1"}, False),
        ({"a": "1", "b": "2"}, {"a": "1", "b": "3"}, False),
        ({"a": "1"}, {"b": "2"}, False),
        ({}, {"a": "1"}, False),
    ],
)
def test_of_two_servers_are_keys_of_one_kind_that_differ(one: dict[str, str], other: dict[str, str], different: bool) -> None:
    assert hostkeys.differ(one, other) is different


def test_keys_are_read_back_from_evidence() -> None:
    lines = hostkeys.lines({"ssh-ed25519": FINGERPRINT})
    assert hostkeys.from_lines(["floating address x", *lines]) == {"ssh-ed25519": FINGERPRINT}
