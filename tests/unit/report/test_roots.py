"""What a check was not run because of is looked up on its own subject first: a fault of the harness there is no failure elsewhere."""

from __future__ import annotations

import pytest

from harness.model import Outcome, Verdict
from harness.report.met import Met, of_check
from harness.report.words import Standing, judged

KEY, DISK = "initialisation.ssh-key", "storage.disk"


def outcome(check: str, subject: str, verdict: Verdict, because: str = "", blame: str = "") -> Outcome:
    return Outcome("a.stack", "a", "stack", 1, subject, check, "f", "steady", verdict, because=because, blame=blame or because)


def came_to(*outcomes: Outcome) -> tuple[Standing, Met]:
    """What the disk came to, in the report and among the must-haves."""
    (says,) = (says for each, says in judged(outcomes) if each.check == DISK)
    return says, of_check(DISK, outcomes)[0]


@pytest.mark.parametrize(
    ("here", "standing", "met"),
    [
        (Verdict.FAIL, Standing.FOLLOWS, Met.NO),
        (Verdict.UNSUPPORTED, Standing.FOLLOWS, Met.NO),
        (Verdict.DENIED, Standing.FOLLOWS, Met.NO),
        (Verdict.QUOTA, Standing.UNKNOWN, Met.UNKNOWN),
        (Verdict.CAPACITY, Standing.UNKNOWN, Met.UNKNOWN),
        (Verdict.HARNESS_FAULT, Standing.UNKNOWN, Met.UNKNOWN),
    ],
)
@pytest.mark.parametrize("elsewhere", [Verdict.PASS, Verdict.FAIL, Verdict.HARNESS_FAULT])
def test_the_root_on_the_same_server_decides(here: Verdict, elsewhere: Verdict, standing: Standing, met: Met) -> None:
    roots = (outcome(KEY, "s0", elsewhere), outcome(KEY, "s1", here))
    assert came_to(*roots, outcome(DISK, "s1", Verdict.NOT_RUN, KEY)) == (standing, met)


@pytest.mark.parametrize(
    ("servers", "standing", "met"),
    [
        ((Verdict.FAIL, Verdict.HARNESS_FAULT), Standing.FOLLOWS, Met.NO),
        ((Verdict.PASS, Verdict.FAIL), Standing.FOLLOWS, Met.NO),
        ((Verdict.PASS, Verdict.HARNESS_FAULT), Standing.UNKNOWN, Met.UNKNOWN),
    ],
)
def test_what_is_about_another_kind_of_subject_is_lost_to_any_failure(
    servers: tuple[Verdict, Verdict], standing: Standing, met: Met
) -> None:
    roots = [outcome(KEY, f"s{number}", each) for number, each in enumerate(servers)]
    assert came_to(*roots, outcome(DISK, "page", Verdict.NOT_RUN, KEY)) == (standing, met)


@pytest.mark.parametrize("here", [Verdict.PASS, Verdict.NOT_RUN])
def test_a_root_that_stopped_nobody_here_is_looked_for_elsewhere(here: Verdict) -> None:
    """The disk of s1 needs the page, and the page the key of s0."""
    seen = (outcome(KEY, "s0", Verdict.FAIL), outcome(KEY, "s1", here), outcome("application.page", "page", Verdict.NOT_RUN, KEY))
    assert came_to(*seen, outcome(DISK, "s1", Verdict.NOT_RUN, "application.page", KEY)) == (Standing.FOLLOWS, Met.NO)


def test_the_root_is_named() -> None:
    seen = (outcome(KEY, "s1", Verdict.FAIL), outcome(DISK, "s1", Verdict.NOT_RUN, KEY))
    assert of_check(DISK, seen) == (Met.NO, f"could not be tried on s1, because of {KEY}")
