"""Bytes that must be acknowledged: do full-size TCP segments get through, without a login and without ICMP?"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import time

GREETING = b"SSH-2.0-interop-probe\r\n"
"""What makes an SSH server go on listening; the rest of the bytes it calls a bad packet, after its machine has acknowledged them."""

_STEP_S = 0.05


def push(address: str, port: int, size: int, limit_s: float) -> int:
    """Send ``size`` bytes at once, and return how many were not acknowledged within ``limit_s`` seconds.

    A connection that the other side resets meanwhile has carried them: nothing else would make it object.

    Raises:
        OSError: no connection came about.
    """
    with socket.create_connection((address, port), limit_s) as connection:
        try:
            connection.sendall(GREETING.ljust(size, b"\0"))
            return _left(connection, time.monotonic() + limit_s)
        except (ConnectionResetError, BrokenPipeError):
            return 0
        except TimeoutError:
            return size


def _left(connection: socket.socket, end: float) -> int:
    while (left := _unacknowledged(connection)) and time.monotonic() < end:
        time.sleep(_STEP_S)
    return left


def _unacknowledged(connection: socket.socket) -> int:
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    return int(struct.unpack("i", answer)[0])
