"""Journals become one value; what a cut journal lacks is named, and what is impossible is refused by file and event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import JournalError
from harness.journal import SCHEMA
from harness.model import Verdict
from harness.report.matrix import tables
from harness.report.reading import read_run
from harness.report.record import Cell, Status

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def cell(folder: Path, name: str) -> Cell:
    return next(each for each in read_run(folder).cells if each.id == name)


def test_a_whole_run_lacks_nothing(pair: Path) -> None:
    run = read_run(pair)
    assert (run.clouds, run.exit_code, run.gaps()) == (("lab1", "lab2"), 0, ())
    assert [each.status for each in run.cells] == [Status.DONE, Status.DONE]
    assert run.participant("lab2").description == "Lab · provider network · 2026.2"
    assert {each.cleanup_proven for each in run.cells} == {True}
    assert len(list(run.outcomes())) == 2 * (19 * 4 + 3 + 2)


def test_a_refused_cell_keeps_its_reason(troubled: Path) -> None:
    refused = cell(troubled, "shut.lampstack")
    assert (refused.status, refused.error, refused.kind) == (Status.REFUSED, "the password is wrong", "CloudConfigError")


def test_a_cut_journal_says_what_it_lacks(troubled: Path) -> None:
    cut = cell(troubled, "cut.lampstack")
    assert cut.status is Status.CUT
    assert cut.lacks == (
        "the journal ends before the cell does",
        "checks was under way",
        "boot.console was running on balancer",
        "no inventory after the run: clean-up is not proven",
    )
    assert [each.check for each in cut.outcomes] == ["boot.active"]


def test_a_cell_that_was_only_planned_never_started(troubled: Path) -> None:
    assert cell(troubled, "late.lampstack").status is Status.NEVER_STARTED


def test_a_round_without_an_end_has_no_exit_code(troubled: Path) -> None:
    run = read_run(troubled)
    assert run.exit_code is None
    assert "its exit code is unknown" in run.lacks[0]


def test_the_later_of_two_outcomes_stands(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    each = run.cell("a")
    each.outcome("boot.active", Verdict.FAIL, "web-1")
    each.outcome("boot.active", Verdict.PASS, "web-1")
    each.finish()
    assert [each.verdict for each in read_run(run.finish()).outcomes()] == [Verdict.PASS]


@pytest.mark.parametrize("seconds", [-1, "soon", None, True, float("nan"), float("inf")])
def test_a_time_that_is_none_is_no_rung_and_is_named(recorder: MakeRecorder, seconds: Any) -> None:
    run = recorder(["a"])
    each = run.cell("a")
    each.ladder("web-1", active=seconds, console=3)
    each.finish()
    read = cell(run.finish(), "a.lampstack")
    assert [(rung.rung, rung.seconds) for rung in read.ladder] == [("console", 3.0)]
    assert "a time that is none" in read.lacks[0]


def test_a_rung_that_no_ladder_has_is_named(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    each = run.cell("a")
    each.ladder("web-1", roof=3)
    each.finish()
    assert cell(run.finish(), "a.lampstack").lacks == ("a rung that no ladder has: roof of web-1",)


def test_a_phase_that_comes_twice_is_timed_twice(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    each = run.cell("a")
    for seconds in (0.5, 0.25):
        each.write("phase.started", phase="inventory")
        each.write("phase.finished", phase="inventory", seconds=seconds, ok=True)
    each.finish()
    assert [time.seconds for time in cell(run.finish(), "a.lampstack").phases] == [0.5, 0.25]


def test_a_phase_that_ends_without_a_beginning_is_refused(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    run.cell("a").write("phase.finished", phase="deploy", seconds=1, ok=True)
    with pytest.raises(JournalError, match=r"event 2 \(phase\.finished\)"):
        read_run(run.folder)


def test_a_check_outside_the_catalogue_is_kept_and_marked(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    each = run.cell("a")
    each.outcome("mine.own", subject="cloud")
    each.finish()
    read = read_run(run.finish())
    assert read.unlisted == {"mine.own"}
    assert read.catalogue[-1].title.startswith("not in the catalogue")


def test_a_cell_without_a_plan_is_read_too(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    run.cell("a").finish()
    folder = run.finish()
    lines = (folder / "journal.jsonl").read_text().splitlines()
    (folder / "journal.jsonl").write_text("\n".join(each for each in lines if "cell.planned" not in each) + "\n")
    assert [each.id for each in read_run(folder).cells] == ["a.lampstack"]


def test_an_empty_cell_journal_counts_as_never_started(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    path = run.folder / "cells" / run.plan("a") / "journal.jsonl"
    path.parent.mkdir(parents=True)
    path.touch()
    assert cell(run.finish(), "a.lampstack").status is Status.NEVER_STARTED


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ({"event": "outcome", "outcome": {"check": "x"}}, r"event 2 \(outcome\): lacks 'verdict'"),
        ({"event": "outcome", "outcome": {"verdict": "splendid"}}, "'splendid' is not a valid Verdict"),
        ({"event": "cell.finished", "status": "eaten"}, "'eaten' is not a valid Status"),
        ({"event": "facts.found", "facts": []}, r"event 2 \(facts.found\)"),
        ({"event": "deployment.made", "deployment": {"servers": 5}}, r"event 2 \(deployment.made\)"),
    ],
)
def test_an_impossible_event_is_refused_by_file_and_number(recorder: MakeRecorder, event: dict[str, Any], problem: str) -> None:
    run = recorder(["a"])
    each = run.cell("a")
    with each.path.open("a") as file:
        file.write(json.dumps({"at": "x", **event}) + "\n")
    with pytest.raises(JournalError, match=problem) as refusal:
        read_run(run.folder)
    assert str(each.path) in str(refusal.value)


def test_events_before_the_cell_began_are_refused(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    path = run.folder / "cells" / "b.lampstack" / "journal.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"at": "x", "event": "cell.finished", "status": "done"}) + "\n")
    with pytest.raises(JournalError, match=r"comes before cell\.started"):
        read_run(run.folder)


def test_a_journal_of_a_newer_format_is_refused(pair: Path) -> None:
    path = pair / "journal.jsonl"
    path.write_text(path.read_text().replace('"schema": 1', f'"schema": {SCHEMA + 1}'))
    with pytest.raises(JournalError, match="newer version"):
        read_run(pair)


def test_a_run_that_does_not_say_its_name_has_its_folders_cleaned(recorder: MakeRecorder) -> None:
    folder = recorder(["a"], name="evil\x1b[31m").finish()
    (folder / "journal.jsonl").write_text((folder / "journal.jsonl").read_text().replace('"run": "evil', '"ran": "evil'))
    assert read_run(folder).id == "evil␛[31m"


def test_an_outcome_without_a_time_is_named(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    each = run.cell("a")
    each.outcome("boot.active", subject="web-1")
    each.finish()
    each.path.write_text(each.path.read_text().replace(', "seconds": 0.0', ""))
    assert cell(run.finish(), "a.lampstack").lacks == ("a time that is none: None for boot.active on web-1",)


def test_two_clouds_of_one_name_are_refused(recorder: MakeRecorder) -> None:
    with pytest.raises(JournalError, match="names a cloud twice"):
        read_run(recorder(["a", "a"]).finish())


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"journal\.jsonl: cannot be read"):
        read_run(tmp_path)


def test_an_empty_round_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").touch()
    with pytest.raises(JournalError, match="ends before the run began"):
        read_run(tmp_path)


def test_the_catalogues_digest_depends_on_every_check_and_on_no_order(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    checks = run.catalogue
    turned = recorder(["a"], name="turned", catalogue=tuple(reversed(checks)))
    fewer = recorder(["a"], name="fewer", catalogue=checks[1:])
    digests = [read_run(each.finish()).catalogue_digest for each in (run, turned, fewer)]
    assert digests[0] == digests[1] != digests[2]


def test_what_the_scenario_left_out_is_no_part_of_the_matrix_and_is_said_in_one_line(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    checks = run.catalogue
    found = read_run(recorder(["a"], name="narrow", catalogue=checks[:3], left_out=checks[3:]).finish())
    assert (found.catalogue, found.left_out) == (checks[:3], checks[3:])
    assert found.notes() == ("the scenario leaves out 21 of 24 checks: they are unknown",)
    assert [len(each.rows) for each in tables(found)] == [3]


def test_a_check_that_is_listed_and_left_out_is_refused(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    twice = recorder(["a"], name="twice", left_out=run.catalogue[:1])
    with pytest.raises(JournalError, match="names a check twice"):
        read_run(twice.finish())
