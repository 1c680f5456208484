import io
from typing import Any

import pytest
from rich.console import Console

from harness.lanes import Lanes, Lines, words
from harness.model import Outcome, Verdict, to_json
from tests.unit.rounds.plans import cell_plan

CELL = cell_plan()


def outcome(verdict: Verdict, reason: str = "") -> dict[str, Any]:
    made = Outcome("acme.pair", "acme", "pair", 1, "web", "egress.package", "egress", "steady", verdict, reason)
    return {"event": "outcome", "outcome": to_json(made)}


def task(name: str, status: str, host: str = "localhost", **more: Any) -> dict[str, Any]:
    return {"event": "engine.task", "name": name, "host": host, "status": status, **more}


def finished(status: str, **more: Any) -> dict[str, Any]:
    return {"event": "cell.finished", "status": status, "exit_code": 0, "kind": "", "error": "", "mend": "", "kept": False, **more}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"event": "phase.started", "phase": "deploy"}, "deploying"),
        (task("Server", "started", "web-1"), "Server [web-1]"),
        (task("Server", "ok"), ""),
        (task("Server", "failed", message="no room"), "Server: failed: no room"),
        (outcome(Verdict.PASS), ""),
        (outcome(Verdict.NOT_RUN), ""),
        (outcome(Verdict.FAIL, "no answer"), "egress.package on web: fail: no answer"),
        ({"event": "leftovers", "ours": [{"kind": "port", "id": "1", "name": ""}]}, "left behind: port 1"),
        ({"event": "leftovers", "ours": []}, ""),
        ({"event": "note", "text": "slow"}, "slow"),
        (finished("refused", error="wrong password", mend="correct it"), "refused: wrong password\n  mend: correct it"),
        (finished("done", kept=True), "done; what it made is kept"),
        ({"event": "inventory.taken", "when": "before", "resources": []}, ""),
    ],
)
def test_an_event_is_worth_a_line_or_none(event: dict[str, Any], text: str) -> None:
    assert words(event) == text


def lines(*events: dict[str, Any]) -> list[str]:
    console = Console(file=io.StringIO(), width=60)
    shown = Lines(console)
    for event in events:
        shown.event(CELL, event)
    assert isinstance(console.file, io.StringIO)
    return [line.partition("s  ")[2] for line in console.file.getvalue().splitlines()]


def test_plain_lines_name_the_cell_and_are_not_broken() -> None:
    text = "a task whose name is much longer than the sixty columns that the console has"
    assert lines(task(text, "started")) == [f"acme.pair: {text}"]


def test_a_task_on_several_hosts_is_told_once() -> None:
    assert lines(task("Install", "started", "web-1"), task("Install", "started", "web-2")) == ["acme.pair: Install"]


def test_what_passed_is_counted() -> None:
    done = {"event": "phase.finished", "phase": "checks", "seconds": 1, "ok": True}
    assert lines(outcome(Verdict.PASS), outcome(Verdict.PASS), outcome(Verdict.FAIL, "x"), done)[-1] == "acme.pair: 2 outcomes passed"


REFUSED = finished("refused", error="wrong password", mend="correct it")


def test_what_a_clouds_cells_are_refused_for_is_said_once() -> None:
    console = Console(file=io.StringIO(), width=60)
    shown = Lines(console)
    for cell in (CELL, cell_plan(attempt=2), cell_plan("other")):
        shown.event(cell, REFUSED)
    assert isinstance(console.file, io.StringIO)
    assert [line.partition("s  ")[2] or line for line in console.file.getvalue().splitlines()] == [
        "acme.pair: refused: wrong password",
        "  mend: correct it",
        "acme.pair.2: refused, as acme.pair was",
        "other.pair: refused: wrong password",
        "  mend: correct it",
    ]


def test_above_the_lanes_it_is_said_once_too() -> None:
    console, file = terminal()
    with Lanes(console, ["acme"]) as lanes:
        lanes.event(CELL, REFUSED)
        lanes.event(cell_plan(attempt=2), REFUSED)
    assert file.getvalue().count("wrong password") == 1
    assert "acme.pair.2: refused, as acme.pair was" in file.getvalue()


def terminal() -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=100, force_terminal=True, color_system=None, _environ={"TERM": "xterm"}), file


def test_each_cloud_has_a_lane_with_what_it_does() -> None:
    console, _ = terminal()
    lanes = Lanes(console, ["acme", "other"])
    for event in (
        {"event": "cell.started"},
        {"event": "phase.started", "phase": "checks"},
        outcome(Verdict.PASS),
        outcome(Verdict.QUOTA, "x"),
    ):
        lanes.event(CELL, event)
    lanes.event(CELL, {"event": "check.started", "check": "boot.active", "subject": "web"})
    with console.capture() as drawn:
        console.print(lanes)
    acme, other = drawn.get().splitlines()[:2]
    assert acme.split() == ["acme.pair", "0:00", "checking", "1", "pass", "1", "other", "boot.active", "[web]"]
    assert other.split() == ["other", "0:00", "waiting"]


def test_a_lane_ends_with_its_cell_and_its_clock_stands() -> None:
    console, _ = terminal()
    lanes = Lanes(console, ["acme"])
    lanes.event(CELL, {"event": "cell.started"})
    lanes.event(CELL, finished("failed", error="the playbook failed"))
    with console.capture() as drawn:
        console.print(lanes)
    assert drawn.get().split() == ["acme.pair", "0:00", "failed"]


def test_what_must_not_be_missed_stands_above_the_lanes() -> None:
    console, file = terminal()
    with Lanes(console, ["acme"]) as lanes:
        lanes.event(CELL, outcome(Verdict.FAIL, "no answer"))
        lanes.say("stopping")
    assert "acme.pair: egress.package on web: fail: no answer" in file.getvalue()
    assert "stopping" in file.getvalue()


def test_a_long_detail_is_cut_and_not_wrapped() -> None:
    console, _ = terminal()
    lanes = Lanes(console, ["acme"])
    lanes.event(CELL, task("x" * 300, "started"))
    with console.capture() as drawn:
        console.print(lanes)
    assert len(drawn.get().splitlines()) == 1
