"""Whose is what: the inventory of a project, and our marks in it.

A mark stands in the creating request: in a server's metadata, in a description, and in the name of everything that has one (a
key pair, and what some client cannot describe, have only that). What carries none is a stranger's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from openstack.connection import Connection
from openstack.exceptions import NotFoundException

from harness.model import Mark, Resource

_DESCRIBED = re.compile(r"\binterop run=(?P<run>\S+) cell=(?P<cell>\S+)")
_NAMED = re.compile(r"^interop-(?P<run8>[0-9a-f]{8})-(?P<cell6>[0-9a-f]{6})(?![0-9a-f])")

ROUTER_INTERFACES = ("network:router_interface", "network:router_interface_distributed", "network:ha_router_replicated_interface")
"""What Neutron calls the owner of a port by which a router stands in a network of a project."""

WORKERS = 8
"""How many requests of an inventory are under way at once."""


@dataclass(frozen=True)
class Leftovers:
    """How two inventories differ: what is still there of ours, and what strangers made and removed meanwhile."""

    ours: tuple[Resource, ...]
    strangers_made: tuple[Resource, ...]
    strangers_gone: tuple[Resource, ...]


def inventory(connection: Connection) -> tuple[Resource, ...]:
    """Everything in the connection's project that somebody could have made, in the order in which it can be removed.

    Security group rules count with their group; ports that Neutron itself keeps count with their router or network, but not a port that
    somebody made and put on a router.

    Raises:
        openstack.exceptions.SDKException: a list could not be had; an incomplete inventory proves nothing.
    """
    kinds = [kind for kind in LISTS if kind != "volume" or connection.has_service("block-storage")]
    with ThreadPoolExecutor(WORKERS) as pool:
        lists = pool.map(lambda kind: list(LISTS[kind](connection)), kinds)
        return tuple(_resource(kind, raw) for kind, raws in zip(kinds, lists, strict=True) for raw in raws)


def owned(resources: Iterable[Resource], mark: Mark | str | None) -> tuple[Resource, ...]:
    """Those of ``resources`` that carry the ``mark``; or, given a run's id or the last eight characters of it, any mark of that run;
    or, given ``None``, any of ours.
    """
    return tuple(each for each in resources if _is_ours(each, mark))


def run_of(resource: Resource) -> str:
    """The run that made ``resource``: its id, or only the last eight characters of it where a name alone tells; else empty."""
    described, named = _DESCRIBED.search(resource.mark), _NAMED.match(resource.name)
    if described:
        return described["run"]
    return named["run8"] if named else ""


def difference(before: Iterable[Resource], after: Iterable[Resource], mark: Mark, seen: Iterable[Resource] = ()) -> Leftovers:
    """What differs between two inventories, ``before`` and ``after`` a cell.

    ``seen`` is what was observed in between. It tells that a port which Nova made for a server of ours, and forgot, is ours:
    such a port carries no mark, only its device.
    """
    before, after = tuple(before), tuple(after)
    old, new = {_key(each) for each in before}, {_key(each) for each in after}
    devices = {f"device {each.id}" for each in owned(seen, mark)}
    ours = tuple(each for each in after if _is_ours(each, mark) or each.mark in devices)
    left = {_key(each) for each in ours}
    made = tuple(each for each in after if _key(each) not in old | left)
    gone = tuple(each for each in before if _key(each) not in new and not _is_ours(each, mark))
    return Leftovers(ours, made, gone)


def _key(resource: Resource) -> tuple[str, str]:
    return resource.kind, resource.id


def _is_ours(resource: Resource, mark: Mark | str | None) -> bool:
    described = _DESCRIBED.search(resource.mark)
    if described:
        if isinstance(mark, Mark):
            return described["run"] == mark.run and described["cell"] == mark.cell_word
        return mark is None or mark in (described["run"], described["run"][-8:])
    named = _NAMED.match(resource.name)
    if not named:
        return False
    if isinstance(mark, Mark):
        return named[0] == mark.prefix
    return mark is None or named["run8"] == mark[-8:]


def _resource(kind: str, raw: Any) -> Resource:
    return Resource(kind, raw.id, raw.name or "", _mark(raw))


def _mark(raw: Any) -> str:
    metadata = getattr(raw, "metadata", None) or {}
    if "interop_run" in metadata:
        return f"interop run={metadata['interop_run']} cell={metadata.get('interop_cell', '?')}"
    description = getattr(raw, "description", None) or ""
    if _DESCRIBED.search(description):
        return str(description)
    device = getattr(raw, "device_id", None)
    return f"device {device}" if device else ""


def _in_project(connection: Connection) -> dict[str, Any]:
    return {"project_id": connection.current_project_id}


def _ports(connection: Connection) -> Iterator[Any]:
    return (port for port in connection.network.ports(**_in_project(connection)) if not _is_neutrons(port))


def _is_neutrons(port: Any) -> bool:
    made_by_hand = port.device_owner in ROUTER_INTERFACES and (port.name or port.description)
    return (port.device_owner or "").startswith("network:") and not made_by_hand


def _routed(connection: Connection, ask: Callable[..., Iterable[Any]]) -> Iterator[Any]:
    """A list of what only a network service with routers has; one without them, which answers 404, has nothing of it.

    Raises:
        openstack.exceptions.NotFoundException: the service says that it has routers, and yet that there is no such list.
    """
    try:
        yield from ask(**_in_project(connection))
    except NotFoundException:
        if connection.network.find_extension("router"):
            raise


def floating_addresses(connection: Connection) -> Iterator[Any]:
    """The project's floating addresses; none where the cloud has no routers to keep them."""
    return _routed(connection, connection.network.ips)


LISTS: dict[str, Callable[[Connection], Iterable[Any]]] = {
    "floating-address": floating_addresses,
    "server": lambda connection: connection.compute.servers(details=True),
    "volume": lambda connection: connection.block_storage.volumes(details=True),
    "router": lambda connection: _routed(connection, connection.network.routers),
    "port": _ports,
    "subnet": lambda connection: connection.network.subnets(**_in_project(connection)),
    "network": lambda connection: connection.network.networks(**_in_project(connection)),
    "security-group": lambda connection: connection.network.security_groups(**_in_project(connection)),
    "key-pair": lambda connection: connection.compute.keypairs(),
}
"""How each kind of resource is listed, in the order in which they can be removed."""
