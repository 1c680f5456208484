"""A cloud made of values, for the shipped checks: what its APIs say, what its guests are, what answers from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from harness.checks.waiting import Eventually
from harness.errors import HarnessFault, Unsupported
from harness.model import Server
from harness.probes import api, inside_view
from harness.probes.inside import guest as guest_program
from harness.probes.inside import packages
from harness.probes.inside_view import Listener
from harness.probes.outside import Answer, Knock, Ping
from harness.probes.rules import Rule
from harness.probes.ssh import Door, LostContact, Result
from tests.unit.checks.cells import server

MTU = 1442
FIXED = {"one": "10.0.0.11", "two": "10.0.0.12"}
FLOATING = {"one": "203.0.113.11", "two": "203.0.113.12"}
MAC = {"one": "fa:16:3e:00:00:11", "two": "fa:16:3e:00:00:12"}
OUTSIDE = "203.0.113.1"

CONSOLE = """\
[    1.20] cloud-init[80]: Cloud-init v. 22.4.2 running 'init-local' at Sat, 21 Nov 2026 08:44:01 +0000. Up 1.23 seconds.
ci-info: +++++++++++++++++++++++++++Net device info++++++++++++++++++++++++++++
ci-info: | Device |  Up  |           Address            |      Mask     | Scope  |     Hw-Address    |
ci-info: |  eth0  | True |         {address}            | 255.255.255.0 | global | {mac} |
ci-info: |  eth0  | True | fe80::f816:3eff:fe00:11/64   |       .       |  link  | {mac} |
ci-info: |   lo   | True |          127.0.0.1           |   255.0.0.0   |  host  |         .         |
ci-info: ++++Route IPv4 info++++
ci-info: | Route | Destination | Gateway  |    Genmask    | Interface | Flags |
ci-info: |   0   |   0.0.0.0   | 10.0.0.1 |    0.0.0.0    |    eth0   |   UG  |
Cloud-init v. 22.4.2 finished at Sat, 21 Nov 2026 08:44:03 +0000. Datasource {source} [net,ver=2].  Up 3.50 seconds
"""


def console_of(name: str = "one", source: str = "DataSourceOpenStackLocal") -> str:
    return CONSOLE.format(address=FIXED[name], mac=MAC[name], source=source)


@dataclass
class FakeGuest:
    """A server's inside: what :mod:`harness.probes.inside.guest` tells of it, and what its commands come to."""

    name: str
    view: dict[str, Any]
    commands: dict[str, Result] = field(default_factory=dict)
    lost: bool = False
    packages: list[str] = field(default_factory=lambda: ["http://deb.example.org/debian/dists/stable/InRelease"])
    fetched: dict[str, Any] = field(default_factory=lambda: {"package": "hello", "bytes": 50000, "error": ""})
    ran: list[str] = field(default_factory=list)

    @property
    def shell(self) -> FakeGuest:
        return self

    def run(self, command: str, *, stdin: str = "", limit_s: float = 60.0) -> Result:
        self._reached()
        self.ran.append(command)
        return next((result for words, result in self.commands.items() if words in command), Result(0, "", ""))

    def python(self, program: ModuleType, *args: object, root: bool = False, limit_s: float = 60.0) -> Any:
        self._reached()
        if program is packages:
            return self.packages if args == ("sources",) else self.fetched
        assert program is guest_program
        return self.view

    def exists(self, command: str) -> bool:
        return f"no {command}" not in self.commands

    def close(self) -> None:
        pass

    def _reached(self) -> None:
        if self.lost:
            raise LostContact("timed out", Door.NO_ANSWER)


@dataclass
class World:
    """Everything a check can look at. Healthy until a test breaks it."""

    states: dict[str, list[api.State]] = field(default_factory=dict)
    nics: dict[str, tuple[api.Nic, ...]] = field(default_factory=dict)
    listed: dict[str, tuple[api.Listed, ...]] = field(default_factory=dict)
    consoles: dict[str, str | None] = field(default_factory=dict)
    guests: dict[str, FakeGuest] = field(default_factory=dict)
    doors: dict[tuple[str, int], Knock] = field(default_factory=dict)
    open_between: set[tuple[str, str, int]] = field(default_factory=set)
    pings: Callable[[str, int], bool] = lambda address, size: True
    rules: tuple[Rule, ...] = ()
    mtu: int = MTU
    outside_pings: bool = False
    outside_ipv6: str = ""
    rebooted: list[str] = field(default_factory=list)
    on_reboot: Callable[[str], None] = lambda name: None
    observed: dict[str, Any] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    now: float = 0.0

    def server(self, name: str = "one") -> Server:
        return server(name, address=FLOATING[name], public_ports=(22, 8080), member_ports=())

    def observe(self, name: str, value: Any, unit: str = "") -> None:
        self.observed[name] = value

    def view(self, name: str = "one") -> inside_view.GuestView:
        shell: Any = self.guests[name]
        return inside_view.look(shell)

    def guest_of(self, server: Server) -> FakeGuest:
        return self.guests[server.role]

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def eventually(self, check: str = "x.y", limit: float | None = None) -> Eventually:
        limits = {} if limit is None else {check: {"limit": limit}}
        return Eventually(check, limits, clock=lambda: self.now, sleep=self.sleep)

    @property
    def cloud(self) -> Any:
        return SimpleNamespace(name="acme", sdk="the connection")

    @property
    def outside(self) -> Any:
        return SimpleNamespace(
            tcp=self._tcp, push=lambda address, port, size, limit_s: 0, ping=self._ping, source=lambda address: self.outside_ipv6
        )

    def _ping(self, address: str, count: int = 3) -> Ping:
        return Ping(84, int(self.outside_pings), 0.002, "")

    def _tcp(self, address: str, port: int, limit_s: float = 3.0, *, listen: bool = False) -> Knock:
        self.now += 0.01
        return self.doors.get((address, port), Knock(Answer.SILENT, limit_s))

    def reboot(self, id_: str) -> None:
        self.rebooted.append(id_)
        self.on_reboot(id_)

    def open_listener(self, server: Server, port: int, address: str) -> Listener:
        return Listener(port, address, "word", ours=True)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A healthy cloud with two servers of one network, floating addresses and a metadata service."""
    world = World()
    for name in ("one", "two"):
        world.states[f"id-{name}"] = [api.State("ACTIVE", "", "", 1000.0, 1003.9)]
        world.nics[f"id-{name}"] = (api.Nic(f"port-{name}", MAC[name], "net", (FIXED[name],), ("group",), (FLOATING[name],)),)
        world.listed[f"id-{name}"] = (api.Listed(FIXED[name], "fixed", MAC[name]), api.Listed(FLOATING[name], "floating", MAC[name]))
        world.consoles[f"id-{name}"] = console_of(name)
        world.guests[name] = FakeGuest(name, view_of(name), {"user-data.ran": Result(0, "Sat Nov 21 08:44:03 UTC 2026\n", "")})
        world.doors |= {(FLOATING[name], port): Knock(Answer.OPEN, 0.01, "word") for port in (22, 8080)}
    world.rules = (Rule("IPv4", "tcp", 22, 22, None, None), Rule("IPv4", "icmp", None, None, None, None))
    monkeypatch.setattr(api, "state", lambda _, id_: world.states[id_].pop(0) if len(world.states[id_]) > 1 else world.states[id_][0])
    monkeypatch.setattr(api, "nics", lambda _, id_: world.nics[id_])
    monkeypatch.setattr(api, "listed", lambda _, id_: world.listed[id_])
    monkeypatch.setattr(api, "console", lambda _, id_: _console(world, id_))
    monkeypatch.setattr(api, "mtu", lambda *_: world.mtu)
    monkeypatch.setattr(api, "rules", lambda *_: world.rules)
    monkeypatch.setattr(api, "resolvers", lambda *_: ("203.0.113.1",))
    monkeypatch.setattr(api, "reboot", lambda _, id_: world.reboot(id_))
    monkeypatch.setattr(inside_view, "listening", _no_listening)
    return world


def view_of(name: str) -> dict[str, Any]:
    device = {"name": "eth0", "mac": MAC[name], "mtu": MTU, "addresses": [FIXED[name], "fe80::1"]}
    return {
        "now": 1100.0,
        "init_started": 1001.0,
        "hostname": server(name).name,
        "devices": [device],
        "resolvers": ["203.0.113.1"],
        "came_from": f"{OUTSIDE} 40000 {FIXED[name]} 22",
    }


def _console(world: World, id_: str) -> str:
    text = world.consoles[id_]
    if text is None:
        raise Unsupported("the cloud gives no console log")
    return text


@contextmanager
def _no_listening(*_: Any) -> Iterator[None]:
    raise HarnessFault("tests open listeners of their own")
    yield


def having(server: Server, **changes: Any) -> Server:
    return replace(server, **changes)
