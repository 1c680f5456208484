"""Knock at a TCP port: does a connection come about, and what does the other side say first?"""

from __future__ import annotations

import errno
import json
import socket
import sys
import time


def knock(address: str, port: int, limit_s: float, listen: bool) -> dict:  # type: ignore[type-arg]
    """Try to connect, and with ``listen`` read the first line that is said.

    ``answer`` is ``open``, ``refused`` (someone there says no), ``silent`` (nothing within ``limit_s`` seconds) or ``unreachable``
    (a router or this machine says that there is no way); ``seconds`` is how long that took.
    """
    start = time.monotonic()
    word = ""
    try:
        with socket.create_connection((address, port), limit_s) as connection:
            answer, seconds = "open", time.monotonic() - start
            if listen:
                connection.settimeout(limit_s)
                word = _first_line(connection)
    except ConnectionRefusedError:
        answer, seconds = "refused", time.monotonic() - start
    except OSError as error:
        answer, seconds = _answer(error), time.monotonic() - start
    return {"answer": answer, "seconds": round(seconds, 4), "word": word}


def _first_line(connection: socket.socket) -> str:
    try:
        return connection.recv(200).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _answer(error: OSError) -> str:
    if error.errno in (None, errno.ETIMEDOUT):
        return "silent"
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL):
        return "unreachable"
    raise error


if __name__ == "__main__":
    print(json.dumps(knock(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "True")))  # noqa: T201
