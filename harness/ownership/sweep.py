"""The sweep: what carries a mark of ours is removed, in an order that works, as often as it takes; nothing else is touched.

Things vanish meanwhile (somebody else removes them, or the removal of another thing does): that is as good as removed. Strangers
hold on to things of ours (their port on our network, their network on our router): those stay, and the sweep says who holds them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from keystoneauth1.exceptions import ClientException
from openstack import exceptions as sdk
from openstack.connection import Connection
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_exponential

from harness.clouds.sorting import sort
from harness.model import Mark, Resource
from harness.ownership.holding import Surroundings, look_around
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
    known: set[str] = set()
    passes: list[tuple[Stuck, ...]] = []

    def once() -> tuple[Stuck, ...]:
        mine = owned(inventories(connection), mark)
        known.update(each.id for each in mine)
        stuck = _remove_in_order(connection, mine, look_around(connection, mine, known), on_event) if mine else ()
        passes.append(stuck)
        reasons = {(each.resource.kind, each.resource.id) for each in stuck}
        for each in mine:
            if (each.kind, each.id) not in reasons:
                removed[each.kind, each.id] = each
        return stuck

    def again(stuck: tuple[Stuck, ...]) -> bool:
        """Whether something may still go: what strangers hold is looked at twice, since a thing of ours may be seen before it is known."""
        return bool(stuck) and not (all(each.held for each in stuck) and passes[-2:] == [stuck, stuck])

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


def _remove_in_order(connection: Connection, mine: Iterable[Resource], around: Surroundings, on_event: Listener) -> tuple[Stuck, ...]:
    stuck: list[Stuck] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for kind in LISTS:
            these = [each for each in mine if each.kind == kind]
            for each in these:
                on_event("removing", each)
            held = [each.resource for each in stuck if each.held]
            for each, left in zip(these, pool.map(lambda one: _remove(connection, one, around, held), these), strict=True):  # noqa: B023
                if left is None:
                    on_event("removed", each)
                else:
                    stuck.append(left)
    return tuple(stuck)


def _remove(connection: Connection, resource: Resource, around: Surroundings, held: Iterable[Resource]) -> Stuck | None:
    """Remove one thing, unless somebody else has something on it; ``None`` when it is gone, else why it is not."""
    holders = around.strangers_on(resource) or around.held_through(resource, held)
    try:
        if resource.kind == "router":
            _take_off(connection, resource.id, around.own_interfaces(resource.id))
        if not holders:
            _REMOVALS[resource.kind](connection, resource.id)
            return None
    except sdk.NotFoundException:
        return None
    except (sdk.SDKException, ClientException) as error:
        if not holders:
            _log.debug("%s %s stays for now", resource.kind, resource.id, exc_info=True)
            return Stuck(resource, sort(error).message)
    return Stuck(resource, f"held by {', '.join(holders)}", held=True)


def _take_off(connection: Connection, router: str, interfaces: Iterable[str]) -> None:
    """Take the router's ``interfaces`` off it, which Neutron then removes."""
    for port in interfaces:
        with suppress(sdk.NotFoundException):
            sdk.raise_from_response(connection.network.put(f"/routers/{router}/remove_router_interface", json={"port_id": port}))


def _remove_server(connection: Connection, server: str) -> None:
    connection.compute.delete_server(server, ignore_missing=False)
    connection.compute.wait_for_delete(connection.compute.get_server(server), interval=1, wait=SERVER_GONE_S)


_REMOVALS: dict[str, Callable[[Connection, str], object]] = {
    "floating-address": lambda connection, id_: connection.network.delete_ip(id_, ignore_missing=False),
    "server": _remove_server,
    "volume": lambda connection, id_: connection.block_storage.delete_volume(id_, ignore_missing=False),
    "router": lambda connection, id_: connection.network.delete_router(id_, ignore_missing=False),
    "port": lambda connection, id_: connection.network.delete_port(id_, ignore_missing=False),
    "subnet": lambda connection, id_: connection.network.delete_subnet(id_, ignore_missing=False),
    "network": lambda connection, id_: connection.network.delete_network(id_, ignore_missing=False),
    "security-group": lambda connection, id_: connection.network.delete_security_group(id_, ignore_missing=False),
    "key-pair": lambda connection, id_: connection.compute.delete_keypair(id_, ignore_missing=False),
}
