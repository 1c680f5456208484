from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.checks import check, does_not_apply, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle, Scene
from harness.checks.sight import SSH, console_text, neighbours
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault, Unsupported
from harness.model import Deployment, Server
from harness.probes import api, console, hostkeys
from harness.probes.inside_view import ping_from
from harness.probes.outside import Answer, Outside, Ping
from harness.probes.ssh import Door, Guest, Login, shake_hands, try_login

_BYTES = 8192


@check(
    "reachability.public-answers",
    facet="reachability",
    needs=["initialisation.datasource"],
    source="interop-workloads lessons learnt: Networking; challenge of autumn 2016, issue 3",
)
def test_public_answers(
    server: Server,
    scene: Scene,
    cloud: CloudHandle,
    outside: Outside,
    eventually: Eventually,
    observe: Observe,
    evidence: Callable[[str], None],
) -> None:
    """The server answers at its address from outside: at port 22, else at another port that is open to the world, else to a ping.

    By now the server is known to be up and to have its fixed address, from its console log where nobody can log in: so silence here is
    the way to the server, such as a floating address that is not translated, and not the server. So is an SSH server that lets nobody in
    and shows another host key than the one that cloud-init printed on the console: somebody else answers.
    """
    if not server.address:
        raise Unsupported("the server has no address that could be reached from outside")
    for nic in api.nics(cloud.sdk, server.id):
        if server.address in nic.floating:
            evidence(f"floating address {server.address} leads to {', '.join(nic.fixed)} (port {nic.port})")
    try:
        way, seconds = eventually(f"{server.address} answers", lambda: _answering(outside, server), 30)
    except AssertionError:
        gateway = console.default_gateway(console_text(cloud.sdk, server) or "")
        if gateway is not None:
            evidence(f"console: the guest's default route leads to {gateway or 'nowhere: it has none'}")
        raise
    if way == f"port {SSH}":
        _is_no_stranger(server, scene, cloud, evidence)
    observe("reachability.answers-at", way)
    observe("reachability.connect", round(seconds * 1000, 1), "ms")


@check(
    "security-groups.login-port",
    facet="security-groups",
    needs=["reachability.public-answers"],
    source="Networking API: security groups",
)
def test_login_port(server: Server, outside: Outside, eventually: Eventually) -> None:
    """Port 22 is open from outside, as the workload's rules say.

    The server is known to answer by now, be it at another port or to a ping: so silence here is a rule that is not kept.
    """
    eventually(f"port {SSH} of {server.address} is open", lambda: outside.tcp(server.address, SSH, 3), 20, until=lambda seen: seen.is_open)


@check(
    "reachability.full-size-packets",
    facet="reachability",
    needs=["security-groups.login-port"],
    source="RFC 2923: TCP problems with path MTU discovery",
)
def test_full_size_packets(server: Server, scene: Scene, outside: Outside, eventually: Eventually) -> None:
    """Full-size packets pass both ways: a large message arrives at port 22, and an SSH handshake comes about.

    More bytes than fit into one packet are sent to port 22, and the server's machine has to acknowledge them all; then the keys of a
    session are agreed upon, for which the server sends large packets. Where those are lost on the way, small ones still pass: the port
    answers, and every login hangs.
    """
    eventually(f"{_BYTES} bytes arrive at {server.address}", lambda: _pushed(outside, server.address), 15)
    eventually(f"an SSH handshake with {server.address} comes about", lambda: _shaken(scene.login(server)), 15, every_s=2)


@check("reachability.between-servers", facet="reachability", needs=["addresses.three-ways"], source="Networking guide: project networks")
def test_between_servers(
    server: Server,
    deployment: Deployment,
    guest: Guest,
    peers: tuple[Server, ...],
    cloud: CloudHandle,
    eventually: Eventually,
    observe: Observe,
) -> None:
    """Servers of one network reach each other.

    To each other server of a network that they share a small ICMP echo is sent, where the security groups let ICMP in; the others are not
    counted, and where there are only such the check does not apply.
    """
    if not peers and len(deployment.servers) > 1:
        pytest.skip("no other server of the deployment can be logged in to")
    doors = [(peer, door) for peer in peers for door in neighbours(cloud.sdk, server, peer)]
    if not doors:
        does_not_apply("no other server shares a network with this one and lets its ICMP in")
    for peer, door in doors:
        eventually(f"{peer.name} at {door.address} answers {server.name}", lambda at=door.address: _echoed(guest, at), 10)  # type: ignore[misc]
    observe("reachability.between-servers", len(doors))


def _answering(outside: Outside, server: Server) -> tuple[str, float]:
    """What answers at the server's address, and after how many seconds."""
    first = outside.tcp(server.address, SSH, 3)
    if first.is_open:
        return f"port {SSH}", first.seconds
    for port in server.public_ports:
        knock = outside.tcp(server.address, port, 1)
        if port != SSH and first.answer is Answer.SILENT and knock.someone_is_there:
            return f"port {port}", knock.seconds
    ping = _ping(outside, server.address) if first.answer is Answer.SILENT else None
    expect(ping and ping.answered, expected="an answer", seen=f"port {SSH}: {first}; ping: {'no answer' if ping else 'not tried'}")
    return "ping", ping.seconds if ping else 0.0


def _is_no_stranger(server: Server, scene: Scene, cloud: CloudHandle, evidence: Callable[[str], None]) -> None:
    """Who answers may show another key than the console tells, and let us in: which server that is, is for a login to find out."""
    shown, printed = hostkeys.shown(server.address), console.host_keys(console_text(cloud.sdk, server) or "")
    for line in hostkeys.lines(shown):
        evidence(line)
    if hostkeys.differ(shown, printed):
        door, words = try_login(scene.login(server))
        expect(
            door is Door.IN,
            expected=f"the server of which the console tells {_words(printed)}",
            seen=f"one that shows {_words(shown)} and lets nobody in: {words or door}",
        )


def _words(keys: hostkeys.HostKeys) -> str:
    return ", ".join(hostkeys.lines(keys))


def _ping(outside: Outside, address: str) -> Ping | None:
    try:
        return outside.ping(address, count=1)
    except HarnessFault:
        return None


def _echoed(guest: Guest, address: str) -> bool:
    answer = ping_from(guest.shell, address)
    expect(answer.answered, expected="an answer", seen=answer.error or "no answer")
    return True


def _pushed(outside: Outside, address: str) -> bool:
    left = outside.push(address, SSH, _BYTES, 4)
    expect(left == 0, expected=f"{_BYTES} bytes acknowledged", seen=f"{left} of {_BYTES} bytes not acknowledged within 4 s")
    return True


def _shaken(login: Login) -> bool:
    door, words = shake_hands(login, limit_s=5)
    expect(door in (Door.DENIED, Door.IN), expected="keys agreed upon", seen=words or str(door))
    return True
