from typing import Any

import pytest
import requests
from openstack.compute.v2.server import Server
from openstack.connection import Connection

from harness.cell.salvage import address_of, role_of, salvage
from harness.model import Facts, Input, Mark
from tests.unit.wire import URL, Wire

MARK = Mark("20260101T000000Z-0a1b2c3d", "acme.pair")


@pytest.mark.parametrize(("name", "role"), [("web-2", "web"), ("web", "web"), ("data-base-1", "data-base"), ("odd", "odd")])
def test_a_role_is_told_by_the_name(name: str, role: str) -> None:
    assert role_of(f"{MARK.prefix}-{name}", MARK, ["web", "data-base"]) == role


FIXED = {"addr": "10.0.0.5", "version": 4, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:05"}
FLOATING = {"addr": "203.0.113.5", "version": 4, "OS-EXT-IPS:type": "floating", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:05"}
SIX = {"addr": "fd00::5", "version": 6, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:05"}


def server(*addresses: dict[str, Any], **more: Any) -> Server:
    """A server as openstacksdk lists it, on the network ``net``."""
    return Server.existing(id="s", name="s", status="ACTIVE", addresses={"net": list(addresses)} if addresses else {}, **more)


@pytest.fixture
def network(wire: Wire) -> Wire:
    """A cloud with one network, ``net``, that nothing is said of, and no floating address."""
    wire.get(f"{URL}/network/v2.0/networks", json={"networks": [{"id": "n", "name": "net", "router:external": False}]})
    wire.get(f"{URL}/network/v2.0/subnets", json={"subnets": []})
    wire.get(f"{URL}/network/v2.0/ports", json={"ports": [{"id": "p", "device_id": "s", "mac_address": "fa:16:3e:00:00:05"}]})
    wire.get(f"{URL}/network/v2.0/floatingips", json={"floatingips": []})
    return wire


@pytest.mark.parametrize("model", ["floating", "direct"])
def test_an_address_is_the_one_that_openstacksdk_would_use(connection: Connection, network: Wire, model: str) -> None:
    assert address_of(connection, server(FIXED, FLOATING), model) == "203.0.113.5"
    assert address_of(connection, server(FIXED, accessIPv4="192.0.2.7"), model) == "192.0.2.7"


def test_a_floating_address_that_only_neutron_tells_of_is_found(connection: Connection, network: Wire) -> None:
    known = {"id": "f", "port_id": "p", "floating_ip_address": "203.0.113.5", "fixed_ip_address": "10.0.0.5"}
    network.get(f"{URL}/network/v2.0/floatingips", json={"floatingips": [known]})
    assert address_of(connection, server(FIXED), "floating") == "203.0.113.5"


def test_an_entry_that_names_the_default_interface_is_heeded(connection: Connection, network: Wire) -> None:
    connection._default_network = "net"
    assert address_of(connection, server(FIXED), "floating") == "10.0.0.5"


def test_where_openstacksdk_knows_none_the_clouds_model_decides(connection: Connection, network: Wire) -> None:
    assert address_of(connection, server(FIXED), "direct") == "10.0.0.5"
    assert address_of(connection, server(FIXED), "floating") == ""
    assert address_of(connection, server(), "direct") == ""


def test_an_address_of_version_six_behind_floating_ones_is_not_taken_for_reachable(connection: Connection, network: Wire) -> None:
    connection._local_ipv6 = True
    assert address_of(connection, server(SIX), "direct") == "fd00::5"
    assert address_of(connection, server(FIXED, SIX), "floating") == ""


def test_an_address_of_version_four_comes_first(connection: Connection, network: Wire) -> None:
    connection._local_ipv6 = False
    assert address_of(connection, server(SIX, FIXED), "direct") == "10.0.0.5"


def test_a_network_service_that_is_ill_keeps_no_server_without_its_address(connection: Connection, network: Wire) -> None:
    network.get(f"{URL}/network/v2.0/networks", status_code=400)
    assert address_of(connection, server(FIXED), "direct") == "10.0.0.5"


def test_a_network_service_that_answers_no_more_keeps_none_without_it_either(connection: Connection, network: Wire) -> None:
    network.get(f"{URL}/network/v2.0/ports", exc=requests.exceptions.ConnectTimeout("late"))
    assert address_of(connection, server(FIXED), "direct") == "10.0.0.5"


def facts() -> Facts:
    user = Input("login_user", "login-user", "debian", "found", "")
    return Facts("acme", "RegionOne", "p", {}, "direct", "", "shared", "", (user,))


def test_the_servers_that_are_there_make_a_deployment(connection: Connection, wire: Wire, network: Wire) -> None:
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
