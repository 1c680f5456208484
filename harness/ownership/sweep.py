"""The sweep: what carries a mark of ours is removed, in an order that works, as often as it takes; nothing else is touched.

Things vanish meanwhile (somebody else removes them, or the removal of another thing does): that is as good as removed. Strangers
hold on to things of ours (their port on our network): those stay, and the sweep says who holds them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from keystoneauth1.exceptions import ClientException
from openstack import exceptions as sdk
from openstack.connection import Connection
from openstack.network.v2.port import Port
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_exponential

from harness.clouds.sorting import sort
from harness.model import Mark, Resource
from harness.ownership.inventory import LISTS, WORKERS, inventory, owned

LIMIT_S = 120.0
"""How long a sweep goes on trying; removing a whole three-tier deployment takes a tenth of that where things are well."""

SERVER_GONE_S = 60
"""How long one try waits for a server to be gone after its removal was accepted."""

Listener = Callable[[str, Resource], None]
"""Hears ``("removing", resource)`` before each act, and ``("removed", resource)`` when it is gone."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stuck:
    """Something of ours that could not be removed, and why. ``held`` is whether a stranger's resource hangs on it."""

    resource: Resource
    reason: str
    held: bool = False


@dataclass(frozen=True)
class Swept:
    """What a sweep removed, in order, and what it had to leave."""

    removed: tuple[Resource, ...]
    stuck: tuple[Stuck, ...]


def sweep(
    connection: Connection,
    mark: Mark | str | None,
    on_event: Listener = lambda _word, _resource: None,
    *,
    limit_s: float = LIMIT_S,
    inventories: Callable[[Connection], tuple[Resource, ...]] = inventory,
) -> Swept:
    """Remove what carries the ``mark`` (of a cell; of a run, given its id; of any run of ours, given ``None``).

    Raises:
        openstack.exceptions.SDKException: the project's inventory could not be read, however often it was tried.
    """
    removed: dict[tuple[str, str], Resource] = {}

    def once() -> tuple[Stuck, ...]:
        mine = owned(inventories(connection), mark)
        stuck = _remove_in_order(connection, mine, on_event)
        reasons = {(each.resource.kind, each.resource.id) for each in stuck}
        for each in mine:
            if (each.kind, each.id) not in reasons:
                removed[each.kind, each.id] = each
        return stuck if mine else ()

    def again(stuck: tuple[Stuck, ...]) -> bool:
        return any(not each.held for each in stuck)

    stuck: tuple[Stuck, ...] = Retrying(
        retry=retry_if_result(again) | retry_if_exception_type((sdk.SDKException, ClientException)),
        stop=stop_after_delay(limit_s),
        wait=wait_exponential(multiplier=0.5, max=5),
        retry_error_callback=_last_result,
    )(once)
    return Swept(tuple(removed.values()), stuck)


def _last_result(state: RetryCallState) -> tuple[Stuck, ...]:
    result: tuple[Stuck, ...] = state.outcome.result() if state.outcome else ()
    return result


def _remove_in_order(connection: Connection, mine: Iterable[Resource], on_event: Listener) -> tuple[Stuck, ...]:
    stuck: list[Stuck] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for kind in LISTS:
            these = [each for each in mine if each.kind == kind]
            for each in these:
                on_event("removing", each)
            for each, reason in zip(these, pool.map(lambda one: _remove(connection, one), these), strict=True):
                if reason is None:
                    on_event("removed", each)
                else:
                    holders = _strangers_on(connection, each, mine)
                    stuck.append(Stuck(each, f"held by {holders}" if holders else reason, held=bool(holders)))
    return tuple(stuck)


def _remove(connection: Connection, resource: Resource) -> str | None:
    """Remove one thing; ``None`` when it is gone, else why it is not."""
    try:
        _REMOVALS[resource.kind](connection, resource.id)
    except sdk.NotFoundException:
        return None
    except sdk.SDKException as error:
        _log.debug("%s %s stays for now", resource.kind, resource.id, exc_info=True)
        return sort(error).message
    return None


def _remove_server(connection: Connection, server: str) -> None:
    connection.compute.delete_server(server, ignore_missing=False)
    connection.compute.wait_for_delete(connection.compute.get_server(server), interval=1, wait=SERVER_GONE_S)


def _remove_router(connection: Connection, router: str) -> None:
    for port in connection.network.ports(device_id=router):
        if port.device_owner != "network:router_gateway":
            sdk.raise_from_response(connection.network.put(f"/routers/{router}/remove_router_interface", json={"port_id": port.id}))
    connection.network.delete_router(router, ignore_missing=False)


_REMOVALS: dict[str, Callable[[Connection, str], object]] = {
    "floating-address": lambda connection, id_: connection.network.delete_ip(id_, ignore_missing=False),
    "server": _remove_server,
    "volume": lambda connection, id_: connection.block_storage.delete_volume(id_, ignore_missing=False),
    "router": _remove_router,
    "port": lambda connection, id_: connection.network.delete_port(id_, ignore_missing=False),
    "subnet": lambda connection, id_: connection.network.delete_subnet(id_, ignore_missing=False),
    "network": lambda connection, id_: connection.network.delete_network(id_, ignore_missing=False),
    "security-group": lambda connection, id_: connection.network.delete_security_group(id_, ignore_missing=False),
    "key-pair": lambda connection, id_: connection.compute.delete_keypair(id_, ignore_missing=False),
}


def _strangers_on(connection: Connection, resource: Resource, mine: Iterable[Resource]) -> str:
    """The ports of strangers that hang on ``resource``, in words; empty when there are none that can be seen."""
    hangs_on = _HANGS_ON.get(resource.kind)
    if hangs_on is None:
        return ""
    known = {each.id for each in mine}
    try:
        ports = [port for port in connection.network.ports() if hangs_on(port, resource.id)]
    except sdk.SDKException:
        return ""
    strange = [port for port in ports if port.id not in known and not _is_neutrons_or_ours(port, known)]
    return ", ".join(f"the port {port.name or port.id} of somebody else" for port in strange)


def _is_neutrons_or_ours(port: Port, known: set[str]) -> bool:
    own = (port.device_owner or "").startswith("network:") and port.device_owner not in _ROUTER_INTERFACES
    return own or port.device_id in known


_ROUTER_INTERFACES = ("network:router_interface", "network:router_interface_distributed", "network:ha_router_replicated_interface")

_HANGS_ON: dict[str, Callable[[Port, str], bool]] = {
    "network": lambda port, id_: port.network_id == id_,
    "subnet": lambda port, id_: any(each["subnet_id"] == id_ for each in port.fixed_ips or ()),
    "security-group": lambda port, id_: id_ in (port.security_group_ids or ()),
}
"""What a stranger's port can hang on. A router that a stranger's floating address needs says so itself."""
