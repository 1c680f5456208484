"""What one cell has for as long as its servers live: the key pair, made in its private folder, Terraform's state and its providers."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import rmtree

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from harness import redact


def make_key(folder: Path, comment: str) -> tuple[Path, str]:
    """Make an Ed25519 key in ``folder``, which only its owner may enter; returns the private key's file and the public key's line.

    A cell that is run again uses the key that it has: its servers know no other.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "id_ed25519"
    public = folder / "id_ed25519.pub"
    if not file.exists():
        key = Ed25519PrivateKey.generate()
        text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        public.write_text(f"{line} {comment}\n", encoding="utf-8")
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as private:
            private.write(text)
    redact.register(file.read_text(encoding="utf-8"))
    return file, public.read_text(encoding="utf-8").strip()


def forget_key(folder: Path) -> None:
    """Remove the private key: what it opened is gone."""
    (folder / "id_ed25519").unlink(missing_ok=True)


def clear_out(folder: Path) -> None:
    """Remove what is of no use when nothing is there any more.

    The private key; any state of Terraform's, which has what the payload keeps secret; and its providers, which can be fetched again.

    Raises:
        OSError: the key or a state cannot be removed.
    """
    rmtree(folder / "data" / "providers", ignore_errors=True)
    forget_key(folder)
    for state in folder.rglob("*.tfstate*"):
        if state.is_file():
            state.unlink(missing_ok=True)
