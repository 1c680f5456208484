from __future__ import annotations

from collections.abc import Callable

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle, Scene
from harness.checks.sight import SSH
from harness.checks.waiting import Eventually
from harness.errors import Unsupported
from harness.model import Server
from harness.probes import api
from harness.probes.outside import Outside
from harness.probes.ssh import Door, Login, shake_hands

_BYTES = 8192


@check(
    "reachability.public-answers",
    facet="reachability",
    needs=["initialisation.datasource"],
    source="interop-workloads lessons learnt: Networking; challenge of autumn 2016, issue 3",
)
def test_public_answers(
    server: Server, cloud: CloudHandle, outside: Outside, eventually: Eventually, observe: Observe, evidence: Callable[[str], None]
) -> None:
    """Port 22 of the server answers at its address from outside.

    By now the server is known to be up and to have its fixed address, from its console log where nobody can log in: so silence here is
    the way to the server, such as a floating address that is not translated, and not the server.
    """
    if not server.address:
        raise Unsupported("the server has no address that could be reached from outside")
    for nic in api.nics(cloud.sdk, server.id):
        if server.address in nic.floating:
            evidence(f"floating address {server.address} leads to {', '.join(nic.fixed)} (port {nic.port})")
    knock = eventually(
        f"port {SSH} of {server.address} answers", lambda: outside.tcp(server.address, SSH, 3), 30, until=lambda seen: seen.is_open
    )
    observe("reachability.connect", round(knock.seconds * 1000, 1), "ms")


@check(
    "reachability.full-size-packets",
    facet="reachability",
    needs=["reachability.public-answers"],
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


def _pushed(outside: Outside, address: str) -> bool:
    left = outside.push(address, SSH, _BYTES, 4)
    expect(left == 0, expected=f"{_BYTES} bytes acknowledged", seen=f"{left} of {_BYTES} bytes not acknowledged within 4 s")
    return True


def _shaken(login: Login) -> bool:
    door, words = shake_hands(login, limit_s=5)
    expect(door in (Door.DENIED, Door.IN), expected="keys agreed upon", seen=words or str(door))
    return True
