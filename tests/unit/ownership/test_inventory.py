from typing import Any

import pytest
from openstack import exceptions as sdk
from openstack.connection import Connection

from harness.model import Mark, Resource
from harness.ownership import difference, inventory, owned, run_of
from tests.unit.wire import PROJECT, URL, Wire

RUN = "20260101T000000Z-0a1b2c3d"
MARK = Mark(RUN, "acme.pair")
OTHER_CELL = Mark(RUN, "acme.other")
OTHER_RUN = Mark("20260101T000000Z-ffffffff", "acme.pair")


def project(wire: Wire, **lists: list[dict[str, Any]]) -> None:
    """A project with these things, by the names that the APIs give their lists."""
    for name in ("floatingips", "routers", "ports", "subnets", "networks"):
        wire.get(f"{URL}/network/v2.0/{name}", json={name: lists.get(name, [])})
    wire.get(f"{URL}/network/v2.0/security-groups", json={"security_groups": lists.get("security_groups", [])})
    wire.get(f"{URL}/compute/v2.1/servers/detail", json={"servers": lists.get("servers", [])})
    wire.get(f"{URL}/compute/v2.1/os-keypairs", json={"keypairs": [{"keypair": each} for each in lists.get("keypairs", [])]})


def test_every_kind_is_listed_with_its_mark(connection: Connection, wire: Wire) -> None:
    marked = {"name": f"{MARK.prefix}-x", "description": MARK.description, "project_id": PROJECT}
    project(
        wire,
        servers=[{"id": "s", "name": f"{MARK.prefix}-web", "metadata": MARK.metadata}],
        floatingips=[{"id": "f", "floating_ip_address": "203.0.113.9", "description": MARK.description}],
        routers=[{"id": "r", **marked}],
        ports=[{"id": "p", "device_owner": "compute:nova", "device_id": "s", **marked}],
        subnets=[{"id": "u", **marked}],
        networks=[{"id": "n", **marked}],
        security_groups=[{"id": "g", **marked}],
        keypairs=[{"name": MARK.prefix}],
    )
    found = inventory(connection)
    assert {each.kind for each in found} == {
        *("server", "floating-address", "router", "port", "subnet", "network", "security-group", "key-pair")
    }
    assert owned(found, MARK) == found


def test_only_the_projects_own_things_are_asked_for(connection: Connection, wire: Wire) -> None:
    project(wire)
    inventory(connection)
    networks = [each for each in wire.request_history if each.path.endswith("/networks")]
    assert networks[0].qs["project_id"] == [PROJECT]


def test_neutrons_own_ports_count_with_their_router_or_network(connection: Connection, wire: Wire) -> None:
    owners = ["network:router_interface", "network:dhcp", "network:distributed", "network:floatingip"]
    project(wire, ports=[{"id": owner, "name": "", "device_owner": owner} for owner in owners])
    assert inventory(connection) == ()


def test_a_port_that_somebody_made_counts_though_it_was_put_on_a_router(connection: Connection, wire: Wire) -> None:
    ports = [{"id": "p", "name": "mine", "device_owner": "network:router_interface", "device_id": "r"}]
    project(wire, ports=[*ports, {"id": "q", "name": "dhcp", "device_owner": "network:dhcp"}])
    assert [each.id for each in inventory(connection)] == ["p"]


def test_an_inventory_that_cannot_be_had_whole_is_none(connection: Connection, wire: Wire) -> None:
    project(wire)
    wire.get(f"{URL}/network/v2.0/routers", status_code=500)
    with pytest.raises(sdk.SDKException):
        inventory(connection)


def test_a_cloud_without_routers_has_none_and_no_floating_address(connection: Connection, wire: Wire) -> None:
    project(wire, networks=[{"id": "n", "name": "shared"}])
    for name in ("floatingips", "routers"):
        wire.get(f"{URL}/network/v2.0/{name}", status_code=404, text="The resource could not be found.")
    wire.get(f"{URL}/network/v2.0/extensions/router", status_code=404)
    wire.get(f"{URL}/network/v2.0/extensions", json={"extensions": []})
    assert [each.id for each in inventory(connection)] == ["n"]


def test_a_list_that_is_not_there_though_it_should_be_is_no_proof(connection: Connection, wire: Wire) -> None:
    project(wire)
    wire.get(f"{URL}/network/v2.0/floatingips", status_code=404)
    wire.get(f"{URL}/network/v2.0/extensions/router", json={"extension": {"alias": "router", "name": "Neutron L3 Router"}})
    wire.get(f"{URL}/network/v2.0/extensions", json={"extensions": [{"alias": "router", "name": "Neutron L3 Router"}]})
    with pytest.raises(sdk.NotFoundException):
        inventory(connection)


def test_a_cloud_may_have_any_name(connection: Connection, wire: Wire) -> None:
    mark = Mark(RUN, "my cloud, über.pair")
    port = {"id": "p", "name": "of Terraform", "description": mark.description}
    project(wire, ports=[port], servers=[{"id": "s", "name": "s", "metadata": mark.metadata}])
    found = inventory(connection)
    assert owned(found, mark) == found
    assert owned(found, Mark(RUN, "my")) == ()
    assert {run_of(each) for each in found} == {RUN}


def thing(id_: str, name: str = "", mark: str = "", kind: str = "port") -> Resource:
    return Resource(kind, id_, name, mark)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (thing("1", mark=MARK.description), True),
        (thing("2", name=f"{MARK.prefix}-web"), True),
        (thing("3", name=MARK.prefix), True),
        (thing("4", name="web"), False),
        (thing("5", name="interop-mine"), False),
        (thing("6", name=f"x{MARK.prefix}"), False),
        (thing("7", name=f"{MARK.prefix}0-web"), False),
        (thing("8", mark=OTHER_CELL.description), False),
        (thing("9", mark=OTHER_RUN.description), False),
        (thing("10", name=f"{OTHER_CELL.prefix}-web"), False),
        (thing("11", name=f"{MARK.prefix}-web", mark=OTHER_RUN.description), False),
        (thing("12", mark="device 1234"), False),
    ],
)
def test_what_is_a_cells_own(resource: Resource, expected: bool) -> None:
    assert bool(owned([resource], MARK)) is expected


def test_what_is_a_runs_own_and_what_is_any_runs() -> None:
    things = [
        thing("1", mark=MARK.description),
        thing("2", name=f"{OTHER_CELL.prefix}-x"),
        thing("3", mark=OTHER_RUN.description),
        thing("4"),
    ]
    assert [each.id for each in owned(things, RUN)] == ["1", "2"]
    assert [each.id for each in owned(things, RUN[-8:])] == ["1", "2"]
    assert [each.id for each in owned(things, None)] == ["1", "2", "3"]
    assert [run_of(each) for each in things] == [RUN, RUN[-8:], OTHER_RUN.run, ""]


def test_a_difference_tells_ours_from_strangers() -> None:
    before = [thing("old"), thing("gone"), thing("lost", mark=OTHER_RUN.description)]
    after = [thing("old"), thing("ours", mark=MARK.description), thing("new"), thing("theirs", mark=OTHER_RUN.description)]
    found = difference(before, after, MARK)
    assert [each.id for each in found.ours] == ["ours"]
    assert [each.id for each in found.strangers_made] == ["new", "theirs"]
    assert [each.id for each in found.strangers_gone] == ["gone", "lost"]


def test_nothing_differs_when_all_of_ours_is_gone() -> None:
    everything = [thing("a"), thing("b", kind="server")]
    found = difference(everything, everything, MARK)
    assert (found.ours, found.strangers_made, found.strangers_gone) == ((), (), ())


def test_a_port_that_nova_forgot_is_ours_though_its_server_is_gone() -> None:
    server = thing("s", name=f"{MARK.prefix}-web", kind="server")
    forgotten, strange = thing("p", mark="device s"), thing("q", mark="device t")
    found = difference([], [forgotten, strange], MARK, seen=[server])
    assert found.ours == (forgotten,)
    assert found.strangers_made == (strange,)


def test_things_of_different_kinds_may_share_an_id() -> None:
    found = difference([thing("same", kind="key-pair")], [thing("same", kind="server")], MARK)
    assert [each.kind for each in found.strangers_made] == ["server"]
    assert [each.kind for each in found.strangers_gone] == ["key-pair"]
