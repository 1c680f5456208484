from __future__ import annotations

import pytest

from harness.stage.ending import plain
from harness.stage.lane import State
from tests.unit.stage.stories import ends, outcome, rung, started, told

TRACE = 'the playbook failed\nTraceback (most recent call last):\n  File "x.py", line 3, in f\nValueError: secret inside'


def ended(*events: object, must_have: tuple[str, ...] = ("application.page",)) -> tuple[State, str]:
    lane = told(*events, first=started("acme", must_have=must_have)).lane("acme")
    assert lane is not None
    return lane.state, lane.sentence


def test_a_workload_whose_must_haves_hold_runs() -> None:
    assert ended(rung("web", "application", 61.2), outcome("application.page"), ends()) == (
        State.RUNS,
        "The page answered after 61.2 s; 1 behaviour seen.",
    )


def test_what_did_not_hold_beside_the_must_haves_is_told_and_does_not_end_it() -> None:
    state, sentence = ended(outcome("application.page"), outcome("egress.dns", "fail", reason="no answer"), ends())
    assert (state, sentence) == (State.RUNS, "1 of 2 behaviours did not hold.")


def test_a_must_have_that_did_not_hold_is_the_reason() -> None:
    state, sentence = ended(outcome("application.page", "fail", subject="web-1", reason="expected HTTP 200; seen 503"), ends())
    assert (state, sentence) == (State.FAILED, "application.page on web-1: expected HTTP 200; seen 503.")


def test_what_was_seen_stands_before_what_was_expected() -> None:
    failed = outcome("application.page", "fail", reason="expected HTTP 200; seen 503", expected="HTTP 200", seen="503")
    assert ended(failed, ends())[1] == "application.page on web: seen: 503; expected: HTTP 200."


def test_a_must_have_that_could_not_run_is_lost_to_the_check_that_is_to_blame() -> None:
    follows = outcome("application.page", "not-run", because="egress.dns", blame="egress.dns")
    assert ended(outcome("egress.dns", "fail", reason="no answer"), follows, ends()) == (State.FAILED, "egress.dns on web: no answer.")


def test_a_must_have_that_a_fault_kept_from_running_is_unknown_whatever_failed_on_another_server() -> None:
    seen = (outcome("egress.dns", "fail", subject="web-1", reason="no answer"), outcome("egress.dns", "harness-fault", subject="web-2"))
    follows = outcome("application.page", "not-run", subject="web-2", because="egress.dns", blame="egress.dns")
    state, sentence = ended(*seen, follows, ends())
    assert (state, sentence) == (State.UNKNOWN, "Not known whether it runs: application.page could not be seen.")


@pytest.mark.parametrize("events", [(), (outcome("application.page", "quota"),), (outcome("application.page", "harness-fault"),)])
def test_a_must_have_that_was_not_seen_is_unknown_and_no_failure(events: tuple[object, ...]) -> None:
    state, sentence = ended(*events, ends())
    assert (state, sentence) == (State.UNKNOWN, "Not known whether it runs: application.page could not be seen.")


def test_where_a_must_have_has_nothing_to_look_at_it_is_left_out() -> None:
    void = outcome("application.page", "not-run", subject="db", applies=False)
    assert ended(outcome("application.page"), void, ends()) == (State.RUNS, "1 behaviour seen.")
    assert ended(void, ends())[0] is State.UNKNOWN


def test_a_deployment_that_failed_is_told_by_what_the_checks_saw_first() -> None:
    seen = (outcome("application.page", "fail", reason="silent"), outcome("boot.active", "fail", reason="ERROR after 4 s"))
    assert ended(*seen, ends("failed", error=TRACE, exit_code=1)) == (State.FAILED, "boot.active on web: ERROR after 4 s.")


def test_a_deployment_that_failed_while_no_check_saw_why_is_unknown() -> None:
    state, sentence = ended(ends("failed", error=TRACE, exit_code=1))
    assert (state, sentence) == (State.UNKNOWN, "It did not come about, and no check saw why: the playbook failed.")


def test_a_fault_of_the_harness_is_never_the_clouds() -> None:
    state, sentence = ended(ends("failed", kind="HarnessFault", error="unforeseen: KeyError: 'x'", exit_code=3))
    assert state is State.UNKNOWN
    assert sentence.startswith("The harness is to blame, not the cloud")


def test_a_refusal_says_that_nothing_was_started() -> None:
    state, sentence = ended(ends("refused", error="cloud acme: the password is wrong", exit_code=2))
    assert (state, sentence) == (State.REFUSED, "Nothing was started: the password is wrong.")


def test_an_interruption_is_no_failure() -> None:
    assert ended(ends("interrupted", exit_code=130))[0] is State.INTERRUPTED


def test_what_is_left_behind_is_told_even_when_all_else_went_well() -> None:
    left = {"event": "leftovers", "ours": [{"kind": "port", "id": "1", "name": ""}], "strangers_made": [], "strangers_gone": []}
    state, sentence = ended(outcome("application.page"), left, ends(exit_code=4))
    assert state is State.FAILED
    assert sentence.endswith("Left behind: port 1.")


def test_a_clean_up_that_is_not_proven_is_unknown() -> None:
    state, sentence = ended(outcome("application.page"), ends(exit_code=4))
    assert state is State.UNKNOWN
    assert "not proven" in sentence


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (TRACE, "the playbook failed"),
        ("Traceback (most recent call last):\n  File x\nKeyError: 1", "an error that nobody foresaw"),
        ("", "an error that nobody foresaw"),
        ("one.\ntwo", "one"),
        ("x" * 999, "x" * 199 + "…"),
    ],
)
def test_no_stack_trace_is_ever_shown(text: str, shown: str) -> None:
    assert plain(text) == shown
