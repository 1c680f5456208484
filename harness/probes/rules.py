"""Security group rules as the API lists them, and what they promise: functions of data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import islice

_TCP = ("tcp", "6")
_ICMP = ("icmp", "1")


@dataclass(frozen=True)
class Rule:
    """One rule for what may come in; ``None`` means any."""

    ether_type: str
    protocol: str | None
    port_min: int | None
    port_max: int | None
    prefix: str | None
    group: str | None

    def _from(self, address: str, groups: Iterable[str]) -> bool:
        if self.ether_type != f"IPv{ip_address(address).version}":
            return False
        if self.group is not None:
            return self.group in groups
        return self.prefix is None or ip_address(address) in ip_network(self.prefix, strict=False)

    def lets_tcp(self, port: int, address: str, groups: Iterable[str] = ()) -> bool:
        """Whether it lets TCP from ``address`` (of a port in ``groups``) to ``port`` in."""
        fits = self.port_min is None or self.port_min <= port <= (self.port_max or self.port_min)
        return self.protocol in (None, "any", *_TCP) and fits and self._from(address, groups)

    def lets_ping(self, address: str, groups: Iterable[str] = ()) -> bool:
        """Whether it lets ICMP echo requests from ``address`` (of a port in ``groups``) in."""
        fits = self.port_min in (None, 8)
        return self.protocol in (None, "any", *_ICMP) and fits and self._from(address, groups)


def lets_tcp(rules: Iterable[Rule], port: int, address: str, groups: Iterable[str] = ()) -> bool:
    """Whether any of ``rules`` lets TCP from ``address`` to ``port`` in."""
    known = tuple(groups)
    return any(each.lets_tcp(port, address, known) for each in rules)


def lets_ping(rules: Iterable[Rule], address: str, groups: Iterable[str] = ()) -> bool:
    """Whether any of ``rules`` lets ICMP echo requests from ``address`` in."""
    known = tuple(groups)
    return any(each.lets_ping(address, known) for each in rules)


def unlisted_ports(rules: Iterable[Rule], address: str, candidates: Iterable[int], count: int) -> tuple[int, ...]:
    """The first ``count`` of ``candidates`` that no rule opens to ``address``; fewer when more are open."""
    known = tuple(rules)
    return tuple(islice((port for port in candidates if not lets_tcp(known, port, address)), count))
