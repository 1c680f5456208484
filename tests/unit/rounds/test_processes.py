import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import redact
from harness.engines import Job, workplace
from harness.journal import Journal
from harness.rounds import processes
from tests.unit.rounds.plans import cell_plan

RUN = f"test-{os.getpid()}"


def sleeper(**variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={**os.environ, **variables}, start_new_session=True)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.02)


def test_a_runs_processes_are_known_by_their_environment_and_ended() -> None:
    mine = sleeper(**{processes.RUN_VARIABLE: RUN, processes.CELL_VARIABLE: "acme.pair"})
    cousin = sleeper(**{processes.RUN_VARIABLE: RUN, processes.CELL_VARIABLE: "other.pair"})
    stranger = sleeper(**{processes.RUN_VARIABLE: f"{RUN}-other"})
    try:
        assert set(processes.of_run(RUN)) == {mine.pid, cousin.pid}
        assert processes.of_run(RUN, "acme.pair") == [mine.pid]
        assert processes.runs_under_way()[RUN] == 2
        processes.end(RUN, "acme.pair")
        assert mine.wait(5) == -9
        assert cousin.poll() is None
        assert stranger.poll() is None
    finally:
        for each in (mine, cousin, stranger):
            each.kill()
            each.wait()


CONDUCTOR = """
import os, subprocess, sys, time
lifeline, held = os.pipe()
cell = [sys.executable, "-c", "import time; time.sleep(60)", "--lifeline", str(lifeline)]
while True:
    subprocess.run(cell, env={**os.environ, "INTEROP_RUN": sys.argv[1]}, pass_fds=(lifeline,))
"""


def test_a_run_is_ended_with_the_process_that_would_start_its_cells_anew() -> None:
    conductor = subprocess.Popen([sys.executable, "-c", CONDUCTOR, RUN])
    try:
        until(lambda: processes.conductors_of(RUN) == [conductor.pid])
        assert processes.end_with_conductor(RUN) == []
        assert conductor.wait(5) == -9
        assert processes.of_run(RUN) == []
    finally:
        conductor.kill()
        conductor.wait()


def test_a_cell_whose_conductor_was_killed_has_none() -> None:
    cell = sleeper(**{processes.RUN_VARIABLE: RUN})
    try:
        until(lambda: processes.of_run(RUN) == [cell.pid])
        assert processes.conductors_of(RUN) == []
    finally:
        cell.kill()
        cell.wait()


def test_what_an_engine_starts_belongs_to_the_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(processes.RUN_VARIABLE, RUN)
    monkeypatch.setenv(processes.CELL_VARIABLE, "acme.pair")
    job = Job(tmp_path, "site.yml", tmp_path, tmp_path, "acme", None, {}, Journal(tmp_path / "journal.jsonl"), 1.0, lambda: False)
    tool = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=workplace.environment(job))
    try:
        until(lambda: processes.of_run(RUN, "acme.pair") == [tool.pid])
    finally:
        tool.kill()
        tool.wait()


def test_a_cells_process_gets_its_folder_and_its_lifeline_and_says_what_it_says_in_a_log(tmp_path: Path) -> None:
    lifeline, held = os.pipe()
    process = processes.start(tmp_path, cell_plan(), lifeline)
    assert process.wait(30) != 0  # there is no plan in the folder
    assert "cell.json" in (tmp_path / "process.log").read_text()
    os.close(held)
    os.close(lifeline)


CELL = """
import runpy, sys
from harness import redact
redact.register("secret-of-a-cell")
sys.argv = ["cell", "/no/such/secret-of-a-cell"]
runpy.run_module("harness.cell", run_name="__main__")
"""


def test_what_a_cells_process_says_goes_to_the_log_without_secrets() -> None:
    done = subprocess.run([sys.executable, "-c", CELL], capture_output=True, text=True, check=False)
    assert f"No such file or directory: '/no/such/{redact.BLOT}/cell.json'" in done.stderr
    assert "secret-of-a-cell" not in done.stderr
