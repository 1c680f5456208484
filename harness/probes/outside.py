"""The network as seen from where the harness stands: TCP, HTTP, ICMP."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

import requests

from harness.errors import HarnessFault
from harness.probes.inside.knock import knock
from harness.probes.inside.ping import ping
from harness.probes.push import push

_DISCARD = 9


class Answer(StrEnum):
    """What comes back from a TCP port."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Knock:
    """The answer of a TCP port after ``seconds``, and the first line that was said there, if asked for."""

    answer: Answer
    seconds: float
    word: str = ""

    def __str__(self) -> str:
        return f"{self.answer} after {self.seconds:.2f} s" + (f", and {self.word!r} was heard" if self.word else "")

    @property
    def is_open(self) -> bool:
        """Whether a connection came about."""
        return self.answer is Answer.OPEN

    @property
    def someone_is_there(self) -> bool:
        """Whether packets reach a machine and come back, be it with a no."""
        return self.answer in (Answer.OPEN, Answer.REFUSED)


@dataclass(frozen=True)
class Page:
    """An HTTP answer; ``status`` 0 when there was none, with ``error`` saying why."""

    status: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    error: str = ""

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status else self.error

    @property
    def is_there(self) -> bool:
        """Whether there is a page, or the way to one."""
        return self.status in range(200, 400)


@dataclass(frozen=True)
class Ping:
    """How ICMP echo requests of one size fared; ``error`` is ``""``, ``too-big`` or ``no-way``."""

    size: int
    received: int
    seconds: float
    error: str

    @property
    def answered(self) -> bool:
        """Whether at least one answer came."""
        return self.received > 0


class Outside:
    """Probes from outside the cloud; no method of it fails because nobody answers."""

    def tcp(self, address: str, port: int, limit_s: float = 3.0, *, listen: bool = False) -> Knock:
        """Knock at a TCP port."""
        return read_knock(knock(address, port, limit_s, listen))

    def source(self, address: str) -> str:
        """This machine's own address from which it would send to ``address``; empty when no way leads there. Nothing is sent."""
        try:
            with socket.socket(socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET, socket.SOCK_DGRAM) as door:
                door.connect((address, _DISCARD))
                return str(door.getsockname()[0])
        except OSError:
            return ""

    def push(self, address: str, port: int, size: int, limit_s: float) -> int:
        """Send ``size`` bytes to a TCP port; how many were not acknowledged within ``limit_s`` seconds. All, where nobody answers."""
        try:
            return push(address, port, size, limit_s)
        except OSError:
            return size

    def http(self, url: str, limit_s: float = 10.0, *, headers: dict[str, str] | None = None) -> Page:
        """GET ``url`` once, on a connection of its own and by no proxy, without following redirects."""
        start = time.monotonic()
        try:
            with straight() as session:
                answer = session.get(url, timeout=limit_s, headers={"Connection": "close", **(headers or {})}, allow_redirects=False)
        except requests.RequestException as error:
            return Page(0, seconds=time.monotonic() - start, error=f"{type(error).__name__}: {_root(error)}")
        return Page(answer.status_code, answer.text, dict(answer.headers), time.monotonic() - start)

    def ping(self, address: str, size: int = 84, count: int = 3, limit_s: float = 1.0) -> Ping:
        """Send ICMP echo requests of ``size`` bytes (the whole packet) that may not be fragmented.

        Raises:
            HarnessFault: this user may not send ICMP.
        """
        return read_ping(size, ping(address, size, count, limit_s))


def straight() -> requests.Session:
    """A session that asks a server itself, as a knock does: by no proxy of the caller's environment, with no password of its ``.netrc``.

    The certificates that the environment names are trusted as ever.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    return session


def read_knock(result: dict[str, object]) -> Knock:
    """The value of what :func:`harness.probes.inside.knock.knock` returned."""
    return Knock(Answer(str(result["answer"])), float(str(result["seconds"])), str(result["word"]))


def read_ping(size: int, result: dict[str, object]) -> Ping:
    """The value of what :func:`harness.probes.inside.ping.ping` returned.

    Raises:
        HarnessFault: the user there may not send ICMP.
    """
    if result["error"] == "forbidden":
        raise HarnessFault("ICMP may not be sent by this user", mend="allow it: sysctl net.ipv4.ping_group_range")
    return Ping(size, int(str(result["received"])), float(str(result["seconds"])), str(result["error"]))


def _root(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    return str(error)
