from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.checks import Unmet
from harness.checks import test_addresses as checks
from harness.errors import HarnessFault, Unsupported
from harness.probes import api
from harness.probes.outside import Answer, Knock, Ping
from harness.probes.rules import Rule
from harness.probes.ssh import Result
from tests.unit.checks.conftest import FIXED, FLOATING, MAC, MTU, World, console_of, having


def kind(world: World, **changes: Any) -> None:
    checks.test_kind(having(world.server(), **changes), world.cloud, world.eventually(), world.observe)


def in_guest(world: World) -> None:
    guest_of: Any = world.guest_of
    checks.test_fixed_addresses_are_the_guests(
        world.server(), world.cloud, world.outside, guest_of, world.eventually(), world.observe, world.evidence.append
    )


def silent(world: World) -> None:
    world.doors[FLOATING["one"], 22] = Knock(Answer.SILENT, 2)


@pytest.mark.parametrize(("address", "found"), [(FLOATING["one"], "floating"), (FIXED["one"], "direct"), ("", "none")])
def test_kind(world: World, address: str, found: str) -> None:
    kind(world, address=address)
    assert world.observed == {"addresses.kind": found}


def test_nova_and_neutron_that_disagree(world: World) -> None:
    world.listed["id-one"] = world.listed["id-one"][:1]
    with pytest.raises(Unmet) as failure:
        kind(world)
    assert failure.value.seen == f"after 30 s: Nova's {FIXED['one']}"


def test_an_address_that_is_nobodys(world: World) -> None:
    with pytest.raises(Unmet):
        kind(world, address="203.0.113.99")


def test_fixed_in_guest_by_login(world: World) -> None:
    in_guest(world)
    assert world.observed == {"addresses.fixed": 1}
    assert world.evidence == ["seen by login"]


def test_fixed_in_guest_by_console_when_the_way_from_outside_is_broken(world: World) -> None:
    silent(world)
    in_guest(world)
    assert world.evidence == ["seen by console"]


def test_fixed_in_guest_by_console_when_another_server_answers(world: World) -> None:
    world.guests["one"].view = world.guests["two"].view
    in_guest(world)
    assert world.evidence == ["seen by console"]


def test_a_guest_without_its_address_fails(world: World) -> None:
    silent(world)
    world.consoles["id-one"] = console_of().replace(f"True |         {FIXED['one']}  ", "False|         .         ")
    with pytest.raises(Unmet) as failure:
        in_guest(world)
    assert failure.value.expected.startswith("the guest has the fixed addresses")
    assert FIXED["one"] not in failure.value.seen
    assert any("eth0" in line for line in world.evidence)


def test_a_guest_with_one_address_too_many_fails(world: World) -> None:
    world.guests["one"].view["devices"][0]["addresses"].append("10.0.0.99")
    with pytest.raises(Unmet, match=r"10\.0\.0\.99"):
        in_guest(world)


def test_devices_that_are_no_port_and_random_ipv6_addresses_are_the_guests_own_affair(world: World) -> None:
    view = world.guests["one"].view
    view["devices"][0]["addresses"].append("2001:db8::1234")
    view["devices"].append({"name": "docker0", "mac": "02:42:00:00:00:01", "mtu": 1500, "addresses": ["172.17.0.1"]})
    in_guest(world)


IPV6 = "2001:db8:a3:1:f816:3eff:feea:7575"


def dual_stack(world: World, *in_guest: str) -> None:
    """Neutron has an IPv6 address on the port; the guest has those given."""
    (nic,) = world.nics["id-one"]
    world.nics["id-one"] = (replace(nic, fixed=(*nic.fixed, IPV6)),)
    world.guests["one"].view["devices"][0]["addresses"] += in_guest


def all_in_guest(world: World) -> None:
    guest: Any = world.guests["one"]
    checks.test_all_addresses_are_the_guests(world.server(), guest, world.cloud, world.eventually(), world.observe, world.evidence.append)


def test_a_guest_has_all_addresses_of_both_versions(world: World) -> None:
    dual_stack(world, IPV6, "2001:db8:a3:1::aaaa")
    in_guest(world)
    all_in_guest(world)
    assert world.observed == {"addresses.fixed": 1, "addresses.fixed-ipv6": 1}
    assert world.evidence[-1] == f"in the guest: {FIXED['one']}, {IPV6}"


def test_a_guest_without_its_ipv6_address_fails_there_alone(world: World) -> None:
    dual_stack(world, "2001:db8:a3:1::aaaa")
    in_guest(world)
    with pytest.raises(Unmet, match=f"without {IPV6}"):
        all_in_guest(world)
    after_reboot(world)


def test_a_guest_with_its_ipv6_address_on_another_device_fails(world: World) -> None:
    dual_stack(world)
    world.guests["one"].view["devices"].append({"name": "eth1", "mac": "02:42:00:00:00:01", "mtu": 1500, "addresses": [IPV6]})
    with pytest.raises(Unmet, match=f"without {IPV6}"):
        all_in_guest(world)


def test_an_ipv6_address_that_comes_some_seconds_later_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dual_stack(world)

    def sleep(seconds: float) -> None:
        world.now += seconds
        if world.now > 5:
            world.guests["one"].view["devices"][0]["addresses"] = [FIXED["one"], IPV6]

    monkeypatch.setattr(world, "sleep", sleep)
    all_in_guest(world)


def test_an_ipv6_address_that_is_lost_at_the_reboot(world: World) -> None:
    dual_stack(world)
    with pytest.raises(Unmet, match=IPV6):
        after_reboot(world, in_guest_before=(FIXED["one"], IPV6))


def test_nothing_is_said_of_a_guest_that_cannot_be_seen(world: World) -> None:
    silent(world)
    world.consoles["id-one"] = None
    with pytest.raises(pytest.skip.Exception):
        in_guest(world)


def three_ways(world: World) -> None:
    checks.test_three_ways(world.server(), world.view(), world.cloud, world.observe)


def test_three_views_of_one_server(world: World) -> None:
    three_ways(world)
    assert world.observed["addresses.outside"] == FLOATING["one"]


def test_a_floating_address_that_leads_to_another_server(world: World) -> None:
    world.guests["one"].view = world.guests["two"].view
    with pytest.raises(Unmet) as failure:
        three_ways(world)
    assert MAC["two"] in failure.value.seen


def test_a_floating_address_that_leads_to_another_fixed_address(world: World) -> None:
    world.guests["one"].view["came_from"] = "203.0.113.1 40000 10.0.0.77 22"
    with pytest.raises(Unmet, match=r"10\.0\.0\.77"):
        three_ways(world)


def test_mtu(world: World) -> None:
    checks.test_mtu(world.server(), world.view(), world.cloud, world.observe)
    assert world.observed == {"addresses.mtu": [MTU]}
    world.guests["one"].view["devices"][0]["mtu"] = 1500
    with pytest.raises(Unmet):
        checks.test_mtu(world.server(), world.view(), world.cloud, world.observe)
    world.mtu = 0
    with pytest.raises(Unsupported):
        checks.test_mtu(world.server(), world.view(), world.cloud, world.observe)


@pytest.fixture
def pinged(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    asked: list[tuple[str, int]] = []

    def ping(shell: Any, address: str, size: int) -> Ping:
        asked.append((address, size))
        return Ping(size, int(world.pings(address, size)), 0.001, "")

    monkeypatch.setattr(checks, "ping_from", ping)
    world.guests["one"].commands |= {
        "/dev/zero": Result(0, "\0" * checks._BULK, ""),
        "wc -c": Result(0, f"{checks._BULK}\n", ""),
    }
    return asked


def full_size(world: World) -> None:
    guest: Any = world.guests["one"]
    checks.test_full_size_packets(world.server(), guest, (world.server("two"),), world.cloud, world.eventually(), world.observe)


def test_full_size_packets_pass(world: World, pinged: list[tuple[str, int]]) -> None:
    full_size(world)
    assert pinged == [(FIXED["two"], MTU)]
    assert world.observed == {"addresses.full-size-to-servers": 1}


def test_full_size_packets_dropped_between_the_servers_only(world: World, pinged: list[tuple[str, int]]) -> None:
    world.pings = lambda address, size: size < 1400
    with pytest.raises(Unmet) as failure:
        full_size(world)
    assert f"a packet of {MTU} bytes passes" in failure.value.expected


def test_full_size_packets_are_not_asked_for_where_the_rules_let_no_icmp_in(world: World, pinged: list[tuple[str, int]]) -> None:
    world.rules = (Rule("IPv4", "tcp", 22, 22, None, None),)
    full_size(world)
    assert pinged == []
    assert world.observed == {"addresses.full-size-to-servers": 0}


def test_a_login_in_which_full_size_packets_stall_fails(
    world: World, pinged: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    guest: Any = world.guests["one"]

    def stalled(command: str, **_: Any) -> Result:
        raise HarnessFault("a command did not end within 15 s")

    monkeypatch.setattr(guest, "run", stalled)
    with pytest.raises(AssertionError, match="did not pass within 15 s"):
        full_size(world)


def after_reboot(world: World, before: tuple[api.Nic, ...] | None = None, in_guest_before: tuple[str, ...] = (FIXED["one"],)) -> None:
    guest_of: Any = world.guest_of
    memory: dict[Any, Any] = {
        ("nics before reboot", "one"): before or world.nics["id-one"],
        ("guest's addresses before reboot", "one"): in_guest_before,
    }
    checks.test_unchanged_after_reboot(
        world.server(), "one", world.cloud, world.outside, guest_of, memory, world.eventually(), world.evidence.append
    )


def test_addresses_that_stay(world: World) -> None:
    after_reboot(world)


def test_dhcp_that_is_gone_after_the_reboot(world: World) -> None:
    silent(world)
    world.consoles["id-one"] = console_of().replace(FIXED["one"], ".")
    with pytest.raises(Unmet) as failure:
        after_reboot(world)
    assert "(console)" in failure.value.seen
    assert world.evidence[0].startswith("console: ")
    assert world.evidence[1].startswith("console: eth0 up")


def test_a_guest_with_its_address_that_nobody_reaches_any_more(world: World) -> None:
    silent(world)
    with pytest.raises(Unmet, match="port 22: silent"):
        after_reboot(world)


def test_an_address_that_the_api_changed(world: World) -> None:
    (nic,) = world.nics["id-one"]
    with pytest.raises(Unmet, match=r"by the API"):
        after_reboot(world, (replace(nic, fixed=("10.0.0.77",)),))
