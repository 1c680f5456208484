"""Do something where the lab's clouds can be reached: in the bundle's first network namespace."""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from harness.lab.namespaces import Namespace, setns

__all__ = ["answers", "outside"]

Result = TypeVar("Result")

GATEWAY_ERRORS = {502, 503, 504}


def outside(namespace: Path, act: Callable[[], Result]) -> Result:
    """Run ``act`` in a thread that entered ``namespace``; every other thread stays where it is."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def enter_and_act() -> None:
        try:
            with namespace.open("rb") as door:
                setns(door.fileno(), Namespace.NET)
            results.append(act())
        except BaseException as error:  # noqa: BLE001  # handed to the caller, whose it is
            errors.append(error)

    thread = threading.Thread(target=enter_and_act)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def answers(url: str, authority: Path | None, limit_s: float = 5) -> str:
    """Why ``url`` does not answer; nothing when it does. Call it where it can be reached.

    Besides HTTP it takes ``dns://SERVER/NAME`` (RFC 4501) and asks for the name's IPv4 address.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme == "dns":
            return _ask_for_address(parts.netloc, parts.path[1:], limit_s)
        return _ask_for_page(url, authority, limit_s)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return f"does not answer within {limit_s:g} s" if isinstance(reason, TimeoutError) else str(reason) or type(reason).__name__
    except HTTPException as error:
        return f"speaks no HTTP: {type(error).__name__}"


def _ask_for_page(url: str, authority: Path | None, limit_s: float) -> str:
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if authority:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(authority))))
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=limit_s) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}" if error.code in GATEWAY_ERRORS else ""
    return ""


def _ask_for_address(server: str, name: str, limit_s: float) -> str:
    header = bytes.fromhex("0001 0100 0001 0000 0000 0000")  # one question, recursion desired
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(limit_s)
        client.connect((server, 53))
        client.send(header + labels + bytes.fromhex("00 0001 0001"))  # type A, class IN
        answer = client.recv(512)
    found = int.from_bytes(answer[6:8], "big")
    return "" if found else f"has no address for {name}"
