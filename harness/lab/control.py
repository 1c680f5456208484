"""Ask the first process of a bundle to start a program."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import LabError

__all__ = ["ask", "ended", "reach"]


def reach(folder: Path) -> socket.socket:
    """A connection to the first process; ``folder`` holds its socket."""
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        asking.connect(f"/proc/self/fd/{door}/control")  # by a short name, since AF_UNIX names hold 108 bytes
    except OSError as error:
        asking.close()
        mend = "run `interop lab down`, then `interop lab up`"
        raise LabError(f"the lab's first process does not answer: {error.strerror}", mend=mend) from None
    finally:
        os.close(door)
    return asking


def ask(asking: socket.socket, request: dict[str, Any], descriptors: Sequence[int]) -> int:
    """Start a program with these three open files; its process id inside. Raises LabError where it cannot be started."""
    try:
        socket.send_fds(asking, [json.dumps(request).encode()], list(descriptors))
    except OSError as error:
        raise LabError(f"{request['argv'][0]} could not be started in the lab: {error.strerror}") from None
    answer = _answer(asking)
    if "error" in answer:
        raise LabError(f"{request['argv'][0]} could not be started in the lab: {answer['error']}")
    return int(answer["pid"])


def ended(asking: socket.socket) -> int:
    """Wait for the end of the program; its exit code, negative for a signal."""
    return int(_answer(asking)["exit"])


def _answer(asking: socket.socket) -> dict[str, Any]:
    try:
        raw = asking.recv(1 << 16)
    except ConnectionError:
        raw = b""
    if not raw:
        raise LabError("the lab went down", mend="start it again with `interop lab up`")
    answer: dict[str, Any] = json.loads(raw)
    return answer
