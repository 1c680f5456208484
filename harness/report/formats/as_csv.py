"""``outcomes.csv``: every outcome, one a line, for a spreadsheet; RFC 4180, UTF-8.

A text that a spreadsheet would take for a formula begins with an apostrophe here, as OWASP's page on CSV injection advises.
"""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

from harness.model import Json, Outcome
from harness.report.record import Run
from harness.report.words import Standing, judged

FILE = "outcomes.csv"

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t")
_ABOUT = ("cloud", "workload", "attempt", "cell", "subject", "check", "facet", "phase", "verdict", "standing")
_TEXTS = (*_ABOUT, "reason", "expected", "seen", "because", "blame", "request_id", "next_step")


def render(run: Run) -> str:
    """The outcomes as CSV, cell by cell, in the order in which they were recorded."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(["run", *_TEXTS, "waivers", "seconds", "observations"])
    for cell in run.cells:
        for outcome, standing in judged(cell.outcomes):
            writer.writerow([_text(run.id), *_row(run, outcome, standing)])
    return file.getvalue()


def _row(run: Run, outcome: Outcome, standing: Standing) -> list[str]:
    known: dict[str, Any] = {**vars(outcome), "standing": standing.value, "verdict": outcome.verdict.value}
    waived = run.waived(outcome.check, outcome.cloud) if standing is not Standing.HOLDS else ()
    waivers = "; ".join(each.words(run.day) for each in waived)
    observed: dict[str, Json] = {each.name: each.value for each in outcome.observations}
    return [
        *(_text(str(known[name])) for name in _TEXTS),
        _text(waivers),
        f"{outcome.seconds:.3f}",
        json.dumps(observed, ensure_ascii=False),
    ]


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
