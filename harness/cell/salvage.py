"""What an engine left behind when it failed, as a deployment: checks can look at servers of which the engine told nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from keystoneauth1.exceptions import ClientException
from openstack.cloud import meta
from openstack.connection import Connection
from openstack.exceptions import SDKException

from harness.model import Deployment, Facts, Mark, Resource, Server
from harness.ownership import inventory, owned


def servers_by_mark(connection: Connection, mark: Mark) -> list[Any]:
    """The servers that carry ``mark``, as openstacksdk shows them."""
    return [each for each in connection.compute.servers(details=True, name=f"^{mark.prefix}") if each.name.startswith(mark.prefix)]


def salvage(connection: Connection, mark: Mark, facts: Facts, roles: Iterable[str], private_key: str) -> Deployment | None:
    """The deployment as far as the project shows it; ``None`` when not one server of it is there."""
    model, user = facts.address_model, str(next((each.value for each in facts.inputs if each.kind == "login-user"), ""))
    servers = tuple(
        Server(each.id, each.name, role_of(each.name, mark, roles), user, address_of(connection, each, model))
        for each in servers_by_mark(connection, mark)
    )
    return Deployment(servers, (), {}, private_key, 0.0) if servers else None


def role_of(name: str, mark: Mark, roles: Iterable[str]) -> str:
    """The role that a server's name tells: ``interop-…-web-2`` is a ``web``."""
    bare = re.sub(r"-?\d+$", "", name.removeprefix(f"{mark.prefix}-"))
    return next((role for role in roles if bare == role), bare)


def address_of(connection: Connection, server: Any, model: str) -> str:
    """Where a server is reached from outside: openstacksdk's ``interface_ip``, which heeds the cloud's entry and vendor profile.

    Where it knows none, the cloud's address model decides. Empty when the server has no such address (yet). ``server`` is as
    openstacksdk lists it; its ``addresses`` are completed by the floating ones that only Neutron tells of.
    """
    try:
        found = str(meta.add_server_interfaces(connection, server).interface_ip or "")  # type: ignore[no-untyped-call]
    except (SDKException, ClientException):
        found = ""
    # openstacksdk takes every address of version 6 for one that is reached from outside
    assumed = ":" in found and model == "floating"
    return found if found and not assumed else _by_model(server, model)


def _by_model(server: Any, model: str) -> str:
    wanted = "floating" if model == "floating" else "fixed"
    addresses = [each for network in (server.addresses or {}).values() for each in network]
    fitting = [each["addr"] for each in addresses if each.get("OS-EXT-IPS:type", "fixed") == wanted]
    return next((each for each in fitting if ":" not in each), next(iter(fitting), ""))


def seen_of(connection: Connection, mark: Mark) -> tuple[Resource, ...]:
    """What carries ``mark`` at this moment."""
    return owned(inventory(connection), mark)
