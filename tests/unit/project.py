"""A project on the wire: what is deleted there is gone from the next list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.model import Mark
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
