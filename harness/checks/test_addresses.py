from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

import pytest

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle
from harness.checks.sight import answers, console_text, is_the_server, neighbours, view_if_open
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault, Unsupported
from harness.model import Server
from harness.probes import api, console
from harness.probes.inside_view import GuestView, look, ping_from
from harness.probes.outside import Outside
from harness.probes.ssh import Guest

_BULK = 262144


@check("addresses.kind", facet="addresses", needs=["boot.active"], source="interop-workloads lessons learnt: Networking")
def test_kind(server: Server, cloud: CloudHandle, eventually: Eventually, observe: Observe) -> None:
    """The kind of address by which the server is reached (floating, direct or none), and that Compute and Network agree on its addresses.

    What Nova lists for the server must be what Neutron has on its ports, floating addresses included, and the address that the workload
    returned must be one of them.
    """

    def agreed() -> tuple[set[str], set[str]]:
        nics = api.nics(cloud.sdk, server.id)
        fixed, floating = _fixed(nics), {address for nic in nics for address in nic.floating}
        listed = api.listed(cloud.sdk, server.id)
        seen = {each.address for each in listed}
        expect(seen == fixed | floating, expected=f"Neutron's {_words(fixed | floating)}", seen=f"Nova's {_words(seen)}")
        return fixed, floating

    fixed, floating = eventually("Nova lists the addresses that Neutron has", agreed, 30, every_s=2)
    kind = "floating" if server.address in floating else "direct" if server.address in fixed else "none"
    observe("addresses.kind", kind)
    expect(kind != "none" or not server.address, expected=f"{server.address} among the server's addresses", seen=_words(fixed | floating))


@check("addresses.fixed-in-guest", facet="addresses", needs=["boot.first-boot-finishes"], source="interop-workloads be19759: interface_ip")
def test_fixed_addresses_are_the_guests(
    server: Server,
    cloud: CloudHandle,
    outside: Outside,
    guest_of: Callable[[Server], Guest],
    eventually: Eventually,
    observe: Observe,
    evidence: Callable[[str], None],
) -> None:
    """Each fixed IPv4 address that Neutron reports is configured in the guest, on the device of its port, and no other.

    Seen by a login where that is possible, else in the table of devices that cloud-init prints on the console.
    """
    nics = api.nics(cloud.sdk, server.id)
    wanted = _of_version(4, _fixed(nics))
    observe("addresses.fixed", len(wanted))

    def same() -> bool:
        channel, devices = _devices(server, cloud, outside, guest_of, nics)
        if not devices:
            pytest.skip("neither a login nor the console log shows the guest's devices")
        seen = _of_version(4, _on_ports(devices, nics))
        expect(seen == wanted, expected=_words(wanted), seen=f"{_words(seen)} ({channel})")
        evidence(f"seen by {channel}")
        return True

    try:
        eventually("the guest has the fixed addresses of its ports", same, 10, every_s=2)
    except AssertionError:
        for device in console.devices(console_text(cloud.sdk, server) or ""):
            evidence(f"console: {device.name} {'up' if device.up else 'down'} {device.mac} {_words(device.addresses)}")
        raise


@check(
    "addresses.three-ways",
    facet="addresses",
    needs=["initialisation.ssh-key"],
    source="interop-workloads lessons learnt: which field holds the public address",
)
def test_three_ways(server: Server, view: GuestView, cloud: CloudHandle, observe: Observe) -> None:
    """Who answers at the address from outside is this server: the API, the guest and the outside speak of the same one.

    The guest that was logged in to has the hardware addresses of the server's ports, and was reached at the fixed address to which its
    public address leads by the API.
    """
    nics = api.nics(cloud.sdk, server.id)
    leads_to = {fixed for nic in nics if server.address in nic.floating or server.address in nic.fixed for fixed in nic.fixed}
    observe("addresses.api", sorted(_fixed(nics)))
    observe("addresses.guest", sorted(view.addresses))
    observe("addresses.outside", server.address)
    expect(
        is_the_server(view, nics),
        expected=f"the server with {_words(_macs(nics))} answers at {server.address}",
        seen=f"one with {_words(view.macs)}, which calls itself {view.hostname}",
    )
    expect(view.reached_at in leads_to, expected=f"{server.address} leads to {_words(leads_to)}", seen=f"it leads to {view.reached_at}")


@check(
    "addresses.all-in-guest",
    facet="addresses",
    needs=["addresses.three-ways"],
    source="Networking guide: IPv6; RFC 4862: stateless address autoconfiguration",
)
def test_all_addresses_are_the_guests(
    server: Server, guest: Guest, cloud: CloudHandle, eventually: Eventually, observe: Observe, evidence: Callable[[str], None]
) -> None:
    """Every fixed address that Neutron reports, those of IPv6 among them, is configured in the guest, on the device of its port.

    Seen by a login, since a router's word, from which a guest makes itself an IPv6 address, may come after the boot. What IPv6 addresses
    the guest gives itself besides (privacy extensions) is its own affair.
    """
    nics = api.nics(cloud.sdk, server.id)
    observe("addresses.fixed-ipv6", len(_of_version(6, _fixed(nics))))

    def all_there() -> bool:
        devices = {each.mac: each.addresses for each in look(guest.shell).devices}
        lacking = [address for nic in nics for address in nic.fixed if address not in devices.get(nic.mac, ())]
        expect(not lacking, expected=_words(_fixed(nics)), seen=f"{_words(_on_ports(devices, nics))}, without {_words(lacking)}")
        return True

    eventually("the guest has every fixed address of its ports", all_there, 20, every_s=2)
    evidence(f"in the guest: {_words(_fixed(nics))}")


@check("addresses.mtu", facet="addresses", needs=["addresses.three-ways"], source="Networking guide: MTU considerations")
def test_mtu(server: Server, view: GuestView, cloud: CloudHandle, observe: Observe) -> None:
    """The MTU of each of the guest's devices is that of its network."""
    devices = {each.mac: each for each in view.devices}
    nics = api.nics(cloud.sdk, server.id)
    wanted = {nic.mac: api.mtu(cloud.sdk, nic.network) for nic in nics}
    if not all(wanted.values()):
        raise Unsupported("the Network API does not tell the network's MTU")
    observe("addresses.mtu", [devices[mac].mtu for mac in wanted], "bytes")
    for mac, mtu in wanted.items():
        expect(devices[mac].mtu == mtu, expected=f"{mtu}, the network's", seen=f"{devices[mac].mtu} on {devices[mac].name}")


@check(
    "addresses.full-size-packets",
    facet="addresses",
    needs=["addresses.mtu", "reachability.between-servers"],
    source="RFC 2923: TCP problems with path MTU discovery",
)
def test_full_size_packets(
    server: Server, guest: Guest, peers: tuple[Server, ...], cloud: CloudHandle, eventually: Eventually, observe: Observe
) -> None:
    """A packet of the network's MTU passes unfragmented between the servers, and full-size ones both ways between server and outside.

    To each other server of the same network an ICMP echo of full size is sent with fragments forbidden, where the security groups let
    ICMP in; that a small one passes is known by now. To and from outside a quarter of a megabyte flows through the login.
    """
    doors = [(peer, door) for peer in peers for door in neighbours(cloud.sdk, server, peer)]
    for peer, door in doors:
        size = api.mtu(cloud.sdk, door.network)
        what = f"a packet of {size} bytes passes from {server.name} to {peer.name}"
        eventually(what, lambda at=door.address, size=size: _echoed(guest, at, size), 4)  # type: ignore[misc]
    observe("addresses.full-size-to-servers", len(doors))
    _bulk(guest, f"head -c {_BULK} /dev/zero", "", _BULK, "from the server")
    _bulk(guest, "wc -c", "x" * _BULK, len(str(_BULK)), "to the server")


@check(
    "addresses.unchanged-after-reboot",
    facet="addresses",
    needs=["lifecycle.soft-reboot"],
    phase="disruptive",
    source="interop-workloads lessons learnt: Networking",
)
def test_unchanged_after_reboot(
    server: Server,
    subject: str,
    cloud: CloudHandle,
    outside: Outside,
    guest_of: Callable[[Server], Guest],
    memory: dict[Any, Any],
    eventually: Eventually,
    evidence: Callable[[str], None],
) -> None:
    """After a reboot the server has the addresses that it had before, by the API and in the guest, and answers there.

    Where nobody can log in any more, the console log tells whether the guest got its address again.
    """
    before: tuple[api.Nic, ...] = memory["nics before reboot", subject]
    wanted = _fixed(before) & set(memory["guest's addresses before reboot", subject])
    nics = api.nics(cloud.sdk, server.id)
    expect(nics == before, expected=f"by the API {_all(before)}", seen=_all(nics))

    def same() -> bool:
        channel, devices = _devices(server, cloud, outside, guest_of, nics)
        seen = _on_ports(devices, nics)
        expect(wanted <= seen, expected=_words(wanted), seen=f"{_words(seen)}, without {_words(wanted - seen)} ({channel})")
        expect(channel == "login", expected=f"a login at {server.address}", seen=f"port 22: {answers(outside, server)}")
        return True

    try:
        eventually("the guest has its addresses again and answers", same, 60, every_s=2)
    except AssertionError:
        evidence(f"console: {' / '.join(console.tail(console_text(cloud.sdk, server) or '', 2))}")
        for device in console.devices(console_text(cloud.sdk, server) or ""):
            evidence(f"console: {device.name} {'up' if device.up else 'down'} {_words(device.addresses)}")
        raise


def _devices(
    server: Server, cloud: CloudHandle, outside: Outside, guest_of: Callable[[Server], Guest], nics: Iterable[api.Nic]
) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The guest's addresses by hardware address, and how they were seen; nothing when they cannot be."""
    view = view_if_open(guest_of(server), outside, server) if server.address else None
    if view and is_the_server(view, nics):
        return "login", {each.mac: each.addresses for each in view.devices}
    table = console.devices(console_text(cloud.sdk, server) or "")
    return "console", {each.mac: tuple(one for one in each.addresses if not ip_address(one).is_link_local) for each in table if each.mac}


def _echoed(guest: Guest, address: str, size: int) -> bool:
    answer = ping_from(guest.shell, address, size)
    expect(answer.answered, expected=f"an answer to {size} bytes", seen=answer.error or "no answer")
    return True


def _bulk(guest: Guest, command: str, stdin: str, size: int, direction: str) -> None:
    try:
        result = guest.shell.run(command, stdin=stdin, limit_s=15)
        seen = len(result.stdout.strip("\n"))
    except HarnessFault as stalled:
        raise AssertionError(f"{_BULK} bytes {direction} did not pass within 15 s: {stalled.message}") from stalled
    expect(seen == size, expected=f"{_BULK} bytes {direction}", seen=f"{seen} bytes came back")


def _fixed(nics: Iterable[api.Nic]) -> set[str]:
    return {address for nic in nics for address in nic.fixed}


def _macs(nics: Iterable[api.Nic]) -> set[str]:
    return {nic.mac for nic in nics}


def _on_ports(devices: dict[str, tuple[str, ...]], nics: Iterable[api.Nic]) -> set[str]:
    """The addresses, by hardware address, of the devices that are ports of the server."""
    return {address for mac in _macs(nics) for address in devices.get(mac, ())}


def _of_version(version: int, addresses: Iterable[str]) -> set[str]:
    return {each for each in addresses if ip_address(each).version == version}


def _words(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _all(nics: Iterable[api.Nic]) -> str:
    return _words({*_fixed(nics), *(address for nic in nics for address in nic.floating)})
