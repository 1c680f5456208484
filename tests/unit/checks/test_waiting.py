from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.checks import Unmet, expect
from harness.checks.waiting import OWN_LIMIT_S, Eventually
from harness.errors import HarnessFault


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waiting(clock: Clock) -> Callable[..., Eventually]:
    return lambda limits=None: Eventually("x.y", limits or {}, clock=lambda: clock.now, sleep=clock.sleep)


def test_it_asks_until_it_is_so(waiting: Callable[..., Eventually], clock: Clock) -> None:
    answers = iter([0, 0, 7])
    assert waiting()("seven", lambda: next(answers), 10) == 7
    assert clock.now == 1.0


def test_an_assertion_of_the_probe_means_not_yet(waiting: Callable[..., Eventually]) -> None:
    answers = iter([1, 2, 3])

    def probe() -> bool:
        number = next(answers)
        expect(number == 3, expected="3", seen=number)
        return True

    assert waiting()("three", probe, 10)


def test_passing_the_checks_own_limit_is_a_failure_with_the_last_state(waiting: Callable[..., Eventually], clock: Clock) -> None:
    with pytest.raises(Unmet) as failure:
        waiting()("the door opens", lambda: "ajar", 5, until=lambda seen: seen == "open")
    assert (failure.value.expected, failure.value.seen) == ("the door opens within 5 s", "after 5 s: ajar")
    assert clock.now == 5.0


def test_the_workloads_limit_stands_above_the_checks_own(waiting: Callable[..., Eventually], clock: Clock) -> None:
    with pytest.raises(Unmet, match="within 2 s"):
        waiting({"x.y": {"good": 1, "limit": 2}})("it", bool, 60)
    assert clock.now == 2.0


def test_passing_the_harness_own_deadline_is_no_failure_of_the_cloud(waiting: Callable[..., Eventually], clock: Clock) -> None:
    with pytest.raises(HarnessFault, match="own deadline"):
        waiting()("it", bool)
    assert clock.now == OWN_LIMIT_S


def test_what_was_waited_before_counts(waiting: Callable[..., Eventually], clock: Clock) -> None:
    with pytest.raises(Unmet):
        waiting()("it", bool, 60, since=58)
    assert clock.now == 2.0


def test_it_asks_once_even_when_no_time_is_left(waiting: Callable[..., Eventually]) -> None:
    assert waiting()("it", lambda: "there", 60, since=600) == "there"


def test_what_nobody_foresaw_is_not_waited_for(waiting: Callable[..., Eventually]) -> None:
    def probe() -> bool:
        raise KeyError("x")

    with pytest.raises(KeyError):
        waiting()("it", probe, 10)
