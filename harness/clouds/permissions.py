"""May this project make networks, routers and floating addresses? Asked without making any.

A member cannot read a cloud's policy, and every other sign (quotas, extensions, what is there already) is only a sign. So the
cloud is asked to make something that cannot be made: a network in an availability zone that does not exist and with an impossible MTU, a
router in such a zone, a floating address from a network that does not exist. Neutron decides about permission before it looks whether the
request makes sense, and refuses a senseless one inside the transaction, before anything is stored: 403 means forbidden, 400 or 404
means that only the nonsense stood in the way. Where a cloud's extensions give no such nonsense to ask for, nothing is asked and
the answer is a guess that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from openstack import exceptions as sdk
from openstack.connection import Connection

from harness.clouds.sorting import sort
from harness.errors import Denied, QuotaReached

_NOWHERE = "interop-no-such-zone"
_TOO_BIG = 2**31 - 1
_SENSELESS = (400, 404, 409)
_NOT_OFFERED = (405, 501)


@dataclass(frozen=True)
class Permission:
    """Whether the project may make one kind of thing, and how that is known."""

    allowed: bool
    evidence: str


def may_make_networks(connection: Connection, extensions: frozenset[str]) -> Permission:
    """Whether the project may make networks of its own."""
    nonsense: dict[str, Any] = {}
    if "network_availability_zone" in extensions:
        nonsense["availability_zone_hints"] = [_NOWHERE]
    if "net-mtu-writable" in extensions:
        nonsense["mtu"] = _TOO_BIG
    if not nonsense:
        return _yes("taken for granted: this cloud offers no way to ask without making one")
    return _ask(connection, "network", nonsense)


def may_make_routers(connection: Connection, extensions: frozenset[str]) -> Permission:
    """Whether the project may make routers."""
    if "router" not in extensions:
        return _no("the cloud has no routers (extension `router` is missing)")
    if "router_availability_zone" not in extensions:
        return _yes("taken for granted: this cloud offers no way to ask without making one")
    return _ask(connection, "router", {"availability_zone_hints": [_NOWHERE]})


def may_make_floating_addresses(connection: Connection, extensions: frozenset[str]) -> Permission:
    """Whether the project may make floating addresses."""
    if "router" not in extensions:
        return _no("the cloud has no floating addresses (extension `router` is missing)")
    return _ask(connection, "floatingip", {"floating_network_id": str(uuid4())})


def _ask(connection: Connection, resource: str, nonsense: dict[str, Any]) -> Permission:
    """Ask for a ``resource`` that cannot be made, and tell from the refusal whether a sensible one could be.

    Raises:
        openstack.exceptions.SDKException: the answer is about something else: the cloud is ill, or the token no longer good.
    """
    response = connection.network.post(f"/{resource}s", json={resource: {"description": "interop discovery", **nonsense}})
    if response.status_code < 400:
        made = response.json()[resource]["id"]
        sdk.raise_from_response(connection.network.delete(f"/{resource}s/{made}"))
        return _yes("the cloud made one even from a senseless request; it was removed at once")
    try:
        sdk.raise_from_response(response)
    except sdk.SDKException as error:
        refusal = sort(error)
        if isinstance(refusal, Denied):
            return _no("policy forbids them (403 to a request that could not be fulfilled)")
        if isinstance(refusal, QuotaReached):
            return _no("the project's quota leaves none")
        if response.status_code in _NOT_OFFERED:
            return _no(f"the cloud does not offer them ({response.status_code})")
        if response.status_code not in _SENSELESS:
            raise
    return _yes(f"policy allows them (a request that could not be fulfilled was answered {response.status_code}, not 403)")


def _yes(evidence: str) -> Permission:
    return Permission(allowed=True, evidence=evidence)


def _no(evidence: str) -> Permission:
    return Permission(allowed=False, evidence=evidence)
