"""Two ways to see a server, of which one may be closed: its console log, and a login."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from openstack.connection import Connection
from openstack.exceptions import HttpException

from harness.errors import HarnessFault, Unsupported
from harness.model import Server
from harness.probes import api, console
from harness.probes.inside_view import GuestView, look
from harness.probes.outside import Outside
from harness.probes.rules import Rule, lets_ping
from harness.probes.ssh import Guest

SSH = 22
_LOGIN_S = 4.0
"""How long a login that may not come about is given: one that begins while its server goes down hangs."""


def console_text(connection: Connection, server: Server) -> str | None:
    """The server's console log without terminal escapes; ``None`` when the cloud gives none, or fails to."""
    try:
        return console.plain(api.console(connection, server.id))
    except (Unsupported, HttpException):
        return None


def answers(outside: Outside, server: Server, limit_s: float = 2.0) -> str:
    """How port 22 answers from outside, in a word; ``no address`` when there is none to knock at."""
    return str(outside.tcp(server.address, SSH, limit_s).answer) if server.address else "no address"


def view_if_open(guest: Guest, outside: Outside, server: Server, limit_s: float = 2.0) -> GuestView | None:
    """What the guest knows of itself; ``None`` when nobody can log in."""
    if answers(outside, server, limit_s) != "open":
        return None
    try:
        return look(guest.shell, _LOGIN_S)
    except HarnessFault:
        return None


def is_the_server(view: GuestView, nics: Iterable[api.Nic]) -> bool:
    """Whether who answered has every network port that the API reports for the server."""
    return {each.mac for each in nics} <= set(view.macs)


@dataclass(frozen=True)
class Neighbour:
    """Where one server can be asked for an ICMP echo by another: an IPv4 ``address`` on a ``network`` of both."""

    network: str
    address: str


def neighbours(connection: Connection, server: Server, peer: Server) -> tuple[Neighbour, ...]:
    """Where ``peer`` is reached by ``server`` on networks that they share, as far as the rules there let its ICMP in."""
    mine, theirs = api.nics(connection, server.id), api.nics(connection, peer.id)
    return tuple(
        Neighbour(far.network, address)
        for near in mine
        for far in theirs
        if near.network == far.network and _lets_in(api.rules(connection, far.groups), near)
        for address in far.fixed
        if ip_address(address).version == 4
    )


def _lets_in(rules: Iterable[Rule], near: api.Nic) -> bool:
    known = tuple(rules)
    return any(lets_ping(known, own, near.groups) for own in near.fixed if ip_address(own).version == 4)


def age(server: api.State, deploy_began: float) -> float:
    """For how many seconds the server has been there; 0 where the cloud's clock is not to be believed.

    It cannot be older than the deployment, which began at ``deploy_began`` by this machine's clock (0: unknown).
    """
    if not server.created or not deploy_began:
        return 0.0
    now = time.time()
    return max(0.0, min(now - server.created, now - deploy_began))
