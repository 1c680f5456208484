"""A server as the APIs report it: state, ports, addresses, rules, console. Nothing here interprets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openstack.connection import Connection
from openstack.exceptions import HttpException

from harness.errors import Unsupported
from harness.probes.rules import Rule

_NO_CONSOLE = (404, 405, 409, 501)
"""What Nova answers where a driver or a policy has no console log; 409 also while the server has no host yet."""


@dataclass(frozen=True)
class State:
    """A server's state. Times are the cloud's own, in seconds since 1970; 0 when it tells none."""

    status: str
    task: str
    fault: str
    created: float
    launched: float
    request_id: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.status, self.task and f"({self.task})", self.fault and f"fault: {self.fault}")))


@dataclass(frozen=True)
class Nic:
    """One port of a server: what Neutron reports for it. ``floating`` are the floating addresses that lead to it."""

    port: str
    mac: str
    network: str
    fixed: tuple[str, ...]
    groups: tuple[str, ...]
    floating: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """One address as Nova lists it for a server; ``kind`` is its ``OS-EXT-IPS:type``: ``fixed`` or ``floating``."""

    address: str
    kind: str
    mac: str


def state(connection: Connection, server: str) -> State:
    """The server's state.

    Raises:
        openstack.exceptions.NotFoundException: there is no such server.
    """
    raw = connection.compute.get_server(server)
    fault = raw.fault or {}
    return State(
        status=raw.status or "",
        task=raw.task_state or "",
        fault=str(fault.get("message", "")),
        created=moment(raw.created_at),
        launched=moment(raw.launched_at),
    )


def listed(connection: Connection, server: str) -> tuple[Listed, ...]:
    """The addresses that Nova lists for the server."""
    raw = connection.compute.get_server(server)
    addresses = [each for network in (raw.addresses or {}).values() for each in network]
    return tuple(Listed(each["addr"], each.get("OS-EXT-IPS:type", "fixed"), each.get("OS-EXT-IPS-MAC:mac_addr", "")) for each in addresses)


def nics(connection: Connection, server: str) -> tuple[Nic, ...]:
    """The server's ports, with the floating addresses that lead to each where the cloud has such."""
    ports = list(connection.network.ports(device_id=server))
    floating = _floating(connection, {port.id for port in ports})
    return tuple(
        Nic(
            port=port.id,
            mac=port.mac_address,
            network=port.network_id,
            fixed=tuple(each["ip_address"] for each in port.fixed_ips or ()),
            groups=tuple(port.security_group_ids or ()),
            floating=tuple(floating.get(port.id, ())),
        )
        for port in ports
    )


def mtu(connection: Connection, network: str) -> int:
    """The network's MTU in bytes; 0 when the cloud does not tell."""
    return int(connection.network.get_network(network).mtu or 0)


def resolvers(connection: Connection, network: str) -> tuple[str, ...]:
    """The name servers that the network's subnets hand out."""
    return tuple(each for subnet in connection.network.subnets(network_id=network) for each in subnet.dns_nameservers or ())


def rules(connection: Connection, groups: Iterable[str]) -> tuple[Rule, ...]:
    """The rules for what may come in of some security groups, by id."""
    raws = (raw for group in groups for raw in connection.network.security_group_rules(security_group_id=group, direction="ingress"))
    return tuple(
        Rule(raw.ether_type or "IPv4", raw.protocol, raw.port_range_min, raw.port_range_max, raw.remote_ip_prefix, raw.remote_group_id)
        for raw in raws
    )


def console(connection: Connection, server: str) -> str:
    """The server's console log, all of it that the cloud keeps.

    Raises:
        Unsupported: the cloud has none for this server.
    """
    try:
        answer: dict[str, Any] | None = connection.compute.get_server_console_output(server)
    except HttpException as error:
        if error.status_code in _NO_CONSOLE:
            raise Unsupported(f"the cloud gives no console log: {error}", request_id=error.request_id or "") from error
        raise
    return str((answer or {}).get("output") or "")


def reboot(connection: Connection, server: str) -> None:
    """Ask for a soft reboot."""
    connection.compute.reboot_server(server, "SOFT")  # type: ignore[no-untyped-call]


def moment(text: str | None) -> float:
    """Seconds since 1970 of what Nova writes as a time, with or without a zone; 0 for none."""
    if not text:
        return 0.0
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _floating(connection: Connection, ports: set[str]) -> dict[str, list[str]]:
    """Floating addresses by the port they lead to; none where the cloud has no such resource or lets nobody see it."""
    found: dict[str, list[str]] = {}
    try:
        for each in connection.network.ips():
            if each.port_id in ports:
                found.setdefault(each.port_id, []).append(each.floating_ip_address)
    except HttpException as error:
        if error.status_code not in (403, 404):
            raise
    return found
