"""Does the workload fit into what the project's quotas leave? Asked before anything is created."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openstack.connection import Connection
from openstack.exceptions import HttpException

from harness.clouds.scene import Scene
from harness.errors import QuotaTooSmall
from harness.manifest.workload import Workload
from harness.model import Facts

_UNLIMITED = -1


@dataclass(frozen=True)
class Room:
    """One quota of the project: its limit (−1: none) and how much of it is in use."""

    limit: int
    used: int


def refuse_if_too_small(connection: Connection, workload: Workload, facts: Facts, scene: Scene) -> tuple[str, ...]:
    """Compare what the workload takes with what the project has left; returns notes on quotas that could not be read.

    Raises:
        QuotaTooSmall: something does not fit; says what, and by how much.
    """
    rooms = _compute_rooms(connection)
    notes: tuple[str, ...] = ()
    try:
        rooms |= _network_rooms(connection)
    except HttpException as error:
        notes = (f"the network's quotas could not be read beforehand: {error.status_code}",)
    short = shortages(needs(workload, facts, scene), rooms)
    if short:
        raise QuotaTooSmall(
            f"cloud {facts.cloud}: {workload.name} does not fit into the project's quota: {'; '.join(short)}",
            mend="free what is no longer needed (`interop sweep` shows what runs left), or have the quota raised",
        )
    return notes


def needs(workload: Workload, facts: Facts, scene: Scene) -> dict[str, int]:
    """How much of each quota one deployment takes, at least: what its roles come to, and what its manifest says it takes."""
    servers, takes = workload.servers({each.name: each.value for each in facts.inputs}), workload.takes
    found = {"instances": servers, "ports": servers, "key pairs": 1}
    found |= {"security groups": max(takes.security_groups, 1), "security group rules": takes.security_group_rules}
    if scene.flavor is not None:
        found |= {"cores": servers * scene.flavor.vcpus, "RAM MiB": servers * scene.flavor.ram}
    if facts.address_model == "floating":
        found["floating addresses"] = servers if takes.floating_addresses == "servers" else max(takes.floating_addresses, 1)
    if scene.reach.network is None:
        found |= {"networks": max(takes.networks, 1), "subnets": max(takes.networks, 1), "routers": max(takes.routers, 1)}
    return found


def shortages(wanted: Mapping[str, int], rooms: Mapping[str, Room]) -> list[str]:
    """What does not fit, in words: which quota, and by how much."""
    short = []
    for name, number in wanted.items():
        room = rooms.get(name)
        if room is None or room.limit == _UNLIMITED:
            continue
        missing = number - (room.limit - room.used)
        if missing > 0:
            short.append(f"{name}: {missing} too few ({number} needed, {room.used} of {room.limit} in use)")
    return short


def _compute_rooms(connection: Connection) -> dict[str, Room]:
    limits = connection.compute.get_limits().absolute
    # Nova does not tell how many key pairs are in use; they count per user
    keys = sum(1 for _ in connection.compute.keypairs())
    rooms = {
        "instances": (limits.instances, limits.instances_used),
        "cores": (limits.total_cores, limits.total_cores_used),
        "RAM MiB": (limits.total_ram, limits.total_ram_used),
        "key pairs": (limits.keypairs, keys),
    }
    return {name: Room(limit, used) for name, (limit, used) in rooms.items() if limit is not None and used is not None}


def _network_rooms(connection: Connection) -> dict[str, Room]:
    quota = connection.network.get_quota(connection.current_project_id or "", details=True)
    details = {
        "networks": quota.networks,
        "subnets": quota.subnets,
        "routers": quota.routers,
        "ports": quota.ports,
        "floating addresses": quota.floating_ips,
        "security groups": quota.security_groups,
        "security group rules": quota.security_group_rules,
    }
    return {name: Room(each["limit"], each["used"]) for name, each in details.items() if each}
