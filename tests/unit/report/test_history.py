"""One cloud over several runs: fixed, broken, slower; what cannot be set beside each other is said, and not compared."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.model import Verdict
from harness.report.history import Turn, history
from harness.report.reading import read_run
from tests.unit.report.conftest import CONTAINERS, MACHINES, MakeRecorder
from tests.unit.report.test_comparison import CHECKS, whole, without_console


def runs(recorder: MakeRecorder, *tellings: Any, **second: Any) -> list[Any]:
    """A run for each of ``tellings``, all of the cloud ``a``; ``second`` are options of the second."""
    found = []
    for number, tell in enumerate(tellings):
        options = {"catalogue": CHECKS, "participants": {"a": MACHINES}, **(second if number == 1 else {})}
        digest = options.pop("digest", None)
        run = recorder(["a"], name=f"2026080{number + 1}-120000-ab12cd3{number}", **options)
        tell(run.cell("a", digest=digest) if digest else run.cell("a"))
        found.append(replace(read_run(run.finish()), started=f"2026-08-0{number + 1}T12:00:00.000+00:00"))
    return found


def test_what_broke_and_was_fixed_again(recorder: MakeRecorder) -> None:
    (found,) = history(runs(recorder, whole, without_console, whole), "a")
    first, second, third = found.stages
    assert (first.runs, second.runs, third.runs) == (True, False, True)
    assert first.changes == ()
    assert [(each.turn, each.name, each.after) for each in second.changes] == [
        (Turn.BROKEN, "boot.console", "did not hold"),
        (Turn.BROKEN, "application.page", "did not hold, because of boot.console"),
        (Turn.BROKEN, "application.post", "did not hold, because of boot.console"),
    ]
    assert [(each.turn, each.before, each.after) for each in third.changes] == [
        (Turn.FIXED, "did not hold", "held"),
        *[(Turn.FIXED, "did not hold, because of boot.console", "held")] * 2,
    ]
    assert (first.holds, second.holds) == (Fraction(1), Fraction(1, 4))


def test_runs_are_told_from_the_oldest_whatever_order_they_come_in(recorder: MakeRecorder) -> None:
    made = runs(recorder, whole, without_console)
    assert history(made, "a") == history(made[::-1], "a")


def test_a_page_that_takes_notably_longer_is_slower(recorder: MakeRecorder) -> None:
    def after(seconds: float) -> Any:
        return lambda cell: whole(cell, seconds)

    (found,) = history(runs(recorder, after(60.0), after(74.0), after(100.0), after(50.0)), "a")
    changes = [[(each.turn, each.before, each.after) for each in stage.changes] for stage in found.stages]
    assert changes == [[], [], [(Turn.SLOWER, "74.0 s", "100 s")], [(Turn.FASTER, "100 s", "50.0 s")]]


def test_what_is_unknown_is_neither_broken_nor_fixed(recorder: MakeRecorder) -> None:
    def shy(cell: Any) -> None:
        cell.facts()
        cell.deployed(address="floating")
        cell.outcomes(boot_console={"verdict": Verdict.QUOTA}, application_page={"observed": {"application.to_page,s": 60.0}})
        cell.finish()

    (found,) = history(runs(recorder, whole, shy, whole), "a")
    assert [stage.changes for stage in found.stages] == [(), (), ()]


def test_a_check_that_changed_is_not_set_beside_what_it_was(recorder: MakeRecorder) -> None:
    other = (CHECKS[0], replace(CHECKS[1], digest="99"), *CHECKS[2:])
    (found,) = history(runs(recorder, whole, without_console, catalogue=other), "a")
    assert "boot.console" not in {each.name for each in found.stages[1].changes}
    assert any("other checks than in run" in each and "boot.console" in each for each in found.stages[1].remarks)


def test_another_digest_of_the_workload_begins_anew(recorder: MakeRecorder) -> None:
    (found,) = history(runs(recorder, whole, without_console, digest="99" * 32), "a")
    assert found.stages[1].changes == ()
    assert any("another digest (999999999999)" in each for each in found.stages[1].remarks)


def test_times_of_another_kind_of_server_are_not_set_beside_each_other(recorder: MakeRecorder) -> None:
    (found,) = history(runs(recorder, whole, lambda cell: whole(cell, 600.0), participants={"a": CONTAINERS}), "a")
    assert found.stages[1].changes == ()
    assert any("another kind of server" in each for each in found.stages[1].remarks)


def test_a_cloud_that_no_run_has_is_refused(pair: Path) -> None:
    with pytest.raises(UsageError, match="no run has the cloud nowhere") as refused:
        history([read_run(pair)], "nowhere")
    assert "lab1, lab2" in refused.value.mend
