from dataclasses import replace
from typing import Any

import pytest

from harness.model import CellPlan, Outcome, Verdict, to_json
from harness.rounds.conclusion import conclude, weightier
from tests.unit.rounds.plans import cell_plan

PLAN = cell_plan(must_have=("boot.active", "initialisation.ssh-key"))


def outcome(check: str, verdict: Verdict = Verdict.PASS, subject: str = "web", **more: Any) -> dict[str, Any]:
    made = Outcome("acme.pair", "acme", "pair", 1, subject, check, "boot", "steady", verdict, **more)
    return {"event": "outcome", "outcome": to_json(made)}


def finished(status: str = "done", exit_code: int = 0, kind: str = "", error: str = "") -> dict[str, Any]:
    return {"event": "cell.finished", "status": status, "exit_code": exit_code, "kind": kind, "error": error, "mend": "", "kept": False}


def leftovers(*names: str) -> dict[str, Any]:
    return {"event": "leftovers", "ours": [{"kind": "port", "id": each, "name": each, "mark": ""} for each in names]}


STARTED = {"event": "cell.started"}
GOOD = [outcome("boot.active"), outcome("initialisation.ssh-key")]
REASON = {"reason": "seen otherwise"}


def code(*events: dict[str, Any], plan: CellPlan = PLAN, interrupted: bool = False) -> int:
    return conclude([(plan, events)], interrupted=interrupted).exit_code


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([STARTED, *GOOD, leftovers(), finished()], 0),
        ([STARTED, *GOOD, outcome("egress.package", Verdict.FAIL, **REASON), finished()], 0),
        ([STARTED, GOOD[0], outcome("initialisation.ssh-key", Verdict.FAIL, **REASON), finished()], 1),
        ([STARTED, GOOD[0], outcome("initialisation.ssh-key", Verdict.UNSUPPORTED, **REASON), finished()], 1),
        ([STARTED, *GOOD, outcome("boot.active", Verdict.DENIED, subject="other", **REASON), finished()], 1),
        ([STARTED, GOOD[0], outcome("initialisation.ssh-key", Verdict.HARNESS_FAULT, **REASON), finished()], 3),
        ([STARTED, GOOD[0], outcome("initialisation.ssh-key", Verdict.QUOTA, **REASON), finished()], 3),
        ([STARTED, GOOD[0], outcome("initialisation.ssh-key", Verdict.NOT_RUN, **REASON), finished()], 3),
        ([STARTED, *GOOD, outcome("boot.active", Verdict.NOT_RUN, subject="other", applies=True, **REASON), finished()], 3),
        ([STARTED, *GOOD, outcome("boot.active", Verdict.NOT_RUN, subject="other", applies=False, **REASON), finished()], 0),
        ([STARTED, GOOD[0], outcome("initialisation.ssh-key", Verdict.NOT_RUN, applies=False, **REASON), finished()], 3),
        ([STARTED, GOOD[0], finished()], 3),
        ([STARTED, *GOOD, leftovers("p"), finished(exit_code=4)], 4),
        ([STARTED, *GOOD, finished(exit_code=4)], 4),
        ([STARTED, *GOOD], 4),
        ([STARTED, finished("refused", 2)], 2),
        ([STARTED, finished("refused", 3)], 3),
        ([STARTED, finished("interrupted", 130)], 130),
        ([], 3),
    ],
)
def test_a_cells_events_come_to_an_exit_code(events: list[dict[str, Any]], expected: int) -> None:
    assert code(*events) == expected


def test_a_must_have_that_could_not_be_tried_because_of_a_failure_is_not_met() -> None:
    failed = outcome("boot.active", Verdict.FAIL, **REASON)
    barred = outcome("initialisation.ssh-key", Verdict.NOT_RUN, because="addresses.kind", blame="boot.active")
    found = conclude([(PLAN, [STARTED, failed, barred, finished()])], interrupted=False)
    assert found.exit_code == 1
    assert "initialisation.ssh-key could not be tried on web, because of boot.active" in found.reasons[1]


def test_a_must_have_that_could_not_be_tried_because_of_our_fault_is_unknown() -> None:
    fault = outcome("boot.active", Verdict.HARNESS_FAULT, **REASON)
    barred = outcome("initialisation.ssh-key", Verdict.NOT_RUN, because="boot.active", blame="boot.active")
    assert code(STARTED, fault, barred, finished()) == 3


def test_an_engine_that_failed_with_evidence_is_not_met_and_without_it_unknown() -> None:
    failed = finished("failed", 1, "EngineError", "the playbook failed")
    assert code(STARTED, outcome("boot.active", Verdict.FAIL, **REASON), failed) == 1
    assert code(STARTED, outcome("addresses.kind", Verdict.FAIL, **REASON), failed) == 1
    assert code(STARTED, *GOOD, failed) == 3
    assert code(STARTED, *GOOD, finished("failed", 3, "EngineError", "the quota is used up")) == 3


@pytest.mark.parametrize(
    ("codes", "expected"), [((1, 3), 3), ((3, 4), 4), ((1, 4), 4), ((2, 3), 2), ((1, 2), 2), ((4, 2), 4), ((0, 1), 1), ((0, 0), 0)]
)
def test_where_several_hold_the_weightier_stands(codes: tuple[int, int], expected: int) -> None:
    events = {
        0: [STARTED, *GOOD, finished()],
        1: [STARTED, outcome("boot.active", Verdict.FAIL, **REASON), GOOD[1], finished()],
        2: [STARTED, finished("refused", 2)],
        3: [STARTED, finished("refused", 3)],
        4: [STARTED, *GOOD, leftovers("p"), finished(exit_code=4)],
    }
    assert conclude([(PLAN, events[each]) for each in codes], interrupted=False).exit_code == expected


def test_an_interruption_stands_above_all() -> None:
    assert code(STARTED, *GOOD, leftovers("p"), finished("interrupted", 130), interrupted=True) == 130
    assert code(interrupted=True) == 130


def test_reasons_name_the_cell_and_what_was_left() -> None:
    other = replace(PLAN, cell="other.pair")
    cells = [
        (PLAN, [STARTED, outcome("boot.active", Verdict.FAIL, **REASON), GOOD[1], finished()]),
        (other, [STARTED, leftovers("p"), finished()]),
    ]
    reasons = conclude(cells, interrupted=False).reasons
    assert reasons[0] == "other.pair: left behind: port p"
    assert reasons[-1] == "acme.pair: boot.active fail on web: seen otherwise"


def test_a_reason_of_several_cells_is_given_once_with_their_names() -> None:
    refused = [STARTED, finished("refused", 2, "CloudConfigError", "wrong password")]
    left = [STARTED, leftovers("p"), finished("refused", 2, "CloudConfigError", "wrong password")]
    cells = [(PLAN, refused), (replace(PLAN, cell="acme.pair.2"), left), (replace(PLAN, cell="acme.other"), refused)]
    assert conclude(cells, interrupted=False).reasons == (
        "acme.pair.2: left behind: port p",
        "acme.pair, acme.pair.2, acme.other: refused: wrong password",
    )


def test_where_every_cell_was_refused_nothing_ran() -> None:
    refused = [STARTED, finished("refused", 2)]
    assert conclude([(PLAN, refused), (PLAN, refused)], interrupted=False).nothing_ran
    assert not conclude([(PLAN, refused), (PLAN, [STARTED, *GOOD, finished()])], interrupted=False).nothing_ran


@pytest.mark.parametrize(("one", "other", "stands"), [(0, 0, 0), (0, 3, 3), (1, 3, 3), (4, 3, 4), (130, 3, 130), (2, 3, 2)])
def test_of_two_exit_codes_one_stands(one: int, other: int, stands: int) -> None:
    assert weightier(one, other) == weightier(other, one) == stands


def test_what_is_required_beyond_the_must_haves_counts_too() -> None:
    cells = [(PLAN, [STARTED, *GOOD, finished()])]
    found = conclude(cells, interrupted=False, besides=[(1, "the page took 70 s"), (3, "whether boot is whole is unknown")])
    assert (found.exit_code, found.reasons) == (3, ("whether boot is whole is unknown", "the page took 70 s"))


def test_a_waiver_is_said_and_changes_no_exit_code() -> None:
    cells = [(PLAN, [STARTED, outcome("boot.active", Verdict.FAIL, **REASON), GOOD[1], finished()])]
    found = conclude(cells, interrupted=False, waived=lambda check, cloud: [f"{check} on {cloud} is waived"])
    assert (found.exit_code, found.reasons) == (
        1,
        ("acme.pair: boot.active fail on web: seen otherwise (boot.active on acme is waived; it counts all the same)",),
    )
