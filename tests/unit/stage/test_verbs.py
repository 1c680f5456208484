"""``interop replay`` and ``interop run --stage``, from the command to the wallboard."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from rich.console import Console

from harness import running
from harness.rounds.conclusion import Conclusion
from tests.unit.recordings import SAMPLE
from tests.unit.stage.stories import write_round
from tests.unit.stage.test_server import LIMIT_S, messages

INTEROP = [sys.executable, "-m", "harness.cli"]


@contextmanager
def replaying(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A replay in a browser, and its address."""
    command = [*INTEROP, "replay", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        yield process, next(word.rstrip(";") for word in line.split() if word.startswith("http://"))
        process.kill()


def test_a_replay_prints_its_address_and_ctrl_c_ends_it_cleanly_while_a_browser_looks() -> None:
    with replaying(str(SAMPLE), "--speed", "20", "--lanes", "18") as (process, address):
        told = messages(address)
        assert len(next(told)["order"]) == 18
        assert next(each for each in told if each["time"] > 10)["note"] == "replay, 20 times as fast; 18 lanes multiplied from 2 recorded"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LIMIT_S)
        assert (process.returncode, out, err.strip().replace("\n", " ")) == (0, "", err.strip().replace("\n", " "))
        assert "Traceback" not in err


def test_a_replay_without_a_terminal_tells_every_change_and_ends_by_itself() -> None:
    done = subprocess.run([*INTEROP, "replay", str(SAMPLE), "--speed", "500", "--terminal"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.count("✓ runs") == 2


def test_a_run_is_found_by_its_id(tmp_path: Path) -> None:
    write_round(tmp_path / "r-7", "acme")
    command = [*INTEROP, "replay", "r-7", "--reports", str(tmp_path), "--terminal"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "acme: ✓ runs" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["nowhere"], "nowhere/journal.jsonl: is not there"),
        ([str(SAMPLE), "--lanes", "1"], "--lanes 1: the round has 2"),
        ([str(SAMPLE), "--speed", "0"], "--speed"),
        ([str(SAMPLE), "--speed", "nan"], "--speed"),
        ([str(SAMPLE), "--lanes", "0"], "--lanes"),
    ],
)
def test_what_cannot_be_played_is_refused_by_name(arguments: list[str], error: str) -> None:
    done = subprocess.run([*INTEROP, "replay", *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert error in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def planned(folder: Path) -> Any:
    return SimpleNamespace(folder=folder, clouds=())


@pytest.mark.parametrize("terminal", [True, False])
def test_a_round_on_the_stage_comes_to_what_it_comes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    seen: list[int] = []

    def conduct(_: object, view: Any) -> Conclusion:
        write_round(tmp_path / "run", "acme")
        address = next(word for word in console.file.getvalue().split() if word.startswith("http://"))
        seen.append(requests.get(address, timeout=LIMIT_S).status_code)
        view.say("something to say")
        view.tick()
        return Conclusion(1, ("a must-have did not hold",))

    console: Any = Console(file=io.StringIO(), width=100, height=40, force_terminal=terminal, force_interactive=terminal)
    monkeypatch.setattr(running, "conduct", conduct)
    assert running._on_stage(planned(tmp_path / "run"), console).exit_code == 1
    assert seen == [200]
    assert "something to say" in console.file.getvalue()
    assert ("runs on 1 of 1 cloud" in console.file.getvalue()) is terminal


def test_a_round_goes_on_without_a_wallboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(file=io.StringIO(), width=100)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(running, "conduct", lambda *_: Conclusion(0, ()))
    assert running._on_stage(planned(tmp_path), console).exit_code == 0
    assert isinstance(console.file, io.StringIO)
    assert "the round goes on without it" in console.file.getvalue()
