"""Listen at a TCP port for a while, and greet whoever comes with one word."""

from __future__ import annotations

import json
import os
import socket
import sys
import time


def listen(port: int, word: str, lifetime_s: float, address: str) -> dict:  # type: ignore[type-arg]
    """Listen on every address of this machine in a process of its own, which ends by itself after ``lifetime_s`` seconds.

    ``state`` is ``started`` with the ``pid``, ``taken`` when something listens there already, or ``forbidden`` when this user may not.
    ``heard`` is what was said to a connection from here to ``address``: the proof; ``None`` when none came about.
    """
    try:
        door = _bound(port)
    except PermissionError:
        return {"state": "forbidden", "pid": 0, "heard": None}
    except OSError:
        return {"state": "taken", "pid": 0, "heard": _heard(address, port, 0.0)}
    pid = os.fork()
    if pid == 0:
        _serve(door, word.encode() + b"\n", time.monotonic() + lifetime_s)
        os._exit(0)
    door.close()
    return {"state": "started", "pid": pid, "heard": _heard(address, port, 3.0)}


def _heard(address: str, port: int, patience_s: float) -> str | None:
    """The first line that is said there; empty when nothing is said, or nobody waits for it."""
    try:
        with socket.create_connection((address, port), 3.0) as connection:
            connection.settimeout(patience_s or None)
            return connection.recv(200).decode("utf-8", "replace").strip() if patience_s else ""
    except OSError:
        return None


def _bound(port: int) -> socket.socket:
    door = _for_both_versions()
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("", port))
        door.listen(16)
    except OSError:
        door.close()
        raise
    return door


def _for_both_versions() -> socket.socket:
    """A socket that takes IPv6 and IPv4; IPv4 alone where the kernel knows no other."""
    try:
        door = socket.socket(socket.AF_INET6)
    except OSError:
        return socket.socket(socket.AF_INET)
    door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    return door


def _serve(door: socket.socket, greeting: bytes, end: float) -> None:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    while time.monotonic() < end:
        door.settimeout(max(0.1, end - time.monotonic()))
        try:
            connection, _ = door.accept()
            with connection:
                connection.settimeout(2)
                connection.sendall(greeting)
        except OSError:
            continue


if __name__ == "__main__":
    print(json.dumps(listen(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4])))  # noqa: T201
