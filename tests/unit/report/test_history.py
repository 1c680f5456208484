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
from harness.score import newest
from harness.score.datafiles import shipped
from tests.unit.report.conftest import MACHINES, MakeRecorder
from tests.unit.report.test_comparison import CHECKS, failed_at_once, whole, without_console, without_must_haves

OTHER_KIND = {**MACHINES, "servers": "system container"}


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


def test_a_run_with_an_attempt_that_did_not_tell_is_unproven(recorder: MakeRecorder) -> None:
    first, second, bad = runs(recorder, whole, failed_at_once, without_console)
    both = replace(first, id="both", cells=(*first.cells, replace(second.cells[0], id="a.lampstack.2", attempt=2)))
    (found,) = history([first, both, bad], "a")
    assert [each.runs for each in found.stages] == [True, None, False]


def test_a_run_of_a_workload_without_must_haves_that_was_not_deployed_is_unproven(recorder: MakeRecorder) -> None:
    (found,) = history([without_must_haves(each) for each in runs(recorder, whole, failed_at_once)], "a")
    assert [each.runs for each in found.stages] == [True, None]


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
    (found,) = history(runs(recorder, whole, lambda cell: whole(cell, 600.0), participants={"a": OTHER_KIND}), "a")
    assert found.stages[1].changes == ()
    assert any("another kind of server" in each for each in found.stages[1].remarks)


@pytest.mark.parametrize(("key", "value"), [("vendor", "Other"), ("region", "Us-2")])
def test_another_cloud_of_the_same_name_is_not_set_beside_it(recorder: MakeRecorder, key: str, value: str) -> None:
    (found,) = history(runs(recorder, whole, without_console, whole, participants={"a": {**MACHINES, key: value}}), "a")
    assert [stage.changes for stage in found.stages] == [(), (), ()]
    remark = f"another cloud of this name ({key}: {MACHINES[key]}, {value}): not set beside earlier runs"
    assert [remark in stage.remarks for stage in found.stages] == [False, True, False]


def test_a_cloud_at_another_address_of_its_identity_service_is_another_cloud(recorder: MakeRecorder) -> None:
    first, second = runs(recorder, whole, without_console)
    (cell,) = second.cells
    assert cell.facts
    moved = [replace(first, cells=tuple(_identity(each, "https://one.example/v3") for each in first.cells))]
    moved.append(replace(second, cells=(_identity(cell, "https://two.example/v3"),)))
    (found,) = history(moved, "a")
    assert found.stages[1].changes == ()
    assert any("identity: https://one.example/v3, https://two.example/v3" in each for each in found.stages[1].remarks)


def _identity(cell: Any, url: str) -> Any:
    return replace(cell, facts=replace(cell.facts, services={"identity": url}))


def test_a_cloud_with_a_new_release_is_the_same_cloud_and_the_release_is_said(recorder: MakeRecorder) -> None:
    (found,) = history(runs(recorder, whole, without_console, participants={"a": {**MACHINES, "release": "2026.2"}}), "a")
    assert found.stages[1].changes
    assert "another release than before (2025.1, 2026.2)" in found.stages[1].remarks


def test_runs_weighed_with_other_data_files_say_so_and_with_which(recorder: MakeRecorder) -> None:
    older = next(digest for digest, (kind, number, *_) in shipped().items() if (kind, number) == ("memberships", 1))
    (found,) = history(runs(recorder, whole, whole, score_files={**newest(), "memberships": older}), "a")
    says = f"weighed with other data files (memberships) than run {found.stages[0].run}: what holds is not to be set beside it"
    assert [says in each.remarks for each in found.stages] == [False, True]
    assert [each.constants.files["memberships"] for each in found.stages] == ["memberships-2.yaml", "memberships-1.yaml"]


def test_almost_all_attempts_are_not_all(recorder: MakeRecorder) -> None:
    def one_of_two_hundred(run: Any) -> Any:
        cells = [replace(run.cells[0], id=f"a.{number}", attempt=number) for number in range(1, 200)]
        return replace(run, cells=(*cells, replace(bad.cells[0], id="a.200", attempt=200)))

    good, bad = runs(recorder, whole, without_console)
    (found,) = history([good, replace(one_of_two_hundred(good), id="another")], "a")
    assert ("boot.console", "held in 99.5 % of attempts") in [(each.name, each.after) for each in found.stages[1].changes]


def test_what_differs_between_other_clouds_is_no_remark_of_a_history(pair: Path) -> None:
    (found,) = history([read_run(pair)], "lab1")
    assert not [each for each in found.stages[0].remarks if "on all clouds" in each]


def test_a_run_named_twice_is_refused(pair: Path) -> None:
    run = read_run(pair)
    with pytest.raises(UsageError, match=f"run {run.id} is named twice"):
        history([run, run], "lab1")


def test_a_cloud_that_no_run_has_is_refused(pair: Path) -> None:
    with pytest.raises(UsageError, match="no run has the cloud nowhere") as refused:
        history([read_run(pair)], "nowhere")
    assert "lab1, lab2" in refused.value.mend
