"""The checks of reachability, security groups and egress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from harness.checks import Unmet, test_egress, test_reachability, test_security_groups
from harness.checks.unmet import DoesNotApply
from harness.errors import HarnessFault, Unsupported
from harness.model import Server
from harness.probes import hostkeys
from harness.probes.outside import Answer, Knock, Ping
from harness.probes.rules import Rule
from harness.probes.ssh import Door, Login, Result
from tests.unit.checks.conftest import FIXED, FLOATING, World, console_of, having

CLOSED = Knock(Answer.SILENT, 2.0)
OPEN = Knock(Answer.OPEN, 0.01, "word")


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The host keys that who answers from outside shows."""
    keys: dict[str, str] = {}
    monkeypatch.setattr(hostkeys, "shown", lambda _: keys)
    return keys


def answers(world: World, address: str = FLOATING["one"]) -> None:
    scene: Any = SimpleNamespace(login=lambda server: Login(server.login_user, server.address, "/key"))
    test_reachability.test_public_answers(
        having(world.server(), address=address),
        scene,
        world.cloud,
        world.outside,
        world.eventually(),
        world.observe,
        world.evidence.append,
    )


KEY_BLOCK = "-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 AAAA root@one\n-----END SSH HOST KEY KEYS-----\n"


def test_a_stranger_who_answers_and_lets_nobody_in(world: World, shown: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    world.consoles["id-one"] = console_of() + KEY_BLOCK
    shown |= {"ssh-ed25519": "SHA256:strange"}
    monkeypatch.setattr(test_reachability, "try_login", lambda _: (Door.DENIED, "Permission denied (publickey)."))
    with pytest.raises(Unmet, match="ssh-ed25519 SHA256:strange and lets nobody in: Permission denied"):
        answers(world)
    assert world.evidence[-1] == "host key ssh-ed25519 SHA256:strange"
    monkeypatch.setattr(test_reachability, "try_login", lambda _: (Door.IN, ""))
    answers(world)


def test_a_server_with_the_host_key_of_its_console_is_itself_whoever_may_log_in(
    world: World, shown: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.consoles["id-one"] = console_of() + KEY_BLOCK
    shown |= hostkeys.by_kind([("ssh-ed25519", "AAAA")])
    monkeypatch.setattr(test_reachability, "try_login", lambda _: (Door.DENIED, "Permission denied (publickey)."))
    answers(world)
    world.consoles["id-one"] = console_of()
    shown["ssh-ed25519"] = "SHA256:unknown"
    answers(world)


def test_the_public_address_answers(world: World) -> None:
    answers(world)
    assert world.observed == {"reachability.answers-at": "port 22", "reachability.connect": 10.0}


def test_a_floating_address_that_does_not_translate(world: World) -> None:
    world.doors.clear()
    with pytest.raises(Unmet):
        answers(world)
    assert world.evidence == [
        f"floating address {FLOATING['one']} leads to {FIXED['one']} (port port-one)",
        "console: the guest's default route leads to 10.0.0.1",
    ]


def test_a_guest_without_a_default_route_says_so(world: World) -> None:
    world.doors.clear()
    world.consoles["id-one"] = console_of().replace("0.0.0.0   | 10.0.0.1", "10.0.0.0  | 0.0.0.0 ")
    with pytest.raises(Unmet):
        answers(world)
    assert world.evidence[-1] == "console: the guest's default route leads to nowhere: it has none"


@pytest.mark.parametrize(("port", "pings", "way"), [(8080, False, "port 8080"), (None, True, "ping")])
def test_a_server_that_answers_but_for_port_22_is_reachable(world: World, port: int | None, pings: bool, way: str) -> None:
    world.doors = {(FLOATING["one"], port): OPEN} if port else {}
    world.outside_pings = pings
    answers(world)
    assert world.observed["reachability.answers-at"] == way


def test_a_machine_that_refuses_logins_for_good_does_not_answer(world: World) -> None:
    world.doors[FLOATING["one"], 22] = Knock(Answer.REFUSED, 0.01)
    world.outside_pings = True
    with pytest.raises(Unmet, match="refused"):
        answers(world)


def test_a_login_port_that_a_rule_opens_and_nobody_reaches(world: World) -> None:
    test_reachability.test_login_port(world.server(), world.outside, world.eventually())
    world.doors[FLOATING["one"], 22] = CLOSED
    with pytest.raises(Unmet, match="port 22"):
        test_reachability.test_login_port(world.server(), world.outside, world.eventually())


def test_servers_that_reach_each_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ping(_: Any, address: str) -> Ping:
        asked.append(address)
        return Ping(84, int(world.pings(address, 84)), 0.001, "")

    monkeypatch.setattr(test_reachability, "ping_from", ping)
    guest: Any = world.guests["one"]

    two = world.server("two")
    both: Any = SimpleNamespace(servers=(world.server(), two))

    def reach(deployment: Any = both, peers: tuple[Server, ...] = (two,)) -> None:
        test_reachability.test_between_servers(world.server(), deployment, guest, peers, world.cloud, world.eventually(), world.observe)

    reach()
    assert world.observed == {"reachability.between-servers": 1}
    assert asked == [FIXED["two"]]
    world.pings = lambda *_: False
    with pytest.raises(Unmet, match="answers"):
        reach()
    with pytest.raises(pytest.skip.Exception, match="can be logged in to"):
        reach(peers=())
    with pytest.raises(DoesNotApply):
        reach(SimpleNamespace(servers=(world.server(),)), ())
    world.rules = ()
    with pytest.raises(DoesNotApply):
        reach()


def test_a_server_that_nobody_is_to_reach(world: World) -> None:
    with pytest.raises(Unsupported):
        answers(world, "")


def full_size(world: World, monkeypatch: pytest.MonkeyPatch, left: int = 0, door: Door = Door.DENIED) -> None:
    outside = world.outside
    outside.push = lambda *_: left
    monkeypatch.setattr(test_reachability, "shake_hands", lambda *_, **__: (door, "timed out"))
    scene: Any = SimpleNamespace(login=lambda server: Login(server.login_user, server.address, "/key"))
    test_reachability.test_full_size_packets(world.server(), scene, outside, world.eventually())


def test_full_size_packets_pass_both_ways(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    full_size(world, monkeypatch)


def test_full_size_packets_that_do_not_arrive(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="8170 of 8192 bytes not acknowledged"):
        full_size(world, monkeypatch, left=8170)


def test_full_size_packets_that_do_not_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="handshake"):
        full_size(world, monkeypatch, door=Door.BROKEN)


IPV6 = "2001:db8::11"


def unlisted(world: World) -> None:
    test_security_groups.test_unlisted_port(
        world.server(), world.view(), world.cloud, world.outside, world.open_listener, world.observe, world.evidence.append
    )


def with_ipv6(world: World) -> None:
    """Server one has an IPv6 address, and a way leads there from outside."""
    (nic,) = world.nics["id-one"]
    world.nics["id-one"] = (replace(nic, fixed=(*nic.fixed, IPV6)),)
    world.guests["one"].view["devices"][0]["addresses"].append(IPV6)
    world.outside_ipv6 = "2001:db8:1::1"


def tried(world: World) -> list[tuple[str, str]]:
    return [(words.split()[3].rstrip(":"), words.split()[1]) for words in world.evidence]


def test_unlisted_ports_are_closed(world: World) -> None:
    unlisted(world)
    assert world.observed == {"security-groups.unlisted-port": "silent"}
    (_, first), (_, second), (address, high) = tried(world)
    assert (first, second, address) == ("8099", "9099", FLOATING["one"])
    assert int(high) >= 20000


def test_the_high_port_is_another_every_time(world: World) -> None:
    for _ in range(4):
        unlisted(world)
    assert len({port for _, port in tried(world)[2::3]}) > 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_security_groups_that_are_not_enforced(world: World, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_security_groups, "randbelow", lambda _: 1234)
    world.doors[FLOATING["one"], (8099, 9099, 21234)[number]] = OPEN
    with pytest.raises(Unmet) as failure:
        unlisted(world)
    assert "'word' was heard" in failure.value.seen


def test_security_groups_that_are_not_enforced_for_ipv6(world: World) -> None:
    with_ipv6(world)
    unlisted(world)
    assert {address for address, _ in tried(world)} == {FLOATING["one"], IPV6}
    world.doors[IPV6, 8099] = OPEN
    with pytest.raises(Unmet, match=f"port 8099 of {IPV6}"):
        unlisted(world)


def test_an_ipv6_address_to_which_no_way_leads_is_left_alone(world: World) -> None:
    with_ipv6(world)
    world.outside_ipv6 = ""
    unlisted(world)
    assert {address for address, _ in tried(world)} == {FLOATING["one"]}


def test_another_floating_address_of_the_server_is_tried_too(world: World) -> None:
    (nic,) = world.nics["id-one"]
    world.nics["id-one"] = (replace(nic, floating=(*nic.floating, "203.0.113.77")),)
    world.doors["203.0.113.77", 9099] = OPEN
    with pytest.raises(Unmet, match=r"port 9099 of 203\.0\.113\.77"):
        unlisted(world)


def test_a_port_that_a_rule_opens_is_not_taken_for_unlisted(world: World) -> None:
    world.rules += (Rule("IPv4", "tcp", 8000, 9000, "203.0.113.0/24", None),)
    world.doors[FLOATING["one"], 8099] = OPEN
    unlisted(world)


def test_where_everything_is_listed_nothing_is_said(world: World) -> None:
    world.rules = (Rule("IPv4", None, None, None, None, None),)
    with pytest.raises(pytest.skip.Exception):
        unlisted(world)


def pinged(world: World, address: str = FLOATING["one"]) -> None:
    test_security_groups.test_ping(
        having(world.server(), address=address), world.view(), world.cloud, world.outside, world.eventually(), world.observe
    )


def test_a_ping_that_a_rule_lets_in_is_answered(world: World) -> None:
    world.outside_pings = True
    pinged(world)
    assert world.observed == {"security-groups.ping": "answered"}
    world.outside_pings = False
    with pytest.raises(Unmet, match="as a rule says"):
        pinged(world)


def test_a_ping_that_no_rule_lets_in_is_not_answered(world: World) -> None:
    world.rules = (Rule("IPv4", "tcp", 22, 22, None, None),)
    pinged(world)
    assert world.observed == {"security-groups.ping": "silent"}
    world.outside_pings = True
    with pytest.raises(Unmet, match="since no rule lets it in"):
        pinged(world)


def test_nothing_is_said_of_pings_by_who_may_send_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> Ping:
        raise HarnessFault("ICMP may not be sent by this user")

    monkeypatch.setattr(world, "_ping", forbidden)
    with pytest.raises(pytest.skip.Exception, match="ICMP may not be sent"):
        pinged(world)
    with pytest.raises(pytest.skip.Exception, match="IPv4"):
        pinged(world, IPV6)


def listed(world: World) -> None:
    test_security_groups.test_listed_port(
        world.server(), world.view(), world.outside, world.open_listener, world.eventually(), world.observe
    )


def test_listed_ports_are_open(world: World) -> None:
    listed(world)
    assert world.observed == {"security-groups.listed-ports": [22, 8080]}


@pytest.mark.parametrize("knock", [CLOSED, Knock(Answer.OPEN, 0.01, "somebody else")])
def test_a_listed_port_that_is_closed_or_leads_elsewhere(world: World, knock: Knock) -> None:
    world.doors[FLOATING["one"], 8080] = knock
    with pytest.raises(Unmet, match="port 8080 is open"):
        listed(world)


@pytest.fixture
def members(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Server one has a port for the group ``web`` alone; ``two`` is in the groups given, and meets the answer given."""

    def run(groups: tuple[str, ...], inside: Knock, outside: Knock = CLOSED) -> None:
        world.rules = (Rule("IPv4", "tcp", 3306, 3306, None, "web"),)
        (nic,) = world.nics["id-two"]
        world.nics["id-two"] = (nic.__class__(nic.port, nic.mac, nic.network, nic.fixed, groups, nic.floating),)
        world.doors[FLOATING["one"], 3306] = outside
        monkeypatch.setattr(test_security_groups, "knock_from", lambda *_, **__: inside)
        guest_of: Any = world.guest_of
        test_security_groups.test_members_port(
            having(world.server(), member_ports=(3306,)),
            world.view(),
            (world.server("two"),),
            guest_of,
            world.cloud,
            world.outside,
            world.open_listener,
            world.eventually(),
            world.observe,
        )

    return run


def test_a_members_port(members: Callable[..., None]) -> None:
    members(("web",), OPEN)
    members(("balancer",), CLOSED)


def test_a_members_port_that_is_open_to_the_world(members: Callable[..., None]) -> None:
    with pytest.raises(Unmet, match="closed from outside"):
        members(("web",), OPEN, outside=OPEN)


def test_a_members_port_of_another_group_that_is_open(members: Callable[..., None]) -> None:
    with pytest.raises(Unmet, match="since no rule opens it"):
        members(("balancer",), OPEN)


def test_a_members_port_that_is_closed_to_its_members(members: Callable[..., None]) -> None:
    with pytest.raises(Unmet, match="as a rule says"):
        members(("web",), CLOSED)


def test_a_server_without_members_ports_says_nothing(world: World) -> None:
    guest_of: Any = world.guest_of
    with pytest.raises(DoesNotApply):
        test_security_groups.test_members_port(
            world.server(), world.view(), (), guest_of, world.cloud, world.outside, world.open_listener, world.eventually(), world.observe
        )


def resolves(world: World) -> None:
    guest: Any = world.guests["one"]
    test_egress.test_names_resolve(
        world.server(), guest, world.view(), world.cloud, world.eventually(), world.observe, world.evidence.append
    )


def test_names_resolve(world: World) -> None:
    resolves(world)
    assert "getent ahosts deb.example.org" in world.guests["one"].ran[-1]


@pytest.mark.parametrize(("waits", "words"), [(0.1, "no such name"), (10.0, "no answer in 10 s")])
def test_a_resolver_that_is_ignorant_or_dead(world: World, monkeypatch: pytest.MonkeyPatch, waits: float, words: str) -> None:
    guest = world.guests["one"]

    def run(command: str, **_: Any) -> Result:
        world.now += waits
        return Result(2, "", "")

    monkeypatch.setattr(guest, "run", run)
    monkeypatch.setattr("time.monotonic", lambda: world.now)
    with pytest.raises(Unmet, match=words):
        resolves(world)
    assert world.evidence == ["the guest asks 203.0.113.1; its networks name 203.0.113.1"]


def test_a_guest_whose_sources_name_nobody(world: World) -> None:
    world.guests["one"].packages = ["http://203.0.113.1/debian/dists/stable/InRelease"]
    with pytest.raises(pytest.skip.Exception):
        resolves(world)


def test_a_package_is_fetched(world: World) -> None:
    guest: Any = world.guests["one"]
    test_egress.test_package(guest, world.eventually(), world.observe)
    assert "egress.package" in world.observed


def test_a_package_that_does_not_come(world: World) -> None:
    guest: Any = world.guests["one"]
    guest.fetched = {"package": "", "bytes": 0, "error": "http://deb.example.org/x: E: Failed to fetch"}
    with pytest.raises(Unmet, match="Failed to fetch"):
        test_egress.test_package(guest, world.eventually(), world.observe)


def test_sources_that_the_check_cannot_follow_say_nothing_of_the_cloud(world: World) -> None:
    guest: Any = world.guests["one"]
    guest.fetched = {"package": "", "bytes": 0, "error": "the package sources name no index with a package in it", "followed": False}
    with pytest.raises(pytest.skip.Exception, match="cannot follow"):
        test_egress.test_package(guest, world.eventually(), world.observe)


def test_an_image_without_apt(world: World) -> None:
    guest: Any = world.guests["one"]
    guest.commands["no apt-get"] = Result(1, "", "")
    with pytest.raises(Unsupported):
        test_egress.test_package(guest, world.eventually(), world.observe)
