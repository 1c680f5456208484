from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import control, first_process


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A first process without namespaces, which needs no root: everything but entering a network by name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        monkeypatch.chdir(tmp_path)
        listening.bind("control")
        listening.listen()
        told, tell = os.pipe()
        descriptors = (listening.fileno(), tell)
        command = [sys.executable, "-I", "-S", first_process.__file__, *map(str, descriptors)]
        process = subprocess.Popen(command, pass_fds=descriptors)
        os.close(tell)
    assert os.read(told, 16) == b"ready"
    os.close(told)
    yield tmp_path
    process.kill()
    process.wait()


def ask(asking: socket.socket, output: Path, *argv: str, service: bool = False, **more: object) -> int:
    request = {"argv": argv, "env": dict(os.environ), "cwd": "/", "netns": None, "service": service, **more}
    with output.open("w") as out, Path(os.devnull).open() as nothing:
        return control.ask(asking, request, [nothing.fileno(), out.fileno(), out.fileno()])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int) -> bool:
    end = time.monotonic() + 5
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_a_program_gets_its_files_and_tells_its_exit_code(folder: Path) -> None:
    with control.reach(folder) as asking:
        ask(asking, folder / "out", "sh", "-c", "echo $PWD; echo why >&2; exit 3")
        assert control.ended(asking) == 3
    assert (folder / "out").read_text(encoding="utf-8") == "/\nwhy\n"


def test_a_signal_is_a_negative_exit_code(folder: Path) -> None:
    with control.reach(folder) as asking:
        pid = ask(asking, folder / "out", "sleep", "1000")
        os.kill(pid, signal.SIGTERM)
        assert control.ended(asking) == -signal.SIGTERM


def test_a_program_ends_with_whoever_asked_for_it(folder: Path) -> None:
    with control.reach(folder) as asking:
        pid = ask(asking, folder / "out", "sleep", "1000")
        assert alive(pid)
    assert gone(pid)


def test_a_service_does_not(folder: Path) -> None:
    with control.reach(folder) as asking:
        pid = ask(asking, folder / "out", "sleep", "1000", service=True)
    with control.reach(folder) as asking:
        ask(asking, folder / "out", "true")
        assert control.ended(asking) == 0
    assert alive(pid)
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)


def test_many_at_once_are_told_apart(folder: Path) -> None:
    asking = [control.reach(folder) for _ in range(20)]
    for number, each in enumerate(asking):
        ask(each, folder / f"out{number}", "sh", "-c", f"sleep 0.{20 - number:02}; exit {number}")
    assert [control.ended(each) for each in asking] == list(range(20))
    for each in asking:
        each.close()


def test_what_cannot_be_started_is_said_and_the_next_one_is_served(folder: Path) -> None:
    with control.reach(folder) as asking, pytest.raises(LabError, match="no-such-program could not be started"):
        ask(asking, folder / "out", "no-such-program")
    with control.reach(folder) as asking, pytest.raises(LabError, match="true could not be started"):
        ask(asking, folder / "out", "true", cwd="/no/such/folder")
    with control.reach(folder) as asking, pytest.raises(LabError, match="true could not be started"):
        ask(asking, folder / "out", "true", netns="no-such-network")
    with control.reach(folder) as asking, pytest.raises(LabError, match="true could not be started"):
        ask(asking, folder / "out", "true", netns="../../etc/passwd")
    with control.reach(folder) as asking:
        ask(asking, folder / "out", "true")
        assert control.ended(asking) == 0


def test_nonsense_does_not_end_it(folder: Path) -> None:
    for nonsense in (b"", b"{", b"[]", b'{"argv": ["true"]}'):
        with control.reach(folder) as asking:
            asking.send(nonsense)
    with control.reach(folder) as asking:
        ask(asking, folder / "out", "true")
        assert control.ended(asking) == 0


def test_a_socket_that_nobody_answers_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="does not answer"):
        control.reach(tmp_path)
