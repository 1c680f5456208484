"""The sweep against a project on the wire: what is deleted there is gone from the next list."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openstack.connection import Connection

from harness.model import Mark, Resource
from harness.ownership import sweep
from tests.unit.project import MARK, RUN, STRANGER, Project, ours
from tests.unit.wire import PROJECT, URL, Wire


@pytest.fixture
def taken_off(project: Project, wire: Wire) -> list[str]:
    """The interfaces that are taken off any router, which Neutron then removes."""
    ports: list[str] = []

    def take_off(request: Any, _context: Any) -> dict[str, Any]:
        port = request.json()["port_id"]
        ports.append(port)
        project.lists["ports"] = [each for each in project.lists["ports"] if each["id"] != port]
        return {}

    wire.put(re.compile(f"{URL}/network/v2.0/routers/.*/remove_router_interface"), json=take_off)
    return ports


def test_everything_of_ours_goes_in_an_order_that_works(connection: Connection, project: Project) -> None:
    for name in ("security_groups", "networks", "subnets", "ports", "routers", "floatingips"):
        project.lists[name] = [ours(name)]
    project.lists["keypairs"] = [{"id": MARK.prefix, "name": MARK.prefix}]
    project.lists["servers"] = [ours("s1", metadata=MARK.metadata), ours("s2", metadata=MARK.metadata)]
    heard: list[tuple[str, str]] = []
    swept = sweep(connection, MARK, lambda word, resource: heard.append((word, resource.kind)))
    assert project.deleted[0] == "floatingips"
    assert set(project.deleted[1:3]) == {"s1", "s2"}
    assert project.deleted[3:] == ["routers", "ports", "subnets", "networks", "security_groups", MARK.prefix]
    assert swept.stuck == ()
    assert len(swept.removed) == 9
    assert heard.index(("removing", "server")) < heard.index(("removed", "server")) < heard.index(("removing", "network"))


def test_nothing_of_a_stranger_is_touched(connection: Connection, project: Project) -> None:
    project.lists["networks"] = [{"id": "n", **STRANGER}]
    project.lists["servers"] = [{"id": "s9", "metadata": {}, **STRANGER}]
    project.lists["ports"] = [{"id": "p", "device_id": "s9", "device_owner": "compute:nova", **STRANGER}]
    project.lists["floatingips"] = [{"id": "f", "floating_ip_address": "203.0.113.9", "port_id": None, **STRANGER}]
    swept = sweep(connection, None)
    assert (swept.removed, swept.stuck, project.deleted) == ((), (), [])


def test_one_run_is_swept_and_no_other(connection: Connection, project: Project) -> None:
    other = Mark("20260101T000000Z-ffffffff", "acme.pair")
    project.lists["networks"] = [ours("n"), {"id": "m", "name": other.prefix, "description": other.description, "project_id": PROJECT}]
    assert [each.id for each in sweep(connection, RUN).removed] == ["n"]
    assert project.deleted == ["n"]


def test_what_vanishes_meanwhile_is_as_good_as_removed(connection: Connection, project: Project) -> None:
    project.lists["networks"] = [ours("n")]
    project.refuse["n"] = 404

    def gone_next_time(_: Connection) -> tuple[Resource, ...]:
        found = [Resource("network", each["id"], each["name"], each["description"]) for each in project.lists["networks"]]
        project.lists["networks"] = []
        return tuple(found)

    swept = sweep(connection, MARK, inventories=gone_next_time)
    assert swept.stuck == ()
    assert [each.id for each in swept.removed] == ["n"]


def interface(id_: str, network: str, **more: Any) -> dict[str, Any]:
    """A port by which a router stands in a network: one that Neutron made has no name."""
    made = {
        "id": id_,
        "name": "",
        "description": "",
        "network_id": network,
        "device_owner": "network:router_interface",
        "project_id": PROJECT,
    }
    return {**made, **more}


def stuck_on(connection: Connection) -> dict[str, str]:
    """What a sweep leaves because strangers hold it, and who they are. It does not go on trying."""
    stuck = sweep(connection, MARK, limit_s=3600).stuck
    assert all(each.held for each in stuck)
    return {each.resource.id: each.reason for each in stuck}


@pytest.mark.parametrize("device_owner", ["", "compute:nova"])
def test_a_strangers_port_keeps_our_network_and_subnet_and_is_named(connection: Connection, project: Project, device_owner: str) -> None:
    port = {"id": "p", "network_id": "n", "fixed_ips": [{"subnet_id": "u", "ip_address": "10.0.0.5"}], "device_owner": device_owner}
    project.lists["networks"], project.lists["subnets"] = [ours("n")], [ours("u", network_id="n")]
    project.lists["ports"] = [{**port, "device_id": "x", **STRANGER}]
    assert stuck_on(connection) == dict.fromkeys("un", "held by the port mine of somebody else")
    assert project.deleted == []


def test_a_port_of_another_project_keeps_our_network_too(connection: Connection, project: Project, wire: Wire) -> None:
    project.lists["networks"] = [ours("n")]
    theirs = {"id": "p", "network_id": "n", "device_owner": "compute:nova", **STRANGER, "project_id": "f" * 32}
    wire.get(f"{URL}/network/v2.0/ports", json=lambda request, _: {"ports": [] if "project_id" in request.qs else [theirs]})
    assert stuck_on(connection) == {"n": "held by the port mine of somebody else"}


def test_a_strangers_port_in_our_security_group_is_named_too(connection: Connection, project: Project) -> None:
    project.lists["security_groups"] = [ours("g")]
    project.lists["ports"] = [{"id": "p", "network_id": "other", "security_groups": ["g"], "device_owner": "", **STRANGER}]
    assert stuck_on(connection) == {"g": "held by the port mine of somebody else"}


def test_a_strangers_rule_that_names_our_security_group_would_go_with_it(connection: Connection, project: Project) -> None:
    project.lists["security_groups"] = [ours("g"), {"id": "h", "security_group_rules": [{"id": "r", "remote_group_id": "g"}], **STRANGER}]
    assert stuck_on(connection) == {"g": "held by a rule of the security group mine of somebody else"}
    assert project.deleted == []


def test_a_strangers_subnet_on_our_network_would_go_with_it(connection: Connection, project: Project) -> None:
    project.lists["networks"] = [ours("n")]
    project.lists["subnets"] = [ours("u", network_id="n"), {"id": "theirs", "network_id": "n", **STRANGER}]
    assert stuck_on(connection) == {"n": "held by the subnet mine of somebody else"}
    assert project.deleted == ["u"]


def test_a_strangers_floating_address_keeps_our_port_and_what_the_port_stands_on(connection: Connection, project: Project) -> None:
    project.lists["networks"], project.lists["ports"] = [ours("n")], [ours("p", network_id="n", device_owner="")]
    project.lists["floatingips"] = [{"id": "f", "floating_ip_address": "203.0.113.9", "port_id": "p", "router_id": "r", "description": ""}]
    project.lists["routers"] = [ours("r")]
    assert stuck_on(connection) == {
        "p": "held by the floating address 203.0.113.9 of somebody else",
        "r": "held by the floating address 203.0.113.9 of somebody else",
        "n": f"held by the port {MARK.prefix}-p of ours, which is held itself",
    }
    assert project.deleted == []


def test_a_floating_address_of_ours_goes_wherever_it_points(connection: Connection, project: Project) -> None:
    project.lists["floatingips"] = [ours("f", floating_ip_address="203.0.113.9", port_id="p")]
    project.lists["ports"] = [{"id": "p", "network_id": "other", "device_owner": "compute:nova", **STRANGER}]
    assert stuck_on(connection) == {}
    assert project.deleted == ["f"]


def test_a_strangers_network_on_our_router_keeps_the_router_and_stays_on_it(
    connection: Connection, project: Project, taken_off: list[str]
) -> None:
    project.lists["routers"], project.lists["networks"] = [ours("r")], [ours("n"), {"id": "theirs", **STRANGER}]
    project.lists["ports"] = [
        interface("inside", "n", device_id="r"),
        interface("added", "theirs", device_id="r"),
        {**interface("their-port", "theirs", device_id="r"), **STRANGER},
    ]
    assert stuck_on(connection) == {
        "r": "held by the interface added of the network theirs, which is not ours, "
        "the interface mine of the network theirs, which is not ours"
    }
    assert (taken_off, project.deleted) == (["inside"], ["n"])


def test_a_strangers_port_in_our_network_stays_on_our_router(connection: Connection, project: Project, taken_off: list[str]) -> None:
    project.lists["routers"], project.lists["networks"] = [ours("r")], [ours("n")]
    project.lists["ports"] = [{**interface("theirs", "n", device_id="r"), **STRANGER}]
    assert stuck_on(connection) == dict.fromkeys("rn", "held by the port mine of somebody else")
    assert (taken_off, project.deleted) == ([], [])


def test_a_strangers_router_on_our_network_keeps_the_network(connection: Connection, project: Project, taken_off: list[str]) -> None:
    project.lists["networks"] = [ours("n")]
    project.lists["ports"] = [interface("added", "n", device_id="their-router")]
    assert stuck_on(connection) == {"n": "held by the port added of somebody else"}
    assert taken_off == []


def test_what_nova_made_for_a_server_of_ours_is_no_strangers_though_it_outlives_the_server(
    connection: Connection, project: Project
) -> None:
    project.lists["servers"], project.lists["networks"] = [ours("s1", metadata=MARK.metadata)], [ours("n")]
    project.lists["ports"] = [{**interface("p", "n", device_id="s1"), "device_owner": "compute:nova"}]
    project.refuse["n"] = 409

    def nova_is_late(word: str, resource: Resource) -> None:
        if word == "removing" and resource.kind == "network" and "s1" in project.deleted:
            project.lists["ports"] = []
            project.refuse.clear()

    assert sweep(connection, MARK, nova_is_late).stuck == ()


def test_what_is_made_while_the_sweep_looks_is_no_strangers(connection: Connection, project: Project) -> None:
    looks: list[int] = []

    def before_the_port(_: Connection) -> tuple[Resource, ...]:
        looks.append(len(project.lists["ports"]))
        found = [Resource(kind, each["id"], each["name"], each["description"]) for kind, each in known()]
        project.lists["ports"] = project.lists["ports"] or ([ours("p", network_id="n", device_owner="")] if len(looks) == 1 else [])
        return tuple(found)

    def known() -> list[tuple[str, dict[str, Any]]]:
        return [("port", each) for each in project.lists["ports"]] + [("network", each) for each in project.lists["networks"]]

    project.lists["networks"] = [ours("n")]
    assert sweep(connection, MARK, inventories=before_the_port).stuck == ()
    assert project.deleted == ["p", "n"]


def test_what_is_refused_at_first_is_tried_again(connection: Connection, project: Project) -> None:
    project.lists["networks"] = [ours("n")]
    project.refuse["n"] = 409
    tries: list[str] = []

    def yields_at_the_third(word: str, _: Resource) -> None:
        tries.append(word)
        if tries.count("removing") == 3:
            project.refuse.clear()

    swept = sweep(connection, MARK, yields_at_the_third)
    assert [each.id for each in swept.removed] == ["n"]
    assert swept.stuck == ()


def test_what_stays_refused_is_said_with_the_clouds_words(connection: Connection, project: Project) -> None:
    project.lists["networks"] = [ours("n")]
    project.refuse["n"] = 409
    stuck = sweep(connection, MARK, limit_s=0).stuck
    assert [each.resource.id for each in stuck] == ["n"]
    assert "it is in use" in stuck[0].reason
    assert not stuck[0].held


def test_a_routers_interfaces_are_taken_off_first(connection: Connection, project: Project, taken_off: list[str]) -> None:
    project.lists["routers"], project.lists["networks"] = [ours("r")], [ours("n")]
    project.lists["ports"] = [
        interface("inside", "n", device_id="r"),
        interface("marked", "other", device_id="r", name=f"{MARK.prefix}-marked"),
        interface("outside", "external", device_id="r", device_owner="network:router_gateway"),
    ]
    assert stuck_on(connection) == {}
    assert sorted(taken_off) == ["inside", "marked"]
    assert project.deleted == ["r", "n"]


def test_an_inventory_that_fails_once_is_taken_again(connection: Connection, project: Project, wire: Wire) -> None:
    project.lists["networks"] = [ours("n")]
    answers: list[dict[str, Any]] = [{"status_code": 502}, {"json": {"routers": []}}]
    wire.get(f"{URL}/network/v2.0/routers", answers)
    assert [each.id for each in sweep(connection, MARK).removed] == ["n"]
