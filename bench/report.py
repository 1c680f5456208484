"""How long ``report.html`` takes to write and how large it is, for 20 clouds × 200 checks.

A recorded round is multiplied for that: its two clouds take turns, its checks are repeated under further names, and one outcome in
seventeen is made a failure, so that there is something to lose. No figure of a cloud comes from here.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.report import read_run
from harness.report.formats import as_html

SAMPLE = Path("tests/unit/recorded")
_ONE_FAILS_OF = 17


def report_figures() -> dict[str, float]:
    """Seconds from a run that was read to its ``report.html`` on the disk, scores included, and its size in MB."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = multiplied(Path(scratch), clouds=20, checks=200)
        run = read_run(folder)
        since = time.monotonic()
        (folder / as_html.FILE).write_text(as_html.render(run), encoding="utf-8")
        seconds = time.monotonic() - since
        return {"report_write_s": seconds, "report_mb": (folder / as_html.FILE).stat().st_size / 1e6}


def multiplied(folder: Path, clouds: int, checks: int, sample: Path = SAMPLE) -> Path:
    """Write the journals of a round that is ``sample``, so many times, into ``folder``; returns it."""
    round_, cells = _events(sample / "journal.jsonl"), [_events(each) for each in sorted(sample.glob("cells/*/journal.jsonl"))]
    started = next(each for each in round_ if each["event"] == "run.started")
    names = [f"cloud-{number:02}" for number in range(1, clouds + 1)]
    given = list(started["scenario"]["participants"].values())
    catalogue = list(_repeated(started["catalogue"], checks))
    started["scenario"]["participants"] = {name: given[number % len(given)] for number, name in enumerate(names)}
    started |= {"clouds": names, "catalogue": catalogue}
    workload = started["workloads"][0]["name"]
    planned = [
        {"at": started["at"], "event": "cell.planned", "cell": f"{name}.{workload}", "cloud": name, "workload": workload} for name in names
    ]
    _write(folder / "journal.jsonl", [started, *planned, round_[-1]])
    listed = {each["id"] for each in catalogue}
    for number, name in enumerate(names):
        events = _of_cloud(cells[number % len(cells)], number, name, workload, listed)
        _write(folder / "cells" / f"{name}.{workload}" / "journal.jsonl", events)
    return folder


def _repeated(catalogue: list[dict[str, Any]], checks: int) -> Iterator[dict[str, Any]]:
    for number in range(checks):
        turn, check = divmod(number, len(catalogue))
        known = catalogue[check]
        yield {**known, "id": _turned(known["id"], turn), "needs": [_turned(each, turn) for each in known["needs"]]}


def _turned(check: str, turn: int) -> str:
    return f"{check}-{turn}" if turn else check


def _of_cloud(events: list[dict[str, Any]], number: int, name: str, workload: str, listed: set[str]) -> Iterator[dict[str, Any]]:
    about = {"cell": f"{name}.{workload}", "cloud": name}
    for event in events:
        if event["event"] not in ("outcome", "check.started"):
            yield {**event, **{key: value for key, value in about.items() if key in event}}
            continue
        for turn in range(len(listed)):
            check = _turned(event["check"] if event["event"] == "check.started" else event["outcome"]["check"], turn)
            if check not in listed:
                break
            if event["event"] == "check.started":
                yield {**event, "check": check}
            else:
                yield {**event, "outcome": {**event["outcome"], **about, "check": check, **_verdict(number, turn, event["outcome"])}}


def _verdict(number: int, turn: int, outcome: dict[str, Any]) -> dict[str, Any]:
    """A failure now and then, the same ones each time; never where the workload would not run at all."""
    if turn and (number * 7 + turn * 5 + len(outcome["check"])) % _ONE_FAILS_OF == 0:
        return {"verdict": "fail", "reason": "made to fail for a measurement", "expected": "a pass", "seen": "a failure", "evidence": []}
    return {}


def _events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(path: Path, events: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in events), encoding="utf-8")
