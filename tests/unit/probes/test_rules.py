from __future__ import annotations

import pytest

from harness.probes.rules import Rule, lets_ping, lets_tcp, unlisted_ports

SSH = Rule("IPv4", "tcp", 22, 22, None, None)
MEMBERS = Rule("IPv4", "6", 3306, 3306, None, "web")
NEAR = Rule("IPv4", "tcp", 8000, 9000, "203.0.113.0/24", None)
EVERYTHING = Rule("IPv4", None, None, None, "0.0.0.0/0", None)


@pytest.mark.parametrize(
    ("rule", "port", "address", "groups", "open_"),
    [
        (SSH, 22, "203.0.113.1", (), True),
        (SSH, 23, "203.0.113.1", (), False),
        (SSH, 22, "2001:db8::1", (), False),
        (MEMBERS, 3306, "10.0.0.5", ("web",), True),
        (MEMBERS, 3306, "10.0.0.5", ("balancer",), False),
        (MEMBERS, 3306, "203.0.113.1", (), False),
        (NEAR, 8099, "203.0.113.7", (), True),
        (NEAR, 8099, "198.51.100.7", (), False),
        (EVERYTHING, 1, "198.51.100.7", (), True),
        (Rule("IPv6", "tcp", 22, 22, "::/0", None), 22, "2001:db8::1", (), True),
        (Rule("IPv4", "udp", 22, 22, None, None), 22, "203.0.113.1", (), False),
    ],
)
def test_what_a_rule_lets_in(rule: Rule, port: int, address: str, groups: tuple[str, ...], open_: bool) -> None:
    assert lets_tcp([rule], port, address, groups) is open_


@pytest.mark.parametrize(
    ("rule", "open_"),
    [
        (Rule("IPv4", "icmp", None, None, None, None), True),
        (Rule("IPv4", "icmp", 8, 0, None, None), True),
        (Rule("IPv4", "icmp", 3, None, None, None), False),
        (SSH, False),
        (EVERYTHING, True),
        (Rule("IPv4", "icmp", None, None, None, "others"), False),
    ],
)
def test_what_a_rule_says_of_pings(rule: Rule, open_: bool) -> None:
    assert lets_ping([rule], "10.0.0.5", ["members"]) is open_


def test_ports_that_no_rule_opens() -> None:
    assert unlisted_ports([SSH, NEAR], "203.0.113.7", (8099, 18099, 28099), 1) == (18099,)
    assert unlisted_ports([SSH, NEAR], "203.0.113.7", (8099, 18099, 28099), 3) == (18099, 28099)
    assert unlisted_ports([EVERYTHING], "203.0.113.7", (8099, 18099), 1) == ()
