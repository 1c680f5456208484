"""The sweep against a project on the wire: what is deleted there is gone from the next list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from openstack.connection import Connection

from harness.model import Mark, Resource
from harness.ownership import sweep
from tests.unit.wire import PROJECT, URL, Wire

RUN = "20260101T000000Z-0a1b2c3d"
MARK = Mark(RUN, "acme.pair")
STRANGER = {"name": "mine", "description": "", "project_id": PROJECT}


def ours(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": f"{MARK.prefix}-{id_}", "description": MARK.description, "project_id": PROJECT, **more}


@dataclass
class Project:
    """A project's things by list, and the order in which they were deleted."""

    lists: dict[str, list[dict[str, Any]]]
    deleted: list[str] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)

    def delete(self, request: Any, context: Any) -> str:
        id_ = request.path.rpartition("/")[2]
        if id_ in self.refuse:
            context.status_code = self.refuse[id_]
            return '{"NeutronError": {"message": "it is in use", "type": "InUse", "detail": ""}}'
        holder = next((things for things in self.lists.values() if any(each["id"] == id_ for each in things)), None)
        if holder is None:
            context.status_code = 404
            return ""
        holder[:] = [each for each in holder if each["id"] != id_]
        self.deleted.append(id_)
        context.status_code = 204
        return ""

    def listing(self, name: str) -> Callable[..., dict[str, Any]]:
        def answer(request: Any, _context: Any) -> dict[str, Any]:
            device = request.qs.get("device_id", [None])[0]
            return {name: [each for each in self.lists[name] if device in (None, each.get("device_id"))]}

        return answer

    def server(self, request: Any, context: Any) -> dict[str, Any]:
        found = [each for each in self.lists["servers"] if each["id"] == request.path.rpartition("/")[2]]
        context.status_code = 200 if found else 404
        return {"server": found[0]} if found else {}


@pytest.fixture
def project(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project, and no waiting between tries."""
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    names = ("floatingips", "routers", "ports", "subnets", "networks", "security_groups", "servers", "keypairs")
    found = Project({name: [] for name in names})
    for name in ("floatingips", "routers", "ports", "subnets", "networks"):
        wire.get(f"{URL}/network/v2.0/{name}", json=found.listing(name))
    wire.get(f"{URL}/network/v2.0/security-groups", json=found.listing("security_groups"))
    wire.get(f"{URL}/compute/v2.1/servers/detail", json=found.listing("servers"))
    wire.get(re.compile(f"{URL}/compute/v2.1/servers/s[0-9]*$"), json=found.server)
    wire.get(f"{URL}/compute/v2.1/os-keypairs", json=lambda _r, _c: {"keypairs": [{"keypair": each} for each in found.lists["keypairs"]]})
    wire.delete(re.compile(f"{URL}/.*"), text=found.delete)
    return found


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


def test_a_strangers_port_keeps_our_network_and_is_named_without_trying_for_ever(connection: Connection, project: Project) -> None:
    project.lists["networks"] = [ours("n")]
    project.lists["ports"] = [{"id": "p", "network_id": "n", "device_id": "x", "device_owner": "compute:nova", **STRANGER}]
    project.refuse["n"] = 409
    swept = sweep(connection, MARK, limit_s=3600)
    assert [(each.resource.id, each.reason, each.held) for each in swept.stuck] == [("n", "held by the port mine of somebody else", True)]
    assert project.deleted == []
    assert swept.removed == ()


def test_a_strangers_port_in_our_security_group_is_named_too(connection: Connection, project: Project) -> None:
    project.lists["security_groups"] = [ours("g")]
    project.lists["ports"] = [{"id": "p", "network_id": "other", "security_groups": ["g"], "device_owner": "", **STRANGER}]
    project.refuse["g"] = 409
    assert sweep(connection, MARK).stuck[0].held


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


def test_a_routers_interfaces_are_taken_off_first(connection: Connection, project: Project, wire: Wire) -> None:
    project.lists["routers"] = [ours("r")]
    project.lists["ports"] = [
        {"id": "inside", "device_id": "r", "device_owner": "network:router_interface", **STRANGER},
        {"id": "outside", "device_id": "r", "device_owner": "network:router_gateway", **STRANGER},
    ]
    taken_off = wire.put(f"{URL}/network/v2.0/routers/r/remove_router_interface", json={})
    sweep(connection, MARK)
    assert [each.json() for each in taken_off.request_history] == [{"port_id": "inside"}]
    assert project.deleted == ["r"]


def test_an_inventory_that_fails_once_is_taken_again(connection: Connection, project: Project, wire: Wire) -> None:
    project.lists["networks"] = [ours("n")]
    answers: list[dict[str, Any]] = [{"status_code": 502}, {"json": {"routers": []}}]
    wire.get(f"{URL}/network/v2.0/routers", answers)
    assert [each.id for each in sweep(connection, MARK).removed] == ["n"]
