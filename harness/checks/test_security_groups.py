from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle
from harness.checks.waiting import Eventually
from harness.model import Server
from harness.probes import api
from harness.probes.inside_view import GuestView, Listener, knock_from
from harness.probes.outside import Knock, Outside
from harness.probes.rules import Rule, lets_tcp, unlisted_port
from harness.probes.ssh import Guest

_CANDIDATES = (8099, 9099, 10099, 18099, 28099)
_WAIT_S = 1.5

OpenListener = Callable[[Server, int, str], Listener]


@check("security-groups.unlisted-port", facet="security-groups", needs=["addresses.three-ways"], source="Networking API: security groups")
def test_unlisted_port(
    server: Server, view: GuestView, cloud: CloudHandle, outside: Outside, listener: OpenListener, observe: Observe
) -> None:
    """A port that no rule opens is closed from outside, though something listens there.

    A listener is started in the guest and reached from inside first. Then a connection from outside must not come about.
    """
    rules = _rules(cloud, server)
    port = unlisted_port(rules, view.came_from, _CANDIDATES)
    if port is None:
        pytest.skip("the rules open every port that was thought of to the outside")
    listener(server, port, view.reached_at)
    knock = outside.tcp(server.address, port, _WAIT_S, listen=True)
    observe("security-groups.unlisted-port", str(knock.answer))
    expect(not knock.is_open, expected=f"port {port} is closed from outside, since no rule opens it", seen=knock)


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
        pytest.skip("the workload opens no port of this server to other servers alone")
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


def _rules(cloud: CloudHandle, server: Server) -> tuple[Rule, ...]:
    return api.rules(cloud.sdk, {group for nic in api.nics(cloud.sdk, server.id) for group in nic.groups})


def _is_open(knock: Knock) -> bool:
    return knock.is_open
