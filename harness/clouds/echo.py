"""Does an address answer from here? One ICMP echo request, with what rights this user has."""

from __future__ import annotations

import os
import socket
import struct
import time
from contextlib import closing
from ipaddress import ip_address

_ECHO_REQUEST = {4: 8, 6: 128}
_ECHO_REPLY = {4: 0, 6: 129}
_PROTOCOL = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


def answers(address: str, limit_s: float = 1.0) -> bool | None:
    """Whether ``address`` replied within ``limit_s`` seconds; ``None`` when this user may not ask."""
    version = ip_address(address).version
    opened = _open(version)
    if opened is None:
        return None
    with closing(opened):
        opened.settimeout(limit_s)
        try:
            opened.sendto(_request(version), (address, 0))
            return _replied(opened, version, address, time.monotonic() + limit_s)
        except OSError:
            return False


def _open(version: int) -> socket.socket | None:
    """An ICMP socket: the unprivileged kind where the machine grants it, else a raw one."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(_FAMILY[version], kind, _PROTOCOL[version])
        except OSError:
            continue
    return None


def _request(version: int) -> bytes:
    identifier = os.getpid() & 0xFFFF
    bare = struct.pack("!BBHHH", _ECHO_REQUEST[version], 0, 0, identifier, 1)
    return struct.pack("!BBHHH", _ECHO_REQUEST[version], 0, _checksum(bare), identifier, 1)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _replied(opened: socket.socket, version: int, address: str, deadline: float) -> bool:
    while time.monotonic() < deadline:
        data, sender = opened.recvfrom(2048)
        raw_v4 = version == 4 and opened.type == socket.SOCK_RAW
        message = data[(data[0] & 0x0F) * 4 :] if raw_v4 else data
        if sender[0] == address and message and message[0] == _ECHO_REPLY[version]:
            return True
    return False
