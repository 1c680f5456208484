"""What a scenario requires is judged from what was recorded: met, not met with evidence, or unknown; a waiver changes none of it."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.model import Verdict
from harness.report.comparison import compare
from harness.report.met import Met
from harness.report.reading import read_run
from harness.report.requirement import Requirement, besides, requirements
from harness.score import percent
from tests.unit.report.conftest import CONTAINERS, healthy

if TYPE_CHECKING:
    from tests.unit.report.conftest import CellRecorder, MakeRecorder

WAIVER = {"id": "application.page", "cloud": "", "reason": "the page is being mended", "owner": "Ann", "expires": "9999-12-31"}


def judged(folder: Path) -> Requirement:
    (found,) = requirements(read_run(folder))
    return found


def met(folder: Path) -> dict[str, Met]:
    return {each.cloud: each.met for each in judged(folder).clouds}


def sick(cell: CellRecorder, **changes: dict[str, Any]) -> None:
    """A cell that came to its end, with outcomes of its own."""
    cell.deployed()
    observed = {"observed": {"application.to_page,s": 61.2}}
    cell.outcomes(**{"application_page": observed, **changes})
    cell.leftovers()
    cell.finish()


def test_a_healthy_pair_meets_what_is_required(pair: Path) -> None:
    found = judged(pair)
    assert found.sentence == "lampstack runs unchanged as required on 2 of 2 clouds."
    assert (found.met, found.demands) == (Met.YES, ("deployed; these pass: boot.active and application.page",))
    assert [each.sentence for each in found.clouds] == ["lab1: met.", "lab2: met."]
    assert list(besides(read_run(pair))) == []


def test_the_sentence_names_the_clouds_on_which_not_and_why(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b", "c"])
    healthy(run.cell("a"))
    sick(run.cell("b"), application_page={"verdict": Verdict.FAIL, "reason": "HTTP 502"})
    sick(run.cell("c"), boot_active={"verdict": Verdict.QUOTA, "reason": "no more servers", "only": ("web-1",)})
    folder = run.finish(3)
    assert met(folder) == {"a": Met.YES, "b": Met.NO, "c": Met.UNKNOWN}
    assert judged(folder).met is Met.UNKNOWN
    assert judged(folder).sentence == (
        "lampstack runs unchanged as required on 1 of 3 clouds; on 1, not: b (application.page fail on page: HTTP 502); "
        "on 1 it is unknown: c (boot.active quota on web-1: no more servers)."
    )


def test_a_cell_that_did_not_come_to_its_end_is_unknown(troubled: Path) -> None:
    assert met(troubled) == {"good": Met.YES, "bad": Met.YES, "shut": Met.UNKNOWN, "cut": Met.UNKNOWN, "late": Met.UNKNOWN}
    sentences = [each.sentence for each in judged(troubled).clouds]
    assert sentences[2:] == [
        "shut: unknown: refused: the password is wrong.",
        "cut: unknown: cut off: the journal ends before the cell does; application.page was not tried.",
        "late: unknown: never started: the cell was planned and never started.",
    ]


def test_a_failed_deployment_counts_where_a_check_saw_why(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"], required=[])
    for cloud, verdict in (("a", Verdict.FAIL), ("b", Verdict.QUOTA)):
        cell = run.cell(cloud)
        cell.outcome("addresses.kind", verdict)
        cell.finish("failed", error="the playbook failed", exit_code=1)
    assert met(run.finish(3)) == {"a": Met.NO, "b": Met.UNKNOWN}


def test_checks_that_the_scenario_names_stand_in_place_of_the_workloads_own(recorder: MakeRecorder) -> None:
    run = recorder(["a"], required=["egress.names"])
    sick(run.cell("a"), application_page={"verdict": Verdict.FAIL}, egress_names={})
    assert met(run.finish()) == {"a": Met.YES}


@pytest.mark.parametrize(("limit", "expected"), [(61.2, Met.YES), (61.1, Met.NO)])
def test_the_page_has_to_come_in_time(recorder: MakeRecorder, limit: float, expected: Met) -> None:
    run = recorder(["a"], require={"must_have": "all", "to_page": limit})
    healthy(run.cell("a"))
    folder = run.finish()
    assert met(folder) == {"a": expected}
    reasons = [] if expected is Met.YES else [(1, "a, lampstack: the page took 61.2 s, and at most 61.1 s is required")]
    assert list(besides(read_run(folder))) == reasons


def test_what_is_the_same_in_several_attempts_is_said_once(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    for attempt in (1, 2, 3):
        cell = run.cell("a", attempt=attempt)
        cell.outcomes(application_page={"verdict": Verdict.FAIL if attempt != 2 else Verdict.PASS, "reason": "HTTP 503"})
        cell.finish()
    (on,) = judged(run.finish()).clouds
    (finding,) = (each for each in on.findings if each.about == "application.page")
    assert finding.text.startswith("attempts 1 and 3: application.page fail")


def test_of_several_attempts_each_has_to_be_in_time(recorder: MakeRecorder) -> None:
    run = recorder(["a"], require={"to_page": 70})
    healthy(run.cell("a"))
    healthy(run.cell("a", attempt=2), slower=2)
    assert [each.text for each in judged(run.finish()).clouds[0].findings] == [
        "attempt 2: the page took 122.4 s, and at most 70 s is required"
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"verdict": Verdict.FAIL, "reason": "HTTP 502"}, Met.NO),
        ({"verdict": Verdict.HARNESS_FAULT, "reason": "KeyError"}, Met.UNKNOWN),
        ({}, Met.UNKNOWN),
        ({"observed": {"application.to_page,s": "soon"}}, Met.UNKNOWN),
        ({"observed": {"application.to_page,s": True}}, Met.UNKNOWN),
        ({"observed": {"application.to_page,s": float("nan")}}, Met.UNKNOWN),
        ({"observed": {"application.to_page,s": -1}}, Met.UNKNOWN),
    ],
)
def test_a_page_without_a_time_is_late_only_where_it_failed(recorder: MakeRecorder, page: dict[str, Any], expected: Met) -> None:
    run = recorder(["a"], require={"to_page": 300}, required=[])
    sick(run.cell("a"), application_page=page)
    folder = run.finish()
    assert met(folder) == {"a": expected}
    assert [code for code, _ in besides(read_run(folder))] == [expected.exit_code]


@pytest.mark.parametrize(
    ("other", "expected", "text"),
    [
        ({}, Met.YES, ""),
        ({"verdict": Verdict.FAIL, "reason": "HTTP 502"}, Met.NO, "not every page was seen in time: application.page fail on b: HTTP 502"),
        ({"verdict": Verdict.QUOTA, "reason": "full"}, Met.UNKNOWN, "not every page was seen in time: application.page quota on b: full"),
        (
            {"verdict": Verdict.NOT_RUN, "because": "boot.console"},
            Met.UNKNOWN,
            "not every page was seen in time: application.page not-run on b:",
        ),
        ({"observed": {"application.to_page,s": -1}}, Met.UNKNOWN, "not every page has a time: application.page pass"),
        ({"observed": {"application.to_page,s": 61}}, Met.NO, "the page took 61 s, and at most 60 s is required"),
    ],
)
def test_the_page_of_every_endpoint_has_to_come_in_time(recorder: MakeRecorder, other: dict[str, Any], expected: Met, text: str) -> None:
    run = recorder(["a"], require={"must_have": ["boot.active"], "to_page": 60}, required=["boot.active"])
    cell = run.cell("a")
    cell.deployed()
    cell.outcome("boot.active", subject="web-1")
    cell.outcome("application.page", subject="a", observed={"application.to_page,s": 20})
    cell.outcome("application.page", subject="b", **other)
    cell.leftovers()
    cell.finish()
    (on,) = judged(run.finish()).clouds
    assert (on.met, [each.text for each in on.findings]) == (expected, [text] if text else [])


@pytest.mark.parametrize(
    ("changes", "expected", "text"),
    [
        ({}, Met.YES, ""),
        ({"addresses_mtu": {"verdict": Verdict.FAIL, "only": ("web-1",)}}, Met.NO, "addresses is not whole: addresses.mtu"),
        ({"addresses_mtu": {"verdict": Verdict.DENIED}}, Met.NO, "addresses is not whole: addresses.mtu"),
        ({"addresses_mtu": {"verdict": Verdict.QUOTA}}, Met.UNKNOWN, "whether addresses is whole is unknown: addresses.mtu"),
        ({"addresses_mtu": {"verdict": Verdict.NOT_RUN}}, Met.UNKNOWN, "whether addresses is whole is unknown: addresses.mtu"),
        (
            {"boot_console": {"verdict": Verdict.FAIL}, "addresses_mtu": {"verdict": Verdict.NOT_RUN, "because": "boot.console"}},
            Met.NO,
            "addresses is not whole: addresses.mtu",
        ),
    ],
)
def test_a_whole_facet_is_known_and_passed(recorder: MakeRecorder, changes: dict[str, Any], expected: Met, text: str) -> None:
    run = recorder(["a"], require={"facets": ["addresses"]})
    sick(run.cell("a"), **changes)
    (on,) = judged(run.finish()).clouds
    assert (on.met, [each.text for each in on.findings]) == (expected, [text] if text else [])


def test_a_facet_that_nothing_was_recorded_of_is_unknown(recorder: MakeRecorder) -> None:
    run = recorder(["a"], require={"facets": ["storage"]})
    healthy(run.cell("a"))
    assert judged(run.finish()).sentence.endswith("on 1 it is unknown: a (no check of storage was recorded).")


def test_what_is_unknown_because_a_cell_did_not_end_is_not_said_twice(recorder: MakeRecorder) -> None:
    run = recorder(["a"], require={"facets": ["addresses"], "to_page": 300})
    cell = run.cell("a")
    cell.outcome("boot.active", Verdict.FAIL, "web-1", reason="ERROR")
    cell.finish("failed", error="the playbook failed", exit_code=1)
    assert list(besides(read_run(run.finish(1)))) == []


@pytest.mark.parametrize(("expires", "words"), [("9999-12-31", "waived until 9999-12-31"), ("2020-01-31", "waiver expired on 2020-01-31")])
def test_a_waiver_is_said_and_changes_nothing(recorder: MakeRecorder, expires: str, words: str) -> None:
    run = recorder(["a"], waivers=[{**WAIVER, "expires": expires}])
    sick(run.cell("a"), application_page={"verdict": Verdict.FAIL, "reason": "HTTP 502"})
    found = judged(run.finish(1))
    assert found.met is Met.NO
    assert found.sentence == (
        "lampstack runs unchanged as required on 0 of 1 cloud; on 1, not: a (application.page fail on page: HTTP 502 "
        f"({words} by Ann: the page is being mended; it counts all the same))."
    )
    assert found.waivers == (f"application.page on every cloud: {words} by Ann: the page is being mended",)


def test_a_waiver_of_another_cloud_is_listed_and_said_of_none(recorder: MakeRecorder) -> None:
    run = recorder(["a"], waivers=[{**WAIVER, "cloud": "z"}])
    sick(run.cell("a"), application_page={"verdict": Verdict.FAIL})
    found = judged(run.finish(1))
    assert "waived" not in found.sentence
    assert found.waivers[0].startswith("application.page on z, which is not in this round: waived until")


def test_two_digests_are_not_called_unchanged(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    healthy(run.cell("a"))
    healthy(run.cell("b", digest="bb" * 32))
    assert judged(run.finish()).sentence == "lampstack runs, though not the same everywhere, as required on 2 of 2 clouds."


def test_a_time_to_the_page_is_not_asked_of_a_workload_without_one(recorder: MakeRecorder) -> None:
    run = recorder(["a"], workloads=["lampstack", "pair"], require={"to_page": 300}, required=["boot.active"])
    healthy(run.cell("a"))
    cell = run.cell("a", "pair")
    cell.deployed()
    cell.outcome("boot.active", subject="web-1")
    cell.leftovers()
    cell.finish()
    assert [each.met for each in requirements(read_run(run.finish()))] == [Met.YES, Met.YES]


def trio(recorder: MakeRecorder, least: float, **options: Any) -> Path:
    """Two clouds that behave alike, and one on which two behaviours fail; all were given the same."""
    run = recorder(["a", "b", "c"], require={"must_have": "all", "move": least}, participants=dict.fromkeys("abc", CONTAINERS), **options)
    for cloud in ("a", "b", "c"):
        cell = run.cell(cloud)
        cell.facts()
        sick(cell, **({"egress_names": {"verdict": Verdict.FAIL}, "egress_package": {"verdict": Verdict.FAIL}} if cloud == "c" else {}))
    return run.finish()


def test_every_move_has_to_score_enough_and_the_bounds_are_said(recorder: MakeRecorder) -> None:
    folder = trio(recorder, 0.9)
    (compared,) = compare([read_run(folder)])
    moves = compared.matrix.moves
    assert moves["a", "b"].score == 1
    low = moves["a", "c"]
    assert low.score is not None
    assert low.score < Fraction(9, 10)
    assert met(folder) == {"a": Met.YES, "b": Met.YES, "c": Met.NO}
    text = (
        f"moving here from a scores {percent(low.score)} (bounds {percent(low.low)} to {percent(low.high)}), and 90.0 is required; "
        "so it is from 2 of 2 clouds"
    )
    assert list(besides(read_run(folder))) == [(1, f"c, lampstack: {text}")]
    assert judged(folder).demands[-1] == "a move score of 90.0 or more between any two clouds"


def test_the_point_is_judged_and_not_its_bounds(recorder: MakeRecorder) -> None:
    folder = trio(recorder, 0.9)
    (compared,) = compare([read_run(folder)])
    score = compared.matrix.moves["a", "c"].score
    assert score is not None
    assert compared.matrix.moves["a", "c"].low < score
    for name, least, expected in (("at", float(score), Met.YES), ("above", float(score) + 0.001, Met.NO)):
        journal = folder.parent / name / "journal.jsonl"
        shutil.copytree(folder, journal.parent)
        journal.write_text(journal.read_text().replace('"move": 0.9', f'"move": {least}'))
        assert met(journal.parent)["c"] is expected


def test_a_move_without_a_score_is_unknown(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"], require={"must_have": "all", "move": 0.5}, required=[])
    sick(run.cell("a"))
    sick(run.cell("b"), application_page={"verdict": Verdict.QUOTA})
    folder = run.finish(3)
    assert met(folder) == {"a": Met.YES, "b": Met.UNKNOWN}
    ((code, reason),) = besides(read_run(folder))
    assert code == 3
    assert reason.startswith("b, lampstack: moving here from a has no score: unproven: application.page unknown (bounds 0 to ")


def test_a_move_of_one_cloud_alone_is_unknown(recorder: MakeRecorder) -> None:
    run = recorder(["a"], require={"move": 0.5})
    healthy(run.cell("a"))
    assert [each.text for each in judged(run.finish()).clouds[0].findings] == ["no other cloud took part, so that no move has a score"]


def test_a_move_between_different_workloads_is_unknown(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"], require={"move": 0.5})
    healthy(run.cell("a"))
    healthy(run.cell("b", digest="bb" * 32))
    assert met(run.finish()) == {"a": Met.UNKNOWN, "b": Met.UNKNOWN}


def test_a_score_whose_data_files_are_not_here_is_unknown(recorder: MakeRecorder) -> None:
    found = judged(trio(recorder, 0.5, score_files={"costs": "sha256:" + "0" * 64}))
    assert found.met is Met.UNKNOWN
    assert "moving here from b has no score: run " in found.clouds[0].sentence
