"""``report.json``: everything that is recorded and everything that is concluded, for programs.

Its shape is ``report.schema.json`` beside this module; ``schema`` is that shape's version.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from harness.model import to_json
from harness.report import comparison_data
from harness.report.blame import blames, unknowns
from harness.report.headline import headline, ran
from harness.report.inequality import branches, inputs
from harness.report.matrix import Row, Table, tables
from harness.report.moving import moving
from harness.report.record import Cell, Run
from harness.report.requirement import Requirement, requirements
from harness.report.summary import summaries
from harness.report.words import judged

FILE = "report.json"
SCHEMA = 1
"""Goes up when a key goes away or changes its meaning; new keys may come at any time."""


def render(run: Run) -> str:
    """The report as JSON, keys in a fixed order."""
    return json.dumps(document(run), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of what :func:`render` writes."""
    text = files("harness.report.formats").joinpath("report.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def document(run: Run) -> dict[str, Any]:
    """The report as plain data."""
    found = tables(run)
    return {
        "schema": SCHEMA,
        "sentence": headline(run),
        "run": _run(run),
        "requirements": [_requirement(each) for each in requirements(run)],
        "waivers": [{**to_json(each), "expired": each.expires < run.day} for each in run.waivers],
        "clouds": [_cloud(run, name, found) for name in run.clouds],
        "workloads": [_workload(run, table) for table in found],
        "catalogue": {
            "digest": run.catalogue_digest,
            "checks": [{**to_json(each), "listed": each.id not in run.unlisted} for each in run.catalogue],
        },
        "cells": [_cell(each) for each in run.cells],
        "outcomes": [{**to_json(each), "standing": says} for cell in run.cells for each, says in judged(cell.outcomes)],
        "matrix": [{"workload": table.workload.name, "rows": [_row(each) for each in table.rows]} for table in found],
        "blame": [to_json(each) for each in blames(run)],
        "unknown": [to_json(each) for each in unknowns(run)],
        "inputs": _inputs(run),
        "branches": _branches(run),
        "comparisons": [comparison_data.document(each) for each in moving(run).comparisons],
        "leftovers": [_owned(cell, each) for cell in run.cells for each in cell.leftovers],
        "strangers": [
            {**_owned(cell, each), "what": what}
            for cell in run.cells
            for what, resources in (("made", cell.strangers_made), ("gone", cell.strangers_gone))
            for each in resources
        ],
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "scenario": run.scenario,
        "title": run.title,
        "scenario_digest": run.scenario_digest,
        "require": to_json(run.require),
        "started": run.started,
        "finished": run.finished or None,
        "exit_code": run.exit_code,
        "reasons": list(run.reasons),
        "versions": run.versions,
        "lacks": list(run.lacks),
    }


def _requirement(required: Requirement) -> dict[str, Any]:
    clouds = [{**to_json(each), "met": each.met, "sentence": each.sentence} for each in required.clouds]
    return {**to_json(required), "met": required.met, "clouds": clouds}


def _cloud(run: Run, name: str, found: tuple[Table, ...]) -> dict[str, Any]:
    """A cloud as its participant, and by workload what became of it there."""
    lines = {table.workload.name: each for table in found for each in summaries(run, table) if each.participant.name == name}
    became = {
        workload: {
            "state": each.state,
            "standing": each.standing,
            "reason": each.reason,
            "mend": each.mend,
            "ran": ran(run, workload, name),
            "counts": {says.value: number for says, number in sorted(each.counts.items())},
        }
        for workload, each in lines.items()
    }
    return {**to_json(run.participant(name)), "workloads": became}


def _workload(run: Run, table: Table) -> dict[str, Any]:
    name = table.workload.name
    digests = sorted({each.digest for each in run.cells if each.workload == name and each.digest})
    running = [each for each in table.clouds if ran(run, name, each)]
    return {**to_json(table.workload), "digests_seen": digests, "unchanged": len(digests) < 2, "ran_on": running}


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "id": cell.id,
        "cloud": cell.cloud,
        "workload": cell.workload,
        "attempt": cell.attempt,
        "digest": cell.digest,
        "engine": cell.engine,
        "tools": [to_json(each) for each in cell.tools],
        "mark": cell.mark,
        "global_request_id": cell.global_request_id,
        "status": cell.status,
        "kind": cell.kind,
        "error": cell.error,
        "mend": cell.mend,
        "exit_code": cell.exit_code,
        "kept": cell.kept,
        "facts": to_json(cell.facts) if cell.facts else None,
        "servers": [to_json(each) for each in cell.deployment.servers] if cell.deployment else [],
        "endpoints": [to_json(each) for each in cell.deployment.endpoints] if cell.deployment else [],
        "phases": [to_json(each) for each in cell.phases],
        "ladder": [to_json(each) for each in cell.ladder],
        "failed_tasks": list(cell.failed_tasks),
        "cleanup_proven": cell.cleanup_proven,
        "notes": list(cell.notes),
        "lacks": list(cell.lacks),
    }


def _row(row: Row) -> dict[str, Any]:
    squares = [
        {"cloud": each.cloud, "verdict": each.verdict, "standing": each.standing, "text": each.said(), "reason": each.reason}
        for each in row.squares
    ]
    return {"check": row.check.id, "group": row.group, "differing": sorted(row.differing), "squares": squares}


def _inputs(run: Run) -> list[dict[str, Any]]:
    compared = {(each.workload, each.name): each for each in inputs(run)}
    found = []
    for cell in run.cells:
        for each in cell.inputs:
            other = compared[cell.workload, each.name]
            likeness = {"likeness": other.likeness, "flagged": other.flagged, "differing": list(other.differing)}
            found.append({**_place(cell), **to_json(each), **likeness})
    return found


def _branches(run: Run) -> list[dict[str, Any]]:
    differing = {(each.workload, each.name) for each in branches(run) if each.differs}
    return [
        {**_place(cell), "name": name, "value": value, "differs": (cell.workload, name) in differing}
        for cell in run.cells
        for name, value in cell.branches.items()
    ]


def _owned(cell: Cell, resource: Any) -> dict[str, Any]:
    return {**_place(cell), **to_json(resource), "kept": cell.kept}


def _place(cell: Cell) -> dict[str, Any]:
    return {"cell": cell.id, "cloud": cell.cloud, "workload": cell.workload, "attempt": cell.attempt}
