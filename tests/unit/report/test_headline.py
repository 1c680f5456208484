"""The first sentence says what happened, with the right numbers, and never more than was seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.model import Resource, Verdict
from harness.report.headline import headline, ran
from harness.report.matrix import tables
from harness.report.reading import read_run
from harness.report.summary import summaries
from harness.report.words import Standing

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def test_a_healthy_pair(pair: Path) -> None:
    assert headline(read_run(pair)) == "lampstack ran unchanged on 2 of 2 clouds (digest 3f9a41d27c0b); 3 of 24 behaviours differ."


def test_troubles_are_said_at_once(troubled: Path) -> None:
    assert headline(read_run(troubled)) == (
        "lampstack ran unchanged on 2 of 5 clouds (digest 3f9a41d27c0b); 2 of 24 behaviours differ, 21 could not be seen everywhere. "
        "shut was refused: the password is wrong. 1 resource of the run was left behind on bad. "
        "The record is not whole: cut.lampstack and late.lampstack did not come to an end."
    )


def test_one_cloud_has_nothing_to_differ_from(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.deployed()
    cell.outcomes(egress_names={"verdict": Verdict.FAIL}, egress_package={"verdict": Verdict.QUOTA})
    cell.leftovers()
    cell.finish()
    assert headline(read_run(run.finish())) == (
        "lampstack ran unchanged on 1 of 1 cloud (digest 3f9a41d27c0b); 22 of 24 behaviours held, 1 did not, 1 could not be seen."
    )


def test_a_must_have_that_was_not_seen_means_it_did_not_run(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.deployed()
    cell.outcomes(application_page={"verdict": Verdict.FAIL})
    cell.leftovers()
    cell.finish()
    read = read_run(run.finish())
    (line,) = summaries(read, tables(read)[0])
    assert not ran(read, "lampstack", "a")
    assert headline(read).startswith("lampstack ran unchanged on 0 of 1 cloud ")
    assert (line.became, line.standing) == ("did not run: 1 must-have did not hold: application.page", Standing.FAILS)


def test_what_was_never_deployed_did_not_run(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.outcomes()
    cell.finish()
    assert not ran(read_run(run.finish()), "lampstack", "a")


def test_an_unknown_must_have_is_not_held_against_the_cloud(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.deployed()
    cell.outcomes(application_page={"verdict": Verdict.QUOTA})
    cell.finish()
    read = read_run(run.finish())
    (line,) = summaries(read, tables(read)[0])
    assert (line.became, line.standing) == ("not shown to run: 1 must-have unknown: application.page", Standing.UNKNOWN)


def test_what_an_engine_left_half_done_did_not_run(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.deployed()
    cell.outcomes()
    cell.finish("failed", kind="EngineError", error="TASK [web]: no route to host")
    read = read_run(run.finish(1))
    (line,) = summaries(read, tables(read)[0])
    assert headline(read).endswith("a failed: TASK [web]: no route to host.")
    assert not ran(read, "lampstack", "a")
    assert line.standing is Standing.UNKNOWN


def test_two_digests_are_not_called_unchanged(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    for cloud, digest in (("a", "aa" * 32), ("b", "bb" * 32)):
        cell = run.cell(cloud, digest=digest)
        cell.deployed()
        cell.outcomes()
        cell.leftovers()
        cell.finish()
    said = headline(read_run(run.finish()))
    assert said == "lampstack was not the same everywhere (2 digests) and ran on 2 of 2 clouds; 0 of 24 behaviours differ."


def test_nothing_seen_is_said_so(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    for cloud in ("a", "b"):
        run.cell(cloud).finish("refused", error="no such project")
    assert "on 0 of 2 clouds (digest 3f9a41d27c0b); none of 24 behaviours was seen. a and b were refused: no such project." in headline(
        read_run(run.finish(2))
    )


def test_clouds_with_the_same_error_share_a_sentence(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b", "c"])
    for cloud, error in (("a", "no such project"), ("b", "no such project"), ("c", "no route to host.")):
        run.cell(cloud).finish("refused", error=f"cloud {cloud}: {error}")
    assert headline(read_run(run.finish(2))).endswith("seen. a and b were refused: no such project. c was refused: no route to host.")


def test_many_different_errors_are_counted(recorder: MakeRecorder) -> None:
    run = recorder([f"c{number}" for number in range(6)])
    for number in range(6):
        run.cell(f"c{number}").finish("refused", error=f"no project {number}")
    assert headline(read_run(run.finish(2))).endswith("6 clouds were refused: c0, c1, c2, c3 and 2 more.")


def test_kept_resources_are_no_leak(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.leftovers(Resource("server", "1", "x"))
    cell.finish(kept=True)
    assert "left behind" not in headline(read_run(run.finish()))
