"""How a check says that what it saw is not what should be, or that there is nothing to see."""

from __future__ import annotations

from typing import NoReturn

from _pytest.outcomes import Skipped


class Unmet(AssertionError):
    """An expectation that did not hold, with both sides told apart and the next command to try."""

    def __init__(self, expected: str, seen: str, next_step: str = "") -> None:
        super().__init__(f"expected {expected}; seen {seen}")
        self.expected = expected
        self.seen = seen
        self.next_step = next_step


def expect(holds: object, *, expected: str, seen: object, next_step: str = "") -> None:
    """Go on when ``holds`` is true, else end the check with verdict ``fail``.

    ``expected`` and ``seen`` become the outcome's; ``next_step`` (a command) replaces the one that the check's facet has anyway.

    Raises:
        Unmet: ``holds`` is not true.
    """
    __tracebackhide__ = True
    if not holds:
        raise Unmet(expected, str(seen), next_step)


class DoesNotApply(Skipped):
    """There is nothing on the subject that the check is about."""


def does_not_apply(reason: str) -> NoReturn:
    """End the check with verdict ``not-run``: the subject has nothing of the kind, so that nothing about it stays unknown.

    A port that the workload never opens is such a case. Where something is there and cannot be seen, use ``pytest.skip``: that stays
    unknown, and no score rises by it.

    Raises:
        DoesNotApply: always, with ``reason``.
    """
    __tracebackhide__ = True
    raise DoesNotApply(reason)
