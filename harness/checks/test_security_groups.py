from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from secrets import randbelow

import pytest

from harness.checks import check, does_not_apply, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault
from harness.model import Server
from harness.probes import api
from harness.probes.inside_view import GuestView, Listener, knock_from
from harness.probes.outside import Knock, Outside, Ping
from harness.probes.rules import Rule, lets_ping, lets_tcp, unlisted_ports
from harness.probes.ssh import Guest

_CANDIDATES = (8099, 9099, 10099, 18099, 28099)
_CONSTANT = 2
_HIGH = range(20000, 65536)
_UNIQUE_LOCAL = ip_network("fc00::/7")
_WAIT_S = 1.5

OpenListener = Callable[[Server, int, str], Listener]


@dataclass(frozen=True)
class Place:
    """Where a server is knocked at from outside: its ``address`` there and ``inside`` the guest, and whom the guest sees knocking."""

    address: str
    inside: str
    came_from: str


@check("security-groups.unlisted-port", facet="security-groups", needs=["addresses.three-ways"], source="Networking API: security groups")
def test_unlisted_port(
    server: Server,
    view: GuestView,
    cloud: CloudHandle,
    outside: Outside,
    listener: OpenListener,
    observe: Observe,
    evidence: Callable[[str], None],
) -> None:
    """Ports that no rule opens are closed from outside, though something listens there.

    Two ports that are the same in every run and a high one that nobody can know are knocked at, at each address by which the server can
    be reached from outside: IPv6 too, where a way leads there. Before that a listener is started in the guest and reached from inside.
    """
    nics = api.nics(cloud.sdk, server.id)
    rules = api.rules(cloud.sdk, _groups(nics))
    places = _places(server, view, nics, outside)
    doors = [(place, listener(server, port, place.inside)) for place in places for port in _unlisted(rules, place)]
    if not doors:
        pytest.skip("the rules open every port that was thought of to the outside")
    with ThreadPoolExecutor(len(doors)) as pool:
        knocks = list(pool.map(lambda door: outside.tcp(door[0].address, door[1].port, _WAIT_S, listen=True), doors))
    observe("security-groups.unlisted-port", ", ".join(sorted({str(knock.answer) for knock in knocks})))
    for (place, door), knock in zip(doors, knocks, strict=True):
        evidence(f"port {door.port} of {place.address}: {knock}")
    for (place, door), knock in zip(doors, knocks, strict=True):
        expect(
            not knock.is_open, expected=f"port {door.port} of {place.address} is closed from outside, since no rule opens it", seen=knock
        )


@check("security-groups.listed-port", facet="security-groups", needs=["addresses.three-ways"], source="Networking API: security groups")
def test_listed_port(
    server: Server, view: GuestView, outside: Outside, listener: OpenListener, eventually: Eventually, observe: Observe
) -> None:
    """Every port that the workload opens to the world is open from outside.

    Where nothing listens at such a port yet, a listener is started in the guest, and it is that listener's word that must be heard.
    """
    for port in server.public_ports:
        door = listener(server, port, view.reached_at)

        def open_door(door: Listener = door) -> Knock:
            knock = outside.tcp(server.address, door.port, _WAIT_S, listen=door.ours)
            expect(knock.is_open and (not door.ours or knock.word == door.word), expected=f"port {door.port} is open", seen=knock)
            return knock

        eventually(f"port {port} is open from outside", open_door, 10)
    observe("security-groups.listed-ports", list(server.public_ports))


@check(
    "security-groups.ping",
    facet="security-groups",
    needs=["addresses.three-ways", "security-groups.unlisted-port"],
    source="Networking API: security groups",
)
def test_ping(server: Server, view: GuestView, cloud: CloudHandle, outside: Outside, eventually: Eventually, observe: Observe) -> None:
    """A ping from outside is answered where a rule lets it in, and not where none does."""
    if ip_address(server.address).version != 4:
        pytest.skip("pings are sent to IPv4 addresses alone")
    let_in = lets_ping(_rules(cloud, server), view.came_from)
    try:
        if let_in:
            eventually(f"{server.address} answers a ping, as a rule says", lambda: outside.ping(server.address), 10, until=_is_answered)
        else:
            expect(not outside.ping(server.address).answered, expected="no answer to a ping, since no rule lets it in", seen="an answer")
    except HarnessFault as forbidden:
        pytest.skip(forbidden.message)
    observe("security-groups.ping", "answered" if let_in else "silent")


@check(
    "security-groups.members-port",
    facet="security-groups",
    needs=["addresses.three-ways", "security-groups.unlisted-port"],
    source="interop-workloads LAMP stack: the database was open to the world",
)
def test_members_port(
    server: Server,
    view: GuestView,
    peers: tuple[Server, ...],
    guest_of: Callable[[Server], Guest],
    cloud: CloudHandle,
    outside: Outside,
    listener: OpenListener,
    eventually: Eventually,
    observe: Observe,
) -> None:
    """A port for other servers alone (the database's) is closed from outside, and open to those servers that a rule names, and no others.

    What the rules of the API promise to each of the other servers is compared with what happens when they knock.
    """
    if not server.member_ports:
        does_not_apply("the workload opens no port of this server to other servers alone")
    rules = _rules(cloud, server)
    for port in server.member_ports:
        door = listener(server, port, view.reached_at)
        knock = outside.tcp(server.address, port, _WAIT_S)
        expect(not knock.is_open, expected=f"port {port} is closed from outside", seen=knock)
        for peer in peers:
            _agrees(rules, door, peer, api.nics(cloud.sdk, peer.id), guest_of(peer), eventually)
    observe("security-groups.members-port-tried-from", len(peers))


def _agrees(rules: Iterable[Rule], door: Listener, peer: Server, nics: Iterable[api.Nic], guest: Guest, eventually: Eventually) -> None:
    """What ``peer`` meets at ``door`` is what the rules say."""
    promised = any(lets_tcp(rules, door.port, address, nic.groups) for nic in nics for address in nic.fixed)
    if promised:
        eventually(
            f"port {door.port} is open to {peer.name}, as a rule says",
            lambda: knock_from(guest.shell, door.address, door.port),
            8,
            until=_is_open,
        )
        return
    knock = knock_from(guest.shell, door.address, door.port, _WAIT_S)
    expect(not knock.is_open, expected=f"port {door.port} is closed to {peer.name}, since no rule opens it", seen=knock)


def _places(server: Server, view: GuestView, nics: Iterable[api.Nic], outside: Outside) -> list[Place]:
    """The address by which the server was reached, and the others that outside has a way to: floating ones, and IPv6 ones of its ports."""
    found = {server.address: Place(server.address, view.reached_at, view.came_from)}
    for nic in nics:
        inside = next((fixed for fixed in nic.fixed if ip_address(fixed).version == 4), "")
        for address in nic.floating:
            found.setdefault(address, Place(address, inside, view.came_from))
        for address in filter(_is_public_ipv6, nic.fixed):
            if address in view.addresses and (own := outside.source(address)):
                found.setdefault(address, Place(address, address, own))
    return list(found.values())


def _is_public_ipv6(address: str) -> bool:
    read = ip_address(address)
    return read.version == 6 and not read.is_link_local and read not in _UNIQUE_LOCAL


def _unlisted(rules: Iterable[Rule], place: Place) -> tuple[int, ...]:
    """Ports that no rule opens to ``place``: some that are always the same, and a high one."""
    known = tuple(rules)
    anywhere = (_HIGH[randbelow(len(_HIGH))] for _ in _CANDIDATES)
    return (*unlisted_ports(known, place.came_from, _CANDIDATES, _CONSTANT), *unlisted_ports(known, place.came_from, anywhere, 1))


def _rules(cloud: CloudHandle, server: Server) -> tuple[Rule, ...]:
    return api.rules(cloud.sdk, _groups(api.nics(cloud.sdk, server.id)))


def _groups(nics: Iterable[api.Nic]) -> set[str]:
    return {group for nic in nics for group in nic.groups}


def _is_answered(ping: Ping) -> bool:
    return ping.answered


def _is_open(knock: Knock) -> bool:
    return knock.is_open
