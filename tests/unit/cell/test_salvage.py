from types import SimpleNamespace
from typing import Any

import pytest
from openstack.connection import Connection

from harness.cell.salvage import address_of, role_of, salvage
from harness.model import Facts, Input, Mark
from tests.unit.wire import URL, Wire

MARK = Mark("20260101T000000Z-0a1b2c3d", "acme.pair")


@pytest.mark.parametrize(("name", "role"), [("web-2", "web"), ("web", "web"), ("data-base-1", "data-base"), ("odd", "odd")])
def test_a_role_is_told_by_the_name(name: str, role: str) -> None:
    assert role_of(f"{MARK.prefix}-{name}", MARK, ["web", "data-base"]) == role


def server(**networks: list[dict[str, str]]) -> Any:
    return SimpleNamespace(addresses=networks)


def test_an_address_is_the_one_of_the_clouds_model() -> None:
    both = server(net=[{"addr": "10.0.0.5", "OS-EXT-IPS:type": "fixed"}, {"addr": "203.0.113.5", "OS-EXT-IPS:type": "floating"}])
    assert address_of(both, "floating") == "203.0.113.5"
    assert address_of(both, "direct") == "10.0.0.5"


def test_an_address_of_version_four_comes_first() -> None:
    assert address_of(server(net=[{"addr": "2001:db8::5"}, {"addr": "198.51.100.5"}]), "direct") == "198.51.100.5"


def test_a_server_without_such_an_address_has_none() -> None:
    assert address_of(server(net=[{"addr": "10.0.0.5"}]), "floating") == ""
    assert address_of(SimpleNamespace(addresses=None), "direct") == ""


def facts() -> Facts:
    user = Input("login_user", "login-user", "debian", "found", "")
    return Facts("acme", "RegionOne", "p", {}, "direct", "", "shared", "", (user,))


def test_the_servers_that_are_there_make_a_deployment(connection: Connection, wire: Wire) -> None:
    listed = [
        {"id": "1", "name": f"{MARK.prefix}-web-1", "status": "ACTIVE", "addresses": {"net": [{"addr": "198.51.100.5", "version": 4}]}},
        {"id": "2", "name": "a stranger's", "addresses": {}},
    ]
    wire.get(f"{URL}/compute/v2.1/servers/detail", json={"servers": listed})
    found = salvage(connection, MARK, facts(), ["web"], "/key")
    assert found is not None
    assert [(each.id, each.role, each.address, each.login_user) for each in found.servers] == [("1", "web", "198.51.100.5", "debian")]
    assert found.private_key == "/key"


def test_no_server_is_no_deployment(connection: Connection, wire: Wire) -> None:
    wire.get(f"{URL}/compute/v2.1/servers/detail", json={"servers": []})
    assert salvage(connection, MARK, facts(), ["web"], "/key") is None
