"""How far something holds on one cloud: from counts, times, sets and amounts to numbers between 0 and 1, as exact fractions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from harness.score.errors import ScoreError

GRAIN = 10**6
"""A time's membership is stated in millionths, so that every sum of a score stays exact."""


@dataclass(frozen=True)
class Membership:
    """How far something holds: ``point`` in [0, 1] and the interval it lies in.

    ``blame`` says which checks what is missing is booked on, as shares that sum to 1; empty for the check itself.
    """

    point: Fraction
    low: Fraction
    high: Fraction
    blame: Mapping[str, Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.point <= self.high <= 1:
            raise ScoreError(f"a membership lies between 0 and 1, inside its interval; given is {self.low}, {self.point}, {self.high}")
        if self.blame and (sum(self.blame.values()) != 1 or min(self.blame.values()) < 0):
            raise ScoreError("the shares of blame sum to 1, and none is negative")


@dataclass(frozen=True)
class Members:
    """A set that was observed; it has no membership of its own, and is compared with another cloud's."""

    items: frozenset[str]


@dataclass(frozen=True)
class Amount:
    """An amount of which more is better, such as an MTU; compared with another cloud's."""

    value: Fraction

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ScoreError(f"an amount is 0 or more; given is {self.value}")


Known = Membership | Members | Amount
"""What is known of a trait on a cloud. Of a set or an amount, a membership of 0 says that it was lost to a failure."""


def counted(held: Fraction | int, of: int, uncertainty: int = 1, blame: Mapping[str, Fraction] | None = None) -> Membership:
    """``held`` of ``of`` attempts: point k/n, interval [k/(n+W), (k+W)/(n+W)].

    W, ``uncertainty``, is how many attempts' worth is open: 1 for behaviour, 0 for what an API says and would say again. It is the
    s of Walley's imprecise Dirichlet model (J. R. Statist. Soc. B 58, 1996). Attempts that hold in part (times) count in part.

    Raises:
        ScoreError: there was no attempt, or more held than there were.
    """
    if of < 1 or not 0 <= held <= of or uncertainty < 0:
        raise ScoreError(f"{held} of {of} attempts with an uncertainty of {uncertainty} is no count")
    total = of + uncertainty
    return Membership(Fraction(held, of), Fraction(held, total), Fraction(held + uncertainty, total), blame or {})


def quickness(seconds: float, good: float, limit: float) -> Fraction:
    """How good a time is: 1 up to ``good``, 0 from ``limit`` on, between them falling with its logarithm.

    ln(limit/t) / ln(limit/good), in millionths: halving a wait is worth the same wherever it starts, as waits are felt (Weber, Fechner).
    1 and 0 are never reached by rounding.

    Raises:
        ScoreError: a time is not a number, negative or infinite, or the two limits are not in order.
    """
    for name, time in (("time", seconds), ("good time", good), ("limit", limit)):
        if isinstance(time, bool) or not isinstance(time, int | float) or not math.isfinite(time) or time < 0:
            raise ScoreError(f"a {name} is a number of seconds, 0 or more; given is {time!r}")
    if not 0 < good <= limit:
        raise ScoreError(f"a good time is above 0 and not above its limit; given are {good} and {limit}")
    if seconds <= good:
        return Fraction(1)
    if seconds >= limit:
        return Fraction(0)
    share = math.log(limit / seconds) / math.log(limit / good)
    return Fraction(min(max(round(share * GRAIN), 1), GRAIN - 1), GRAIN)


def shared(there: Members, here: Members) -> Fraction:
    """How much of A's set B has: |A∩B| / |A|. An empty set asks for nothing.

    Raises:
        ScoreError: A's set is empty.
    """
    if not there.items:
        raise ScoreError("an empty set is no basis")
    return Fraction(len(there.items & here.items), len(there.items))


def reached(there: Amount, here: Amount) -> Fraction:
    """How much of A's amount B reaches: min(1, b/a). More than enough is enough.

    Raises:
        ScoreError: A's amount is 0.
    """
    if not there.value:
        raise ScoreError("an amount of 0 is no basis")
    return min(Fraction(1), here.value / there.value)


def sharing(missing: Iterable[tuple[str, Fraction | int]]) -> dict[str, Fraction]:
    """Shares of blame from what each check is to blame for; none where nothing is missing."""
    amounts: dict[str, Fraction] = {}
    for check, amount in missing:
        amounts[check] = amounts.get(check, Fraction(0)) + amount
    whole = sum(amounts.values(), Fraction(0))
    return {check: amounts[check] / whole for check in sorted(amounts) if amounts[check]} if whole else {}
