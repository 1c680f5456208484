"""The management console of user-mode Linux: one command, one answer, by datagrams on a UNIX socket.

The protocol is that of the kernel's arch/um/drivers/mconsole.h.
"""

from __future__ import annotations

import socket
import struct
import uuid
from pathlib import Path

__all__ = ["ConsoleError", "ask"]

_REQUEST = struct.Struct("=III512s")  # magic number, version, length, command
_ANSWER = struct.Struct("=III")  # whether it failed, whether more follows, length; then the words
_LARGEST = 4096
_MAGIC, _VERSION = 0xCAFEBABE, 2
_LIMIT_S = 10


class ConsoleError(Exception):
    """The guest's kernel refused a command, or did not answer."""


def ask(console: Path, command: str) -> str:
    """What the kernel that listens at ``console`` answers to ``command``, such as ``cad``, ``stop`` or ``go``."""
    ours = console.with_name(f"{uuid.uuid4().hex[:8]}.ask")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_LIMIT_S)
            asking.bind(str(ours))
            asking.sendto(_REQUEST.pack(_MAGIC, _VERSION, len(command), command.encode()), str(console))
            return _answer(asking, command)
    except OSError as error:
        raise ConsoleError(f"{command}: {error}") from error
    finally:
        ours.unlink(missing_ok=True)


def _answer(asking: socket.socket, command: str) -> str:
    said = ""
    more = True
    while more:
        answer = asking.recv(_LARGEST)
        failed, more, length = _ANSWER.unpack_from(answer)
        said += answer[_ANSWER.size :][:length].decode(errors="replace").rstrip("\0")
        if failed:
            raise ConsoleError(f"{command}: {said}")
    return said
