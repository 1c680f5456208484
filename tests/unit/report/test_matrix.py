"""Checks by clouds: folding takes the worst, differences come first, and what was not seen counts for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.model import Verdict
from harness.report.matrix import Group, Row, Table, tables
from harness.report.reading import read_run
from harness.report.squares import Square
from harness.report.words import Standing

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def row(table: Table, check: str) -> Row:
    return next(each for each in table.rows if each.check.id == check)


def only_square(recorder: MakeRecorder, *outcomes: tuple[Verdict, str, int], check: str = "boot.active") -> Square:
    run = recorder(["a"])
    for attempt in sorted({attempt for *_, attempt in outcomes}):
        cell = run.cell("a", attempt=attempt)
        for verdict, subject, number in outcomes:
            if number == attempt:
                cell.outcome(check, verdict, subject, because="other.check" if verdict is Verdict.NOT_RUN else "")
        cell.finish()
    return row(tables(read_run(run.finish()))[0], check).square("a")


def test_only_what_behaves_differently_differs(pair: Path) -> None:
    table = tables(read_run(pair))[0]
    assert [each.check.id for each in table.group(Group.DIFFERS)] == ["initialisation.source", "addresses.kind", "addresses.mtu"]
    assert [title for title, _ in table.groups()] == ["Differs between clouds", "Alike on every cloud"]
    assert row(table, "addresses.mtu").differing == {"addresses.mtu", "addresses.path_mtu"}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Verdict.PASS, Verdict.NOT_RUN),
        (Verdict.NOT_RUN, Verdict.QUOTA),
        (Verdict.QUOTA, Verdict.CAPACITY),
        (Verdict.CAPACITY, Verdict.HARNESS_FAULT),
        (Verdict.HARNESS_FAULT, Verdict.UNSUPPORTED),
        (Verdict.UNSUPPORTED, Verdict.DENIED),
        (Verdict.DENIED, Verdict.FAIL),
    ],
)
def test_the_worst_of_several_servers_stands_and_is_named(recorder: MakeRecorder, better: Verdict, worse: Verdict) -> None:
    square = only_square(recorder, (better, "web-1", 1), (worse, "web-2", 1), (better, "web-3", 1))
    assert (square.verdict, square.who) == (worse, ("web-2",))


def test_attempts_are_named_where_there_are_several(recorder: MakeRecorder) -> None:
    square = only_square(recorder, (Verdict.PASS, "web-1", 1), (Verdict.FAIL, "web-1", 2))
    assert square.said() == "fail (web-1 #2)"


def test_attempts_of_a_check_on_the_cloud_are_counted(recorder: MakeRecorder) -> None:
    square = only_square(
        recorder, (Verdict.PASS, "cloud", 1), (Verdict.FAIL, "cloud", 2), (Verdict.FAIL, "cloud", 3), check="teardown.gone"
    )
    assert square.said() == "fail (2 of 3 attempts)"


@pytest.mark.parametrize("applies", [False, None])
def test_a_server_with_nothing_to_look_at_says_nothing_of_the_others(recorder: MakeRecorder, applies: bool | None) -> None:
    run = recorder(["a", "b"])
    for cloud, verdict in (("a", Verdict.PASS), ("b", Verdict.FAIL)):
        cell = run.cell(cloud)
        cell.outcome("security-groups.database", Verdict.NOT_RUN, "balancer", reason="it has no such port", applies=applies)
        cell.outcome("security-groups.database", verdict, "web-1")
        cell.outcome("security-groups.database", Verdict.PASS, "database")
        cell.finish()
    found = row(tables(read_run(run.finish()))[0], "security-groups.database")
    assert [each.said() for each in found.squares] == ["pass (not run: balancer)", "fail (web-1; not run: balancer)"]
    assert found.group is Group.DIFFERS


def test_a_server_on_which_nothing_could_be_seen_leaves_the_check_unknown_and_is_named(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    for cloud, verdict in (("a", Verdict.PASS), ("b", Verdict.FAIL)):
        cell = run.cell(cloud)
        cell.outcome("addresses.fixed", Verdict.NOT_RUN, "web-1", reason="neither a login nor the console shows it", applies=True)
        cell.outcome("addresses.fixed", verdict, "web-2")
        cell.finish()
    found = row(tables(read_run(run.finish()))[0], "addresses.fixed")
    assert [(each.standing, each.said()) for each in found.squares] == [
        (Standing.UNKNOWN, "not run (web-1)"),
        (Standing.FAILS, "fail (web-2)"),
    ]


def test_all_servers_together_are_counted_not_listed(recorder: MakeRecorder) -> None:
    assert only_square(recorder, (Verdict.FAIL, "web-1", 1), (Verdict.FAIL, "web-2", 1)).said() == "fail (all 2)"


def test_a_pass_shows_what_was_observed(pair: Path) -> None:
    table = tables(read_run(pair))[0]
    assert row(table, "addresses.kind").square("lab2").said() == "direct"
    assert row(table, "boot.console").square("lab2").said() == "pass"
    assert row(table, "addresses.mtu").square("lab1").said() == "1442 bytes · path mtu 1442 bytes"
    assert row(table, "boot.active").square("lab1").said() == "to active 3.9 s"


def test_a_failure_shows_what_was_seen_instead(troubled: Path) -> None:
    found = row(tables(read_run(troubled))[0], "initialisation.ssh-key").square("bad")
    assert found.said() == "fail (database): Permission denied (publickey) at 300 s"


def test_not_run_follows_only_from_evidence(troubled: Path) -> None:
    table = tables(read_run(troubled))[0]
    assert row(table, "addresses.mtu").square("bad").standing is Standing.FOLLOWS
    assert row(table, "addresses.after-reboot").square("bad").standing is Standing.UNKNOWN


def test_quota_and_faults_of_the_harness_are_unknown(troubled: Path) -> None:
    table = tables(read_run(troubled))[0]
    assert row(table, "lifecycle.soft-reboot").square("bad").standing is Standing.UNKNOWN
    assert row(table, "application.shared-post").square("bad").standing is Standing.UNKNOWN
    assert row(table, "lifecycle.soft-reboot").group is Group.UNKNOWN


def test_clouds_where_nothing_was_seen_have_no_column_and_change_no_group(troubled: Path, many: Path) -> None:
    table = tables(read_run(troubled))[0]
    assert (table.columns, table.unseen) == (("good", "bad", "cut"), ("shut", "late"))
    assert row(table, "boot.active").group is Group.ALIKE
    assert row(table, "boot.active").square("shut").reason == "the cloud was refused: the password is wrong"
    assert tables(read_run(many))[0].unseen == ("harbor-cloud",)


def test_failing_alike_is_no_difference(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    for cloud in ("a", "b"):
        cell = run.cell(cloud)
        cell.outcomes(egress_names={"verdict": Verdict.DENIED})
        cell.finish()
    table = tables(read_run(run.finish()))[0]
    assert [each.check.id for each in table.group(Group.FAILS_ALIKE)] == ["egress.names"]
    assert not table.group(Group.DIFFERS)


def test_every_check_of_the_catalogue_has_a_row_whatever_ran(troubled: Path) -> None:
    run = read_run(troubled)
    assert {each.check.id for each in tables(run)[0].rows} == {each.id for each in run.catalogue}


def test_a_workloads_own_checks_are_no_rows_of_another(recorder: MakeRecorder) -> None:
    run = recorder(["a"], workloads=["lampstack", "two-servers"])
    for workload, check in (("lampstack", "application.page"), ("two-servers", "boot.active")):
        cell = run.cell("a", workload)
        cell.outcome(check)
        cell.finish()
    lamp, two = tables(read_run(run.finish()))
    assert "application.page" in {each.check.id for each in lamp.rows}
    assert "application.page" not in {each.check.id for each in two.rows}


def test_checks_that_look_at_another_workload_are_no_rows_even_where_that_never_ran(recorder: MakeRecorder) -> None:
    run = recorder(["a"], workloads=["lampstack", "swarm"], checks={"lampstack": ["boot.active", "boot.console"], "swarm": ["boot.active"]})
    cell = run.cell("a")
    cell.outcome("boot.active", Verdict.PASS, "web-1")
    cell.outcome("boot.unlisted", Verdict.PASS, "web-1")
    cell.finish()
    lamp, swarm = tables(read_run(run.finish()))
    assert {each.check.id for each in lamp.rows} == {"boot.active", "boot.console", "boot.unlisted"}
    assert [each.check.id for each in swarm.rows] == ["boot.active"]


def test_ways_of_behaving_name_their_clouds_most_frequent_first(many: Path) -> None:
    table = tables(read_run(many))[0]
    found = row(table, "addresses.kind")
    assert [(way.text, len(way.clouds)) for way in found.variants(table.columns)] == [("floating", 13), ("direct", 4)]
    assert found.numbered(table.columns)["acme-cloud"] == 2
    assert row(table, "egress.names").numbered(table.columns) == {}
