"""The root of a chain carries the blame; what follows is no failure, and what is unknown has a reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.model import Verdict
from harness.report.blame import blames, details, unknowns
from harness.report.reading import read_run

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def test_healthy_clouds_are_blamed_for_nothing(pair: Path) -> None:
    run = read_run(pair)
    assert (blames(run), unknowns(run)) == ((), ())


def test_the_root_is_blamed_and_its_consequences_are_listed(troubled: Path) -> None:
    (blame,) = blames(read_run(troubled))
    root, other = blame.roots
    assert (blame.cloud, root.check, root.facet, root.subjects) == ("bad", "initialisation.ssh-key", "initialisation", ("database",))
    assert "addresses.mtu" in root.consequences
    assert "boot.active" not in root.consequences
    assert "addresses.after-reboot" not in root.consequences
    assert (other.check, other.consequences) == ("egress.package", ())


def test_of_independent_failures_the_lowest_in_the_ladder_comes_first(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    for check in ("teardown.gone", "egress.names", "boot.console"):
        cell.outcome(check, Verdict.FAIL)
    cell.finish()
    (blame,) = blames(read_run(run.finish()))
    assert [each.check for each in blame.roots] == ["boot.console", "egress.names", "teardown.gone"]


def test_what_is_unknown_is_grouped_by_its_reason(troubled: Path) -> None:
    found = {(*each.clouds, each.why): each.checks for each in unknowns(read_run(troubled))}
    assert found["bad", "quota: no more reboots"] == ("lifecycle.soft-reboot",)
    assert found["bad", "not run: because of lifecycle.soft-reboot"] == ("addresses.after-reboot",)
    assert len(found["cut", "not run: the journal was cut off"]) == 23
    assert {key[0] for key in found} == {"bad", "cut"}


def test_clouds_with_the_same_unknowns_are_told_together(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    for cloud in ("a", "b"):
        cell = run.cell(cloud)
        cell.outcomes(security_groups_database={"verdict": Verdict.NOT_RUN, "reason": "no port to look at"})
        cell.finish()
    (found,) = unknowns(read_run(run.finish()))
    assert (found.clouds, found.why, found.checks) == (("a", "b"), "not run: no port to look at", ("security-groups.database",))


def test_what_an_unknown_kept_from_running_is_told_by_its_root(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    root = "initialisation.ssh-key"
    cell.outcome(root, Verdict.HARNESS_FAULT, reason="no way there")
    for check, because in (("egress.names", root), ("egress.package", "egress.names")):
        cell.outcome(check, Verdict.NOT_RUN, because=because, blame=root, reason=f"because of {because} (not-run)")
    cell.finish()
    found = {each.why: each.checks for each in unknowns(read_run(run.finish()))}
    assert found["harness fault: no way there"] == (root,)
    assert found["not run: because of initialisation.ssh-key"] == ("egress.names", "egress.package")


def test_a_reason_that_only_repeats_what_was_expected_and_seen_is_left_out(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.outcome("egress.names", Verdict.FAIL, reason="expected an answer; seen nothing", expected="an answer", seen="nothing")
    cell.outcome("egress.package", Verdict.FAIL, reason="no luck", expected="a package", seen="nothing")
    cell.finish()
    told = [dict(details(each)) for each in read_run(run.finish()).outcomes()]
    assert [list(each) for each in told] == [["expected", "seen"], ["reason", "expected", "seen"]]
