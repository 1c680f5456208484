"""What strangers have on things of ours, as seen before anything is removed.

Not everything stays while a stranger needs it. A router's interface takes its port along, a network its subnets, a security group
the rules of others that name it, and a port the way of a floating address: none of that is left to the cloud to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from openstack.connection import Connection
from openstack.network.v2.floating_ip import FloatingIP
from openstack.network.v2.port import Port
from openstack.network.v2.security_group import SecurityGroup
from openstack.network.v2.subnet import Subnet

from harness.model import Resource
from harness.ownership.inventory import ROUTER_INTERFACES, WORKERS, floating_addresses

_HANGS_ON: dict[str, Callable[[Port, str], bool]] = {
    "router": lambda port, id_: port.device_id == id_ and port.device_owner in ROUTER_INTERFACES,
    "subnet": lambda port, id_: any(each["subnet_id"] == id_ for each in port.fixed_ips or ()),
    "network": lambda port, id_: port.network_id == id_,
    "security-group": lambda port, id_: id_ in (port.security_group_ids or ()),
}
"""Which ports a thing of ours would miss, by its kind."""


@dataclass(frozen=True)
class Surroundings:
    """What hangs on things of ours, of which ``known`` has the ids: those that are there, and those that were a moment ago."""

    ports: tuple[Port, ...]
    subnets: tuple[Subnet, ...]
    addresses: tuple[FloatingIP, ...]
    groups: tuple[SecurityGroup, ...]
    known: frozenset[str]

    def strangers_on(self, resource: Resource) -> list[str]:
        """What hangs on ``resource`` and is somebody else's, in words."""
        words = [self._said(port, resource) for port in self._ports_on(resource) if self._is_strange(port)]
        if resource.kind == "network":
            subnets = [each for each in self.subnets if each.network_id == resource.id and each.id not in self.known]
            words += [f"the subnet {each.name or each.id} of somebody else" for each in subnets]
        if resource.kind in ("port", "router"):
            addresses = [each for each in self.addresses if resource.id in (each.port_id, each.router_id) and each.id not in self.known]
            words += [f"the floating address {each.floating_ip_address} of somebody else" for each in addresses]
        if resource.kind == "security-group":
            groups = [each for each in self.groups if each.id not in self.known and _names(each, resource.id)]
            words += [f"a rule of the security group {each.name or each.id} of somebody else" for each in groups]
        return words

    def held_through(self, resource: Resource, held: Iterable[Resource]) -> list[str]:
        """Those of ``held``, things of ours that strangers hold, that hang on ``resource`` themselves, in words."""
        here = {id_ for port in self._ports_on(resource) for id_ in (port.id, port.device_id)}
        return [f"the {each.kind} {each.name or each.id} of ours, which is held itself" for each in held if each.id in here]

    def own_interfaces(self, router: str) -> list[str]:
        """The ports by which our ``router`` stands in networks of ours."""
        return [port.id for port in self.ports if _HANGS_ON["router"](port, router) and not self._is_strange(port)]

    def _ports_on(self, resource: Resource) -> list[Port]:
        hangs_on = _HANGS_ON.get(resource.kind)
        return [port for port in self.ports if hangs_on(port, resource.id)] if hangs_on else []

    def _is_strange(self, port: Port) -> bool:
        if port.id in self.known:
            return False
        is_interface = port.device_owner in ROUTER_INTERFACES
        if (port.device_owner or "").startswith("network:") and not is_interface:
            return False
        made_by_hand = bool(port.name or port.description)  # what Nova and Neutron make for a device has neither
        return made_by_hand or port.device_id not in self.known or (is_interface and port.network_id not in self.known)

    def _said(self, port: Port, resource: Resource) -> str:
        if resource.kind == "router" and port.network_id not in self.known:
            return f"the interface {port.name or port.id} of the network {port.network_id}, which is not ours"
        return f"the port {port.name or port.id} of somebody else"


def look_around(connection: Connection, mine: Iterable[Resource], known: Iterable[str]) -> Surroundings:
    """What hangs on ``mine``.

    Raises:
        openstack.exceptions.SDKException: a list could not be had.
    """
    network, project = connection.network, {"project_id": connection.current_project_id}
    asked: list[Callable[[], Iterable[Any]]] = [
        lambda: network.subnets(**project),
        lambda: floating_addresses(connection),
        lambda: network.security_groups(**project),
        lambda: network.ports(**project),
        *(_ports_of(connection, each.id) for each in mine if each.kind == "network"),
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        subnets, addresses, groups, *ports = pool.map(lambda ask: tuple(ask()), asked)
    each_once = {port.id: port for some in ports for port in some}
    return Surroundings(tuple(each_once.values()), subnets, addresses, groups, frozenset(known))


def _ports_of(connection: Connection, network: str) -> Callable[[], Iterable[Port]]:
    """The ports of a network of ours, whatever project they are of."""
    return lambda: connection.network.ports(network_id=network)


def _names(group: SecurityGroup, other: str) -> bool:
    return any(rule.get("remote_group_id") == other for rule in group.security_group_rules or ())
