import pytest
from openstack import exceptions as sdk
from openstack.connection import Connection

from harness.clouds.permissions import may_make_floating_addresses, may_make_networks, may_make_routers
from tests.unit.wire import URL, Wire

ALL = frozenset({"router", "network_availability_zone", "router_availability_zone", "net-mtu-writable"})


def refuse(wire: Wire, what: str, status: int, message: str = "no") -> None:
    wire.post(f"{URL}/network/v2.0/{what}", status_code=status, json={"NeutronError": {"type": "X", "message": message, "detail": ""}})


@pytest.mark.parametrize(
    ("status", "message", "allowed", "word"),
    [
        (403, "rule:create_network is disallowed by policy", False, "policy forbids them"),
        (409, "Quota exceeded for resources: ['network'].", False, "quota leaves none"),
        (405, "no", False, "does not offer them"),
        (400, "Requested MTU is too big", True, "answered 400, not 403"),
        (404, "AvailabilityZone interop-no-such-zone could not be found.", True, "answered 404, not 403"),
    ],
)
def test_a_refusal_tells_whether_policy_or_nonsense_stood_in_the_way(
    connection: Connection, wire: Wire, status: int, message: str, allowed: bool, word: str
) -> None:
    refuse(wire, "networks", status, message)
    found = may_make_networks(connection, ALL)
    assert (found.allowed, word in found.evidence) == (allowed, True)


def test_what_is_asked_for_could_never_be_made(connection: Connection, wire: Wire) -> None:
    for what in ("networks", "routers", "floatingips"):
        refuse(wire, what, 404)
    may_make_networks(connection, ALL)
    may_make_routers(connection, ALL)
    may_make_floating_addresses(connection, ALL)
    network, router, floating = (each.json() for each in wire.request_history[-3:])
    assert network["network"]["availability_zone_hints"] == ["interop-no-such-zone"]
    assert network["network"]["mtu"] == 2**31 - 1
    assert router["router"]["availability_zone_hints"] == ["interop-no-such-zone"]
    assert len(floating["floatingip"]["floating_network_id"]) == 36


def test_a_cloud_that_is_ill_says_nothing_about_permission(connection: Connection, wire: Wire) -> None:
    refuse(wire, "networks", 500)
    with pytest.raises(sdk.HttpException):
        may_make_networks(connection, ALL)


def test_without_nonsense_to_ask_for_nothing_is_asked(connection: Connection, wire: Wire) -> None:
    asked = len(wire.request_history)
    assert "taken for granted" in may_make_networks(connection, frozenset({"router"})).evidence
    assert "taken for granted" in may_make_routers(connection, frozenset({"router"})).evidence
    assert len(wire.request_history) == asked


def test_without_the_extension_there_is_nothing_to_make(connection: Connection) -> None:
    assert not may_make_routers(connection, frozenset()).allowed
    assert not may_make_floating_addresses(connection, frozenset()).allowed


def test_what_a_careless_cloud_makes_goes_at_once(connection: Connection, wire: Wire) -> None:
    wire.post(f"{URL}/network/v2.0/networks", status_code=201, json={"network": {"id": "made"}})
    removed = wire.delete(f"{URL}/network/v2.0/networks/made", status_code=204)
    found = may_make_networks(connection, ALL)
    assert found.allowed
    assert "removed at once" in found.evidence
    assert removed.called_once
