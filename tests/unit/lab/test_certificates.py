from __future__ import annotations

import socket
import ssl
import threading
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from harness.lab.certificates import Authority


def greeting(folder: Path, trust: ssl.SSLContext, name: str) -> str:
    """Shake hands over a pair of sockets with a server that has a certificate for loopback; the subject as the client sees it."""
    authority = Authority(folder)
    certificate, key = folder / "tls.pem", folder / "tls.key"
    authority.issue("api.test.lab", IPv4Address("127.0.0.1"), certificate, key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with trust.wrap_socket(ours, server_hostname=name) as client:
            return str(client.getpeercert())
    finally:
        ours.close()
        thread.join()


@pytest.mark.parametrize("name", ["127.0.0.1", "api.test.lab"])
def test_who_trusts_the_authority_trusts_its_certificates_by_address_and_name(tmp_path: Path, name: str) -> None:
    trust = ssl.create_default_context(cafile=str(Authority(tmp_path).certificate_file))
    assert "api.test.lab" in greeting(tmp_path, trust, name)


def test_who_does_not_refuses(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        greeting(tmp_path, ssl.create_default_context(), "127.0.0.1")


def test_another_name_is_refused(tmp_path: Path) -> None:
    trust = ssl.create_default_context(cafile=str(Authority(tmp_path).certificate_file))
    with pytest.raises(ssl.SSLCertVerificationError):
        greeting(tmp_path, trust, "api.other.lab")


def test_the_authority_is_made_once_and_its_keys_are_private(tmp_path: Path) -> None:
    before = Authority(tmp_path).certificate_file.read_bytes()
    assert Authority(tmp_path).certificate_file.read_bytes() == before
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600
