from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labvirt import mconsole

Answers = Callable[..., Path]


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Answers]:
    """A kernel's console that answers one command with the given datagrams, each (failed, more, words)."""
    sockets: list[socket.socket] = []
    asked: list[bytes] = []

    def listen(*answers: tuple[int, int, bytes]) -> Path:
        console = tmp_path / "mconsole"
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.bind(str(console))
        sockets.append(listening)

        def serve() -> None:
            request, asker = listening.recvfrom(4096)
            magic, version, length, command = struct.unpack("=III512s", request)
            assert (magic, version) == (0xCAFEBABE, 2)
            asked.append(command[:length])
            for failed, more, words in answers:
                listening.sendto(struct.pack("=III", failed, more, len(words) + 1) + words + b"\0", asker)

        threading.Thread(target=serve, daemon=True).start()
        return console

    yield listen
    for each in sockets:
        each.close()
    assert asked in ([], [b"cad"])


def test_an_answer_in_parts_is_put_together(kernel: Answers, tmp_path: Path) -> None:
    console = kernel((0, 1, b"one "), (0, 0, b"two"))
    assert mconsole.ask(console, "cad") == "one two"
    assert list(tmp_path.iterdir()) == [console]


def test_a_refusal_is_an_error_with_its_words(kernel: Answers) -> None:
    with pytest.raises(mconsole.ConsoleError, match="cad: no such command"):
        mconsole.ask(kernel((1, 0, b"no such command")), "cad")


def test_a_kernel_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(mconsole.ConsoleError, match="go: "):
        mconsole.ask(tmp_path / "mconsole", "go")
    assert list(tmp_path.iterdir()) == []
