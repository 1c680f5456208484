"""Times read from a run's journals."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from harness.journal import read

APART = ("discover", "inventory", "deploy", "checks", "destroy", "teardown")
"""Phases that are the cloud's or the workload's time, not the harness's own."""


def at(event: dict[str, Any]) -> float:
    """When an event was written, in seconds since the epoch."""
    return datetime.fromisoformat(event["at"]).timestamp()


def cells(run: Path) -> list[Path]:
    """The journals of a run's cells."""
    return sorted(run.glob("cells/*/journal.jsonl"))


def phases(journal: Path) -> dict[str, float]:
    """Seconds by phase; phases that ran more than once are added up."""
    seconds: dict[str, float] = {}
    for event in read(journal):
        if event["event"] == "phase.finished":
            seconds[event["phase"]] = seconds.get(event["phase"], 0.0) + event["seconds"]
    return seconds


def wall(journal: Path) -> float:
    """Seconds from a journal's first event to its last."""
    events = list(read(journal))
    return at(events[-1]) - at(events[0])


def to_page(journal: Path) -> float:
    """Seconds from the start of the deployment to the moment the engine had seen the page.

    Raises:
        SystemExit: the cell did not deploy, so there is nothing to measure.
    """
    started = None
    for event in read(journal):
        if event["event"] == "phase.started" and event["phase"] == "deploy":
            started = at(event)
        if event["event"] == "deployment.made" and started is not None:
            return at(event) - started
    raise SystemExit(f"{journal}: no deployment was made; nothing to measure")


def to_all_answers(journal: Path) -> float:
    """Seconds from the start of the deployment until the last endpoint had answered for the first time.

    Raises:
        SystemExit: not every endpoint answered, so there is nothing to measure.
    """
    started, endpoints, answered = 0.0, 0, []
    for event in read(journal):
        match event["event"]:
            case "phase.started" if event["phase"] == "deploy":
                started = at(event)
            case "deployment.made":
                endpoints = len(event["deployment"]["endpoints"])
            case "ladder" if event["rung"] == "application":
                answered.append(at(event))
    if not endpoints or len(answered) < endpoints:
        raise SystemExit(f"{journal}: {len(answered)} of {endpoints} endpoints answered; nothing to measure")
    return max(answered) - started


def own_seconds(run: Path) -> float:
    """The run's wall time less the phases of :data:`APART`, for a run of one cell."""
    (cell,) = cells(run)
    apart = phases(cell)
    return wall(run / "journal.jsonl") - sum(apart.get(phase, 0.0) for phase in APART)
