"""Run a planned round: one process a cell, cells of different clouds side by side, every journal followed as it grows."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from harness.clouds.config import CloudEntry
from harness.errors import HarnessFault, JournalError, UsageError
from harness.journal import SCHEMA, Journal, follow
from harness.model import CellPlan, to_json
from harness.report import read_run
from harness.report.requirement import besides
from harness.rounds import processes
from harness.rounds.conclusion import Conclusion, conclude
from harness.rounds.plan import Round
from harness.score import newest
from harness.signals import heard
from harness.versions import versions

_POLL_S = 0.15


class View(Protocol):
    """Whoever shows a round while it runs."""

    def event(self, cell: CellPlan, event: dict[str, Any]) -> None:
        """A cell recorded ``event``."""

    def say(self, text: str) -> None:
        """The round itself has something to say."""

    def tick(self) -> None:
        """Time passes."""


@dataclass
class _Running:
    """A cell whose process was started."""

    plan: CellPlan
    folder: Path
    process: subprocess.Popen[bytes]
    offset: int = 0
    cleaning: bool = False


@dataclass
class _Lane:
    """The cells of one cloud, which follow each other."""

    cloud: CloudEntry
    waiting: list[CellPlan]
    running: _Running | None = None


@dataclass
class _Story:
    """What the cells told so far."""

    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, cell: CellPlan) -> list[dict[str, Any]]:
        return self.events.setdefault(cell.cell, [])


def conduct(planned: Round, view: View) -> Conclusion:
    """Run every cell of ``planned``; returns what the round came to. A cell's failure stops no other.

    The first SIGINT or SIGTERM stops all cells, which clean up; the second kills them, and ``view`` says what may remain.

    Raises:
        UsageError: the round's folder cannot be written.
    """
    journal = _begin(planned)
    lifeline, held = os.pipe()
    conductor = _Conductor(planned, view, lifeline)
    try:
        with conductor.on_signals():
            conductor.run()
    finally:
        os.close(held)
        os.close(lifeline)
    conclusion = conclude(
        [(cell, conductor.story.of(cell)) for cell in planned.cells],
        interrupted=conductor.interrupts > 0,
        besides=_required_besides(planned),
        waived=partial(planned.scenario.waivers_in_words, day=f"{datetime.now(UTC):%Y-%m-%d}"),
    )
    journal.write("run.finished", exit_code=conclusion.exit_code, reasons=list(conclusion.reasons))
    journal.close()
    return conclusion


def _begin(planned: Round) -> Journal:
    """Make the round's folder, write every cell's plan and the round's first events."""
    journal = _made_folder(planned)
    scenario = planned.scenario
    journal.write(
        "run.started",
        schema=SCHEMA,
        run=planned.run,
        scenario={
            "name": planned.name,
            "title": scenario.title,
            "digest": planned.scenario_digest,
            "require": scenario.require.model_dump(),
            "waivers": [each.model_dump() for each in scenario.waivers],
            "limits": scenario.limits_in_seconds(),
            "participants": {each.name: scenario.participants.get(each.name, each.participant).model_dump() for each in planned.clouds},
        },
        workloads=[
            {
                "name": each.manifest.name,
                "title": each.manifest.title,
                "digest": each.digest,
                "must_have": each.manifest.must_have,
                "required": list(each.required),
                "checks": list(each.checks),
                "left_out": list(each.left_out),
                "limits": {name: limit.model_dump() for name, limit in each.manifest.limits.items()},
            }
            for each in planned.workloads
        ],
        clouds=[each.name for each in planned.clouds],
        versions=versions(),
        score_files=newest(),
        catalogue=[to_json(each) for each in planned.catalogue],
        left_out=[to_json(each) for each in planned.left_out],
    )
    for cell in planned.cells:
        journal.write("cell.planned", cell=cell.cell, cloud=cell.cloud, workload=cell.workload)
    return journal


def _made_folder(planned: Round) -> Journal:
    """The round's folder with every cell's plan in it, and its journal; nothing, where not all of it can be written."""
    made = False
    try:
        planned.folder.mkdir(parents=True)
        made = True
        for cell in planned.cells:
            folder = planned.cell_folder(cell)
            folder.mkdir(parents=True)
            (folder / "cell.json").write_text(json.dumps(to_json(cell), indent=1), encoding="utf-8")
        return Journal(planned.folder / "journal.jsonl")
    except OSError as error:
        if made:
            shutil.rmtree(planned.folder, ignore_errors=True)
        raise UsageError(
            f"the reports folder {planned.folder.parent} cannot be written: {error.strerror}", mend="name another one with --reports"
        ) from error


def _required_besides(planned: Round) -> list[tuple[int, str]]:
    """What the scenario requires beyond the must-haves, judged as the report judges it: from the journals."""
    if not planned.scenario.require.beyond_must_haves:
        return []
    try:
        return list(besides(read_run(planned.folder)))
    except JournalError as error:
        return [(HarnessFault.exit_code, f"what is required could not be judged: {error.message}")]


class _Conductor:
    def __init__(self, planned: Round, view: View, lifeline: int) -> None:
        self.story = _Story()
        self.interrupts = 0
        self._planned = planned
        self._view = view
        self._lifeline = lifeline
        self._lanes = [_Lane(cloud, [cell for cell in planned.cells if cell.cloud == cloud.name]) for cloud in planned.clouds]
        self._told = 0

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """For the length of a ``with``, signals are counted, and acted upon between two looks at the cells."""
        with heard((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), self._heard):
            yield

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.interrupts += 1

    def run(self) -> None:
        """Until every lane is empty, or the user does not want to wait for it."""
        while any(lane.waiting or lane.running for lane in self._lanes):
            if self.interrupts > self._told:
                self._interrupt()
            for lane in self._lanes:
                if lane.running is None and lane.waiting and self._has_room_for(lane.cloud):
                    self._start(lane)
                if lane.running:
                    self._look(lane, lane.running)
            self._view.tick()
            time.sleep(_POLL_S)

    def _has_room_for(self, cloud: CloudEntry) -> bool:
        """Whether one more cell may run: by ``--jobs``, or else by what the machine behind a shared namespace carries."""
        running = [lane.cloud for lane in self._lanes if lane.running]
        if self._planned.jobs is not None:
            return len(running) < self._planned.jobs
        beside = [each for each in self._planned.clouds if each.netns is not None and each.netns == cloud.netns]
        carried = [each.carries for each in beside if each.carries is not None]
        return not carried or sum(1 for each in running if each.netns == cloud.netns) < min(carried)

    def _start(self, lane: _Lane) -> None:
        plan = lane.waiting.pop(0)
        folder = self._planned.cell_folder(plan)
        lane.running = _Running(plan, folder, processes.start(folder, plan, self._lifeline))

    def _look(self, lane: _Lane, running: _Running) -> None:
        ended = running.process.poll() is not None  # asked first: what is written before the end is read after it
        events, running.offset = follow(running.folder / "journal.jsonl", running.offset)
        story = self.story.of(running.plan)
        for event in events:
            story.append(event)
            self._view.event(running.plan, event)
        if not ended:
            return
        if any(each["event"] == "cell.finished" for each in story) or running.cleaning or self.interrupts > 1:
            lane.running = None
            return
        self._view.say(f"{running.plan.cell}: its process died; removing what it made")
        processes.end(running.plan.run, running.plan.cell)
        running.process = processes.start(running.folder, running.plan, self._lifeline, clean_up=True)
        running.cleaning = True

    def _interrupt(self) -> None:
        self._told = self.interrupts
        running = [lane.running for lane in self._lanes if lane.running]
        for lane in self._lanes:
            lane.waiting.clear()
        if self.interrupts == 1:
            self._view.say("stopping: what was made is being removed; Ctrl-C again to leave it")
            for each in running:
                each.process.send_signal(signal.SIGTERM)
            return
        for each in running:
            each.process.kill()
            each.process.wait()
            processes.end(each.plan.run, each.plan.cell)
            self._view.say(self._remains(each))

    def _remains(self, running: _Running) -> str:
        plan = running.plan
        phases = [each["phase"] for each in self.story.of(plan) if each["event"] == "phase.started"]
        gone = sum(len(each["resources"]) for each in self.story.of(plan) if each["event"] == "destroyed")
        state = f"stopped while in phase {phases[-1]}" if phases else "stopped before it began"
        return (
            f"{plan.cell}: {state}, {gone} resources were removed; whatever else is named {plan.mark.prefix}-… may remain. "
            f"To sweep it: interop sweep --cloud {plan.cloud} --run {plan.run}"
        )
