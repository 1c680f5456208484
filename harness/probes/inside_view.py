"""A guest's view of itself as values, and listeners in it that are proven from inside."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from secrets import token_hex
from urllib.parse import urlsplit

from harness.errors import HarnessFault
from harness.probes.inside import guest, knock, listen, packages, ping
from harness.probes.outside import Knock, Ping, read_knock, read_ping
from harness.probes.ssh import LostContact, Shell

LISTENER_LIFETIME_S = 90
"""A listener ends by itself after this many seconds, should nobody come to end it."""

CLOCK_S = 2.0
"""By how much the start of process 1 may be misread: the kernel tells its boot time in whole seconds."""


@dataclass(frozen=True)
class GuestDevice:
    """A network device as the guest has it, MTU in bytes; ``addresses`` without link-local ones."""

    name: str
    mac: str
    mtu: int
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class GuestView:
    """What a guest knows of itself. Times are by its own clock, in seconds since 1970.

    ``reached_at`` is its address that the login came in at, ``came_from`` the address that the login came from, as the guest sees it.
    """

    now: float
    init_started: float
    hostname: str
    devices: tuple[GuestDevice, ...]
    resolvers: tuple[str, ...]
    reached_at: str
    came_from: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of every device."""
        return tuple(address for device in self.devices for address in device.addresses)

    @property
    def macs(self) -> tuple[str, ...]:
        """The devices' hardware addresses."""
        return tuple(each.mac for each in self.devices)


@dataclass(frozen=True)
class Listener:
    """Something that listens in a guest at ``port`` and was reached from inside at ``address``; ``word`` is how it greets, if ours."""

    port: int
    address: str
    word: str
    ours: bool


@dataclass(frozen=True)
class Fetched:
    """A package that came whole; or, in ``error``, why none did. Not ``followed``: the sources are of a kind that only apt follows."""

    package: str
    bytes: int
    error: str
    followed: bool = True


def look(shell: Shell, limit_s: float = 30.0) -> GuestView:
    """The guest's view of itself, now.

    Raises:
        HarnessFault: it could not be asked, or did not answer within ``limit_s`` seconds.
    """
    seen = shell.python(guest, limit_s=limit_s)
    devices = tuple(
        GuestDevice(each["name"], each["mac"], each["mtu"], tuple(filter(_is_no_link_local, each["addresses"]))) for each in seen["devices"]
    )
    login = seen["came_from"].split()
    came_from, reached_at = (login[0], login[2]) if len(login) == 4 else ("", "")
    return GuestView(
        seen["now"], seen["init_started"], seen["hostname"], devices, tuple(seen["resolvers"]), reached_at=reached_at, came_from=came_from
    )


def knock_from(shell: Shell, address: str, port: int, limit_s: float = 3.0, *, listen_too: bool = False) -> Knock:
    """Knock at a TCP port from inside a guest."""
    return read_knock(shell.python(knock, address, port, limit_s, listen_too))


def ping_from(shell: Shell, address: str, size: int = 84, count: int = 3, limit_s: float = 1.0) -> Ping:
    """Send unfragmented ICMP echo requests of ``size`` bytes from inside a guest, by its root where nobody else may."""
    seen = shell.python(ping, address, size, count, limit_s)
    return read_ping(size, shell.python(ping, address, size, count, limit_s, root=True) if seen["error"] == "forbidden" else seen)


def package_hosts(shell: Shell) -> tuple[str, ...]:
    """The hosts that the guest's own package sources name."""
    hosts = (urlsplit(each).hostname for each in shell.python(packages, "sources"))
    return tuple(dict.fromkeys(each for each in hosts if each))


def fetch_package(shell: Shell, limit_s: float) -> Fetched:
    """Let the guest fetch a small package from its own package sources."""
    return Fetched(**shell.python(packages, "fetch", limit_s=limit_s))


@contextmanager
def listening(shell: Shell, port: int, address: str) -> Iterator[Listener]:
    """For the length of a ``with``, something listens at ``port`` of the guest, proven by reaching it from inside at ``address``.

    What listens there already is left alone and used.

    Raises:
        HarnessFault: nothing could be made to listen, or it was not reached from inside.
    """
    word = token_hex(8)
    begun = shell.python(listen, port, word, LISTENER_LIFETIME_S, address, root=port < 1024)
    if begun["state"] == "forbidden":
        raise HarnessFault(f"no listener at port {port} of {address}: forbidden to the login user")
    ours = begun["state"] == "started"
    try:
        if begun["heard"] is None or (ours and begun["heard"] != word):
            raise HarnessFault(f"the listener at {address}:{port} is not reached from inside: {begun['heard']}")
        yield Listener(port, address, word if ours else "", ours)
    finally:
        if ours:
            _end(shell, begun["pid"], root=port < 1024)


def _end(shell: Shell, pid: int, *, root: bool) -> None:
    try:
        shell.run(shlex.join([*(["sudo", "-n"] if root else []), "kill", str(pid)]))
    except LostContact:
        return


def _is_no_link_local(address: str) -> bool:
    return not ip_address(address).is_link_local
