"""Send ICMP echo requests of a given size that may not be cut into fragments, and count the answers."""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import struct
import sys
import time

_IP_MTU_DISCOVER, _IP_PMTUDISC_DO = 10, 2
_HEADERS = 28
_ECHO_REQUEST, _ECHO_REPLY = 8, 0


def ping(address: str, size: int, count: int, limit_s: float) -> dict:  # type: ignore[type-arg]
    """``size`` is that of the whole IPv4 packet in bytes, headers included; each of ``count`` requests waits ``limit_s`` seconds.

    ``received`` counts the answers; it ends with the first. ``error`` is ``""``, ``too-big`` (a router or this machine says that the packet
    does not fit), ``no-way`` or ``forbidden`` (this user may not send ICMP).
    """
    try:
        door, raw = _door()
    except PermissionError:
        return {"sent": 0, "received": 0, "seconds": 0.0, "error": "forbidden"}
    error = ""
    with door:
        door.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
        for number in range(1, count + 1):
            start = time.monotonic()
            try:
                door.sendto(_request(number, size), (address, 0))
                if _answered(door, raw, address, number, start + limit_s):
                    return {"sent": number, "received": 1, "seconds": round(time.monotonic() - start, 4), "error": ""}
            except OSError as problem:
                error = "too-big" if problem.errno == errno.EMSGSIZE else "no-way"
    return {"sent": count, "received": 0, "seconds": 0.0, "error": error}


def _door() -> tuple[socket.socket, bool]:
    try:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP), False
    except PermissionError:
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), True


def _request(number: int, size: int) -> bytes:
    identity, body = os.getpid() & 0xFFFF, b"i" * (size - _HEADERS)
    head = struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, identity, number)
    return struct.pack("!BBHHH", _ECHO_REQUEST, 0, _checksum(head + body), identity, number) + body


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total = int(sum(struct.unpack(f"!{len(padded) // 2}H", padded)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _answered(door: socket.socket, raw: bool, address: str, number: int, end: float) -> bool:
    while (left := end - time.monotonic()) > 0 and select.select([door], [], [], left)[0]:
        packet, (sender, _) = door.recvfrom(65535)
        answer = packet[(packet[0] & 0x0F) * 4 :] if raw else packet
        kind, _, _, identity, sequence = struct.unpack("!BBHHH", answer[:8])
        ours = not raw or identity == os.getpid() & 0xFFFF
        if sender == address and kind == _ECHO_REPLY and sequence == number and ours:
            return True
    return False


if __name__ == "__main__":
    print(json.dumps(ping(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))))  # noqa: T201
