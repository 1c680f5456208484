"""The wire of a cloud's APIs, answered by requests-mock: enough of Identity and the catalogue for openstacksdk to speak to the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests_mock
from openstack.connection import Connection

from harness.clouds.config import opened

URL = "http://cloud.test"
PROJECT = "0" * 32

ENTRY = """\
clouds:
  acme:
    auth:
      auth_url: http://cloud.test/identity
      username: alice
      password: correct-horse
      project_name: demo
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
"""

Wire = requests_mock.Mocker


@pytest.fixture
def clouds_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where clouds are configured."""
    folder = tmp_path / "clouds.d"
    folder.mkdir()
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("OS_CLIENT_CONFIG_FILE", "OS_CLOUD", "OS_AUTH_URL", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Identity that gives alice a token, and a catalogue of Compute, Image and Network."""
    with requests_mock.Mocker() as mocker:
        mocker.get(f"{URL}/identity", json={"versions": {"values": [_version("v3.14", "identity/v3/")]}}, status_code=300)
        mocker.post(f"{URL}/identity/v3/auth/tokens", json={"token": _token()}, headers={"X-Subject-Token": "token-of-alice"})
        compute = {**_version("v2.1", "compute/v2.1/"), "version": "2.90", "min_version": "2.1"}
        mocker.get(f"{URL}/compute/v2.1", json={"version": compute})
        mocker.get(f"{URL}/image", json={"versions": [_version("v2.16", "image/v2/")]})
        mocker.get(f"{URL}/network", json={"versions": [_version("v2.0", "network/v2.0/")]})
        yield mocker


def _token() -> dict[str, Any]:
    domain = {"id": "default", "name": "Default"}
    places = {"identity": "identity", "compute": "compute/v2.1", "image": "image", "network": "network"}
    return {
        "methods": ["password"],
        "user": {"id": "1" * 32, "name": "alice", "domain": domain},
        "project": {"id": PROJECT, "name": "demo", "domain": domain},
        "roles": [{"id": "2" * 32, "name": "member"}],
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "expires_at": "2126-01-01T00:00:00.000000Z",
        "catalog": [
            {
                "type": kind,
                "name": kind,
                "id": kind,
                "endpoints": [{"id": kind, "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": f"{URL}/{path}"}],
            }
            for kind, path in places.items()
        ],
    }


def _version(name: str, path: str) -> dict[str, Any]:
    return {"id": name, "status": "CURRENT", "links": [{"rel": "self", "href": f"{URL}/{path}"}]}


@pytest.fixture
def connection(clouds_folder: Path, wire: Wire) -> Connection:
    """A connection to the cloud ``acme``."""
    (clouds_folder / "acme.yaml").write_text(ENTRY)
    return opened("acme")
