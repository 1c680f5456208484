from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.checks.blame import Ledger
from harness.checks.marks import Spec
from harness.model import Outcome, Verdict
from tests.unit.checks.cells import PLAN


def spec(id_: str, *needs: str, facet: str = "boot", subject: str = "server") -> Spec:
    return Spec(id_, facet, "steady", needs, subject, "")


def outcome(check: str, verdict: Verdict, subject: str = "one", because: str = "", blame: str = "", facet: str = "boot") -> Outcome:
    root = blame or ("" if verdict is Verdict.PASS else check)
    return Outcome(
        PLAN.cell, PLAN.cloud, PLAN.workload, 1, subject, check, facet, "steady", verdict, because=because, blame=root, blame_facet=facet
    )


FIRST, SECOND, THIRD = spec("x.first"), spec("x.second", "x.first"), spec("x.third", "x.second")
SPECS = {each.id: each for each in (FIRST, SECOND, THIRD)}


def test_nothing_stands_in_the_way_of_what_needs_nothing_or_whose_needs_passed() -> None:
    ledger = Ledger(SPECS)
    assert ledger.obstacle(FIRST, "one") is None
    ledger.add(outcome("x.first", Verdict.PASS))
    assert ledger.obstacle(SECOND, "one") is None


def test_the_root_of_the_chain_carries_the_blame() -> None:
    ledger = Ledger(SPECS, [outcome("x.first", Verdict.FAIL), outcome("x.second", Verdict.NOT_RUN, because="x.first", blame="x.first")])
    found = ledger.obstacle(THIRD, "one")
    assert found
    assert (found.because, found.blame, found.blame_facet) == ("x.second", "x.first", "boot")


def test_another_subjects_failure_does_not_stop_this_one() -> None:
    ledger = Ledger(SPECS, [outcome("x.first", Verdict.FAIL, "two")])
    assert ledger.obstacle(SECOND, "one") is None


def test_what_failed_on_the_cloud_stops_every_subject() -> None:
    ledger = Ledger(SPECS, [outcome("x.first", Verdict.DENIED, "cloud")])
    assert ledger.obstacle(SECOND, "one")


def test_a_page_needs_what_it_needs_on_every_server() -> None:
    page = spec("application.page", "x.first", subject="endpoint")
    ledger = Ledger({**SPECS, page.id: page}, [outcome("x.first", Verdict.PASS, "one"), outcome("x.first", Verdict.FAIL, "two")])
    found = ledger.obstacle(page, "page")
    assert found
    assert found.subject == "two"


def test_of_several_needs_the_lowest_root_is_blamed() -> None:
    both = spec("x.both", "x.second", "x.first")
    ledger = Ledger({**SPECS, both.id: both}, [outcome("x.second", Verdict.FAIL), outcome("x.first", Verdict.FAIL)])
    found = ledger.obstacle(both, "one")
    assert found
    assert found.because == "x.first"


def test_a_need_that_did_not_apply_stops_nobody() -> None:
    ledger = Ledger(SPECS, [outcome("x.first", Verdict.NOT_RUN)])
    assert ledger.obstacle(SECOND, "one") is None


def test_what_is_unknown_stops_dependents_without_blaming_a_facet() -> None:
    ledger = Ledger(SPECS, [replace(outcome("x.first", Verdict.HARNESS_FAULT), blame_facet="")])
    found = ledger.obstacle(SECOND, "one")
    assert found
    assert (found.blame, found.blame_facet, found.verdict) == ("x.first", "", Verdict.HARNESS_FAULT)


@given(st.permutations([Verdict.FAIL, Verdict.PASS, Verdict.PASS]), st.permutations(["x.first", "x.second", "x.other"]))
def test_the_order_in_which_outcomes_came_is_irrelevant(verdicts: list[Verdict], order: list[str]) -> None:
    many = spec("x.many", "x.first", "x.second", "x.other")
    known = dict(zip(("x.first", "x.second", "x.other"), verdicts, strict=True))
    specs = {**SPECS, "x.other": spec("x.other"), many.id: many}
    found = Ledger(specs, [outcome(each, known[each]) for each in order]).obstacle(many, "one")
    assert found
    assert known[found.because] is Verdict.FAIL
