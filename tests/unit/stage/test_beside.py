from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from harness.stage import beside
from harness.stage.beside import wallboard
from tests.unit.stage.stories import write_round
from tests.unit.stage.test_server import LIMIT_S, messages


def test_a_round_that_is_yet_to_begin_has_a_wallboard_and_takes_it_along_when_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with wallboard(folder) as address:
        told = messages(address)
        assert next(told)["order"] == []
        write_round(folder, "acme")
        last = next(each for each in told if each["sentence"] == "runs on 1 of 1 cloud")
        assert last["note"] == "live"
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=LIMIT_S)


def test_a_wallboard_that_does_not_come_up_keeps_no_round_from_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with wallboard(tmp_path) as address:
        assert address == ""


def test_a_wallboard_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "hangs"
    script.write_text("#!/bin/sh\necho http://nowhere/\nexec sleep 600\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    monkeypatch.setattr(beside, "_FAREWELL_S", 0.2)
    with wallboard(tmp_path) as address:
        assert address == "http://nowhere/"


def test_ctrl_c_is_for_the_round_and_the_wallboard_outlives_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness.stage", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        address = process.stdout.readline().strip()
        assert requests.get(address, timeout=LIMIT_S).status_code == 200
        os.kill(process.pid, signal.SIGINT)
        told = messages(address)
        assert next(told)["note"] == "live"
        write_round(tmp_path, "acme")
        assert next(told)["order"] == ["acme"]
        process.stdin.close()
        process.wait(LIMIT_S)
    assert process.returncode == 0
