"""Whether the package proxy answers, and its end where it hangs."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import egress
from harness.lab.bundle import Bundle
from harness.lab.processes import Process

PROXY = """
import socket
asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
asked.bind("egress")
asked.listen()
print("listens", flush=True)
while True:
    asking, _ = asked.accept()
    with asking:
        asking.recv(16)
        asking.send(b"serving")
"""


@pytest.fixture
def proxy(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A proxy that is asked whether it is there, beside another process of the lab."""
    monkeypatch.setattr(egress, "_ANSWER_LIMIT_S", 1)
    folder = bundle.paths.folder
    folder.mkdir(parents=True, exist_ok=True)
    with (
        subprocess.Popen([sys.executable, "-c", PROXY, "harness.lab.egress"], cwd=folder, stdout=subprocess.PIPE, text=True) as started,
        subprocess.Popen(["sleep", "1000"]) as other,
    ):
        assert started.stdout is not None
        started.stdout.readline()
        monkeypatch.setattr(bundle, "processes", lambda: [found for each in (other, started) if (found := Process.of(each.pid))])
        yield started
        assert other.poll() is None
        other.kill()
        started.kill()


def test_a_proxy_that_answers_is_left_alone(bundle: Bundle, proxy: subprocess.Popen[str]) -> None:
    assert egress.state(bundle) == (proxy.pid, "")
    assert not egress.end_hung(bundle)
    assert proxy.poll() is None


def test_a_proxy_that_hangs_is_ended_and_one_that_ended_does_not_run(bundle: Bundle, proxy: subprocess.Popen[str]) -> None:
    proxy.send_signal(signal.SIGSTOP)
    assert egress.state(bundle) == (proxy.pid, "does not answer within 1 s")
    assert egress.end_hung(bundle)
    assert proxy.wait(5) == -signal.SIGKILL
    assert egress.state(bundle) == (0, "not running")
    assert not egress.end_hung(bundle)


def test_a_proxy_that_cannot_be_ended_is_one_clear_error(
    bundle: Bundle, proxy: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(egress, "end", lambda processes, **_: processes)
    with pytest.raises(LabError, match="the package proxy does not answer and cannot be ended") as refused:
        egress.end_hung(bundle)
    assert refused.value.mend == "run `interop lab down`, then `interop lab up`"


def test_where_nothing_was_served_yet_nothing_is_ended(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "processes", list)
    assert not egress.end_hung(bundle)
    assert egress.state(bundle) == (0, "not running")
