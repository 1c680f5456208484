"""What is no pass can be followed into the journal, event by event."""

from __future__ import annotations

import json
from pathlib import Path

from harness.report.reading import read_run


def test_the_events_behind_a_failure_are_the_subjects_climb_the_begin_and_the_outcome(troubled: Path) -> None:
    (bad,) = read_run(troubled).cells_of("lampstack", "bad")
    events = bad.traces["initialisation.ssh-key", "database"]
    assert [each.kind for each in events] == ["outcome"]
    assert events[0].text == "initialisation.ssh-key on database: fail"


def test_numbers_are_those_of_the_journal(troubled: Path) -> None:
    run = read_run(troubled)
    for cell in run.cells:
        if not cell.traces:
            continue
        lines = (troubled / "cells" / cell.id / "journal.jsonl").read_text().splitlines()
        for events in cell.traces.values():
            assert [json.loads(lines[each.number - 1])["event"] for each in events] == [each.kind for each in events]
            assert [json.loads(lines[each.number - 1])["at"] for each in events] == [each.at for each in events]


def test_how_far_a_server_had_climbed_stands_before(troubled: Path) -> None:
    journal = troubled / "cells" / "bad.lampstack" / "journal.jsonl"
    lines = journal.read_text().splitlines()
    failed = next(number for number, line in enumerate(lines) if '"verdict": "fail"' in line)
    at = json.loads(lines[failed])["at"]
    before = [
        {"at": at, "event": "ladder", "subject": "database", "rung": "active", "seconds": 4.5},
        {"at": at, "event": "check.started", "check": "initialisation.ssh-key", "subject": "database"},
    ]
    journal.write_text("\n".join([*lines[:failed], *map(json.dumps, before), *lines[failed:]]) + "\n")
    (bad,) = read_run(troubled).cells_of("lampstack", "bad")
    events = bad.traces["initialisation.ssh-key", "database"]
    assert [each.kind for each in events] == ["ladder", "check.started", "outcome"]
    assert events[0].text == "database reached active after 4.5 s"
    assert events[0].clock.count(":") == 2


def test_a_pass_needs_no_trace(pair: Path) -> None:
    assert all(not cell.traces for cell in read_run(pair).cells)
