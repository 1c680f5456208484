"""The probe of the APIs, with recorded answers in place of a connection."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests
from openstack.exceptions import HttpException

from harness.errors import Unsupported
from harness.probes import api
from harness.probes.rules import Rule


def answered(status: int) -> HttpException:
    response = requests.Response()
    response.status_code = status
    return HttpException(message=f"answered {status}", response=response)


def raising(error: Exception) -> Any:
    def ask(*_: Any, **__: Any) -> Any:
        raise error

    return ask


@pytest.fixture
def connection() -> Any:
    server = SimpleNamespace(
        status="ACTIVE",
        task_state=None,
        fault=None,
        created_at="2026-11-21T08:44:00Z",
        launched_at="2026-11-21T08:44:03.500000",
        addresses={
            "net": [
                {"addr": "10.0.0.11", "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:11"},
                {"addr": "203.0.113.11", "OS-EXT-IPS:type": "floating", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:11"},
            ]
        },
    )
    port = SimpleNamespace(
        id="port", mac_address="fa:16:3e:00:00:11", network_id="net", fixed_ips=[{"ip_address": "10.0.0.11"}], security_group_ids=["group"]
    )
    rule = SimpleNamespace(
        ether_type="IPv4", protocol="tcp", port_range_min=22, port_range_max=22, remote_ip_prefix="0.0.0.0/0", remote_group_id=None
    )
    return SimpleNamespace(
        compute=SimpleNamespace(get_server=lambda _: server, get_server_console_output=lambda _: {"output": "text"}),
        network=SimpleNamespace(
            ports=lambda device_id: [port],
            ips=lambda: [
                SimpleNamespace(port_id="port", floating_ip_address="203.0.113.11"),
                SimpleNamespace(port_id="another", floating_ip_address="203.0.113.12"),
            ],
            security_group_rules=lambda **_: [rule],
            get_network=lambda _: SimpleNamespace(mtu=1442),
            subnets=lambda network_id: [SimpleNamespace(dns_nameservers=["203.0.113.1"])],
        ),
    )


def test_a_state_in_the_clouds_own_times(connection: Any) -> None:
    state = api.state(connection, "id")
    assert (state.status, state.task, state.fault) == ("ACTIVE", "", "")
    assert state.launched - state.created == pytest.approx(3.5)
    assert str(api.State("ERROR", "spawning", "no room", 0, 0)) == "ERROR (spawning) fault: no room"
    assert api.moment(None) == 0.0


def test_ports_with_the_floating_addresses_that_lead_to_them(connection: Any) -> None:
    assert api.nics(connection, "id") == (api.Nic("port", "fa:16:3e:00:00:11", "net", ("10.0.0.11",), ("group",), ("203.0.113.11",)),)


@pytest.mark.parametrize("status", [403, 404])
def test_a_cloud_without_floating_addresses(connection: Any, status: int) -> None:
    connection.network.ips = raising(answered(status))
    assert api.nics(connection, "id")[0].floating == ()


def test_a_cloud_that_breaks_down_over_floating_addresses_is_not_one_without(connection: Any) -> None:
    connection.network.ips = raising(answered(500))
    with pytest.raises(HttpException):
        api.nics(connection, "id")


def test_what_nova_lists(connection: Any) -> None:
    assert [(each.address, each.kind) for each in api.listed(connection, "id")] == [("10.0.0.11", "fixed"), ("203.0.113.11", "floating")]


def test_rules_mtu_and_resolvers(connection: Any) -> None:
    assert api.rules(connection, ["group"]) == (Rule("IPv4", "tcp", 22, 22, "0.0.0.0/0", None),)
    assert api.mtu(connection, "net") == 1442
    assert api.resolvers(connection, "net") == ("203.0.113.1",)


def test_a_console_and_clouds_that_have_none(connection: Any) -> None:
    assert api.console(connection, "id") == "text"
    for status in (404, 501):
        connection.compute.get_server_console_output = raising(answered(status))
        with pytest.raises(Unsupported):
            api.console(connection, "id")
    connection.compute.get_server_console_output = raising(answered(500))
    with pytest.raises(HttpException):
        api.console(connection, "id")
