"""Conducting a round: real processes, which play cells by a few lines of Python."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from harness.clouds.config import CloudEntry
from harness.errors import UsageError
from harness.journal import read
from harness.manifest import Scenario
from harness.model import CellPlan
from harness.rounds import Conclusion, conduct, processes
from tests.unit.rounds.plans import round_of

PRELUDE = """\
import json, os, pathlib, signal, sys, time
folder, cleaning, lifeline = pathlib.Path(sys.argv[1]), sys.argv[2] == "1", int(sys.argv[3])
def tell(event, **keys):
    with (folder / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps({"at": time.time(), "event": event, **keys}) + "\\n")
def end(status="done", code=0, error=""):
    tell("cell.finished", status=status, exit_code=code, kind="", error=error, mend="", kept=False)
    sys.exit(code)
tell("cell.started", at_s=time.time())
"""

ACME, OTHER = CloudEntry("acme", None), CloudEntry("other", None)


class Show:
    """A view that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.said: list[str] = []

    def event(self, cell: CellPlan, event: dict[str, Any]) -> None:
        self.events.append((cell.cell, event["event"]))

    def say(self, text: str) -> None:
        self.said.append(text)

    def tick(self) -> None:
        pass


class Stage:
    """Cells play ``lines``, or those of their own cloud."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: dict[str, str] = {}
        self.show = Show()

    def start(self, folder: Path, plan: CellPlan, lifeline: int, *, clean_up: bool = False) -> subprocess.Popen[bytes]:
        text = PRELUDE + self.lines.get(plan.cloud, "end()")
        environment = {**os.environ, processes.RUN_VARIABLE: plan.run, processes.CELL_VARIABLE: plan.cell}
        arguments = [sys.executable, "-c", text, str(folder), "1" if clean_up else "0", str(lifeline)]
        return subprocess.Popen(arguments, env=environment, pass_fds=(lifeline,), start_new_session=True)

    def go(self, *clouds: CloudEntry, attempts: int = 1, jobs: int | None = None) -> Conclusion:
        return conduct(round_of(self.folder, list(clouds), attempts, jobs), self.show)

    def spans(self) -> dict[str, tuple[float, float]]:
        """When each cell began and ended."""
        found = {}
        for journal in self.folder.glob("*/cells/*/journal.jsonl"):
            events = [json.loads(line) for line in journal.read_text().splitlines()]
            found[journal.parent.name] = (events[0]["at"], events[-1]["at"])
        return found


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    found = Stage(tmp_path)
    monkeypatch.setattr(processes, "start", found.start)
    return found


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def test_cells_of_different_clouds_go_side_by_side_and_are_followed(stage: Stage) -> None:
    stage.lines = {"acme": "time.sleep(1); end()", "other": "time.sleep(1); end()"}
    conclusion = stage.go(ACME, OTHER)
    assert conclusion.exit_code == 0
    assert overlap(*stage.spans().values())
    assert {("acme.pair", "cell.started"), ("other.pair", "cell.finished")} <= set(stage.show.events)


def test_the_round_has_a_journal_of_its_own(stage: Stage) -> None:
    stage.go(ACME)
    events = list(read(next(stage.folder.glob("*/journal.jsonl"))))
    assert [each["event"] for each in events] == ["run.started", "cell.planned", "run.finished"]
    assert events[0]["clouds"] == ["acme"]
    assert "openstacksdk" in events[0]["versions"]
    assert events[-1]["exit_code"] == 0
    assert json.loads(next(stage.folder.glob("*/cells/acme.pair/cell.json")).read_text())["cell"] == "acme.pair"


def test_what_is_required_of_all_cells_together_is_judged_from_the_journals(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(1, "acme, pair: the page took 70 s, and at most 60 s is required")]
    module = sys.modules["harness.rounds.conduct"]
    monkeypatch.setattr(module, "read_run", lambda folder: folder)
    monkeypatch.setattr(module, "besides", lambda folder: found if (folder / "journal.jsonl").exists() else [])
    planned = round_of(stage.folder, [ACME])
    required = Scenario.model_validate({"title": "T", "workloads": ["pair"], "require": {"facets": ["boot"]}})
    assert conduct(replace(planned, scenario=required), stage.show).reasons == (found[0][1],)


def test_what_cannot_be_judged_is_inconclusive(stage: Stage) -> None:
    planned = round_of(stage.folder, [ACME])
    required = Scenario.model_validate({"title": "T", "workloads": ["pair"], "require": {"facets": ["boot"]}})
    conclusion = conduct(replace(planned, scenario=required), stage.show)  # the played journals lack what a report needs
    assert conclusion.exit_code == 3
    assert conclusion.reasons[0].startswith("what is required could not be judged: ")


def test_cells_of_one_cloud_follow_each_other(stage: Stage) -> None:
    stage.lines = {"acme": "time.sleep(0.3); end()"}
    stage.go(ACME, attempts=2)
    assert not overlap(*stage.spans().values())


@pytest.mark.parametrize("how", ["jobs", "carries"])
def test_no_more_cells_run_than_may(stage: Stage, how: str) -> None:
    stage.lines = {"acme": "time.sleep(0.3); end()", "other": "time.sleep(0.3); end()"}
    if how == "jobs":
        stage.go(ACME, OTHER, jobs=1)
    else:
        stage.go(*(CloudEntry(name, None, "/run/netns/lab", 1) for name in ("acme", "other")))
    assert not overlap(*stage.spans().values())


def test_a_lab_that_carries_little_holds_no_other_cloud_back(stage: Stage) -> None:
    stage.lines = dict.fromkeys(("acme", "other"), "time.sleep(1); end()")
    stage.go(CloudEntry("acme", None, "/run/netns/lab", 1), OTHER)
    assert overlap(*stage.spans().values())


def test_one_clouds_failure_stops_no_other(stage: Stage) -> None:
    stage.lines = {"acme": "end('refused', 2, 'wrong password')", "other": "time.sleep(0.5); end()"}
    conclusion = stage.go(ACME, OTHER)
    assert conclusion.exit_code == 2
    assert ("other.pair", "cell.finished") in stage.show.events


def test_a_cell_that_dies_is_cleaned_by_another_process(stage: Stage) -> None:
    stage.lines = {"acme": "end('failed', 3, 'cleaned') if cleaning else os.kill(os.getpid(), signal.SIGKILL)"}
    conclusion = stage.go(ACME)
    assert conclusion.exit_code == 3
    assert stage.show.said == ["acme.pair: its process died; removing what it made"]


def test_what_a_dead_cell_had_started_is_ended_before_it_is_cleaned(stage: Stage) -> None:
    child = "import subprocess; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)"
    stage.lines = {"acme": f"end('failed', 3) if cleaning else None\n{child}\nos.kill(os.getpid(), signal.SIGKILL)"}
    stage.go(ACME)
    assert processes.of_run("20260101T000000Z-0a1b2c3d") == []


def test_a_cell_that_dies_twice_is_a_leak(stage: Stage) -> None:
    stage.lines = {"acme": "os.kill(os.getpid(), signal.SIGKILL)"}
    assert stage.go(ACME).exit_code == 4


def interrupting(stage: Stage, times: int) -> Callable[[CellPlan, dict[str, Any]], None]:
    """Send this process SIGINT as soon as a cell has begun, and again a little later."""
    before = stage.show.event

    def event(cell: CellPlan, told: dict[str, Any]) -> None:
        before(cell, told)
        if told["event"] == "cell.started":
            for number in range(times):
                Timer(0.2 + 0.6 * number, os.kill, (os.getpid(), signal.SIGINT)).start()

    return event


def test_the_first_interruption_lets_cells_clean_up_and_starts_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.show, "event", interrupting(stage, 1))
    stage.lines = {"acme": "signal.signal(signal.SIGTERM, lambda *_: end('interrupted', 130)); time.sleep(30)"}
    conclusion = stage.go(ACME, attempts=2)
    assert conclusion.exit_code == 130
    assert list(stage.spans()) == ["acme.pair"]
    assert "Ctrl-C again" in stage.show.said[0]


def test_the_second_interruption_leaves_and_says_how_to_sweep(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.show, "event", interrupting(stage, 2))
    stage.lines = {"acme": "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell('phase.started', phase='deploy'); time.sleep(60)"}
    conclusion = stage.go(ACME)
    assert conclusion.exit_code == 130
    assert "stopped while in phase deploy" in stage.show.said[-1]
    assert "interop sweep --cloud acme --run 20260101T000000Z-0a1b2c3d" in stage.show.said[-1]


def test_signals_mean_afterwards_what_they_did_before(stage: Stage) -> None:
    before = signal.getsignal(signal.SIGINT)
    stage.go(ACME)
    assert signal.getsignal(signal.SIGINT) is before


def test_of_a_round_that_cannot_be_written_nothing_stays(stage: Stage) -> None:
    with pytest.raises(UsageError, match="cannot be written: File name too long"):
        stage.go(ACME, CloudEntry("x" * 300, None))
    assert list(stage.folder.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(stage: Stage) -> None:
    stage.go(ACME)
    with pytest.raises(UsageError, match="cannot be written: File exists"):
        stage.go(ACME)
    assert "acme.pair" in stage.spans()


@pytest.mark.parametrize("what", ["a file", "under a file"])
def test_a_reports_folder_that_cannot_be_written_is_refused(stage: Stage, tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("")
    stage.folder = tmp_path / "file" if what == "a file" else tmp_path / "file" / "deeper"
    with pytest.raises(UsageError, match=r"the reports folder .* cannot be written") as caught:
        stage.go(ACME)
    assert "--reports" in caught.value.mend
