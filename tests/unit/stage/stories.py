"""Rounds for the wallboard, as the journal's own writer records them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.journal import Journal
from harness.model import LADDER, CheckInfo, Outcome, Verdict, to_json
from harness.stage.board import Board, after

PNG = b"\x89PNG\r\n\x1a\n and the rest of it"


def started(*clouds: str, must_have: tuple[str, ...] = ("application.page",), **more: Any) -> dict[str, Any]:
    """The first event of a round of the workload ``stack``."""
    checks = ("boot.active", "egress.dns", "application.page")
    return {
        "event": "run.started",
        "schema": 1,
        "run": "r-1",
        "scenario": {"name": "s", "title": "A round", "participants": {}},
        "workloads": [{"name": "stack", "title": "Stack", "digest": "d", "must_have": list(must_have)}],
        "clouds": list(clouds),
        "versions": {},
        "catalogue": [to_json(CheckInfo(each, "f", "steady", (), "", each, "", "", "")) for each in checks],
        **more,
    }


def begins(cell: str, cloud: str, workload: str = "stack") -> dict[str, Any]:
    """The first event of a cell."""
    return {"event": "cell.started", "schema": 1, "cell": cell, "cloud": cloud, "workload": workload, "engine": "ansible", "attempt": 1}


def rung(subject: str, name: str, seconds: Any) -> dict[str, Any]:
    """A server reaches a rung."""
    return {"event": "ladder", "subject": subject, "rung": name, "seconds": seconds}


def outcome(check: str, verdict: str = "pass", subject: str = "web", **more: Any) -> dict[str, Any]:
    """What a check came to."""
    made = to_json(Outcome("acme.stack", "acme", "stack", 1, subject, check, "f", "steady", Verdict.PASS, **more))
    return {"event": "outcome", "outcome": {**made, "verdict": verdict}}


def deployed(*urls: str) -> dict[str, Any]:
    """The engine is through."""
    endpoints = [{"name": "page", "url": each} for each in urls]
    return {
        "event": "deployment.made",
        "deployment": {"servers": [], "endpoints": endpoints, "branches": {}, "private_key": "", "seconds": 1},
    }


def ends(status: str = "done", **more: Any) -> dict[str, Any]:
    """The last event of a cell."""
    return {"event": "cell.finished", "status": status, "kind": "", "error": "", "mend": "", "exit_code": 0, "kept": False, **more}


def told(*events: Any, cloud: str = "acme", first: dict[str, Any] | None = None) -> Board:
    """The board of a round on ``cloud`` whose only cell tells ``events``, one a second."""
    board = after(Board(), 0.0, "", first or started(cloud))
    for second, event in enumerate((begins(f"{cloud}.stack", cloud), *events), 1):
        board = after(board, float(second), f"{cloud}.stack", event)
    return board


def write_round(folder: Path, *clouds: str, end: bool = True) -> Path:
    """A recorded round: each cloud climbs, answers and ends; returns ``folder``."""
    journal = Journal(folder / "journal.jsonl")
    first = started(*clouds)
    journal.write(**first)
    for cloud in clouds:
        journal.write("cell.planned", cell=f"{cloud}.stack", cloud=cloud, workload="stack")
        cell = Journal(folder / "cells" / f"{cloud}.stack" / "journal.jsonl")
        climb = [rung("web", each, float(second)) for second, each in enumerate(LADDER)]
        for event in (begins(f"{cloud}.stack", cloud), deployed("http://203.0.113.7/"), *climb, outcome("application.page"), ends()):
            cell.write(**event)
        cell.close()
    if end:
        journal.write("run.finished", exit_code=0, reasons=[])
    journal.close()
    return folder
