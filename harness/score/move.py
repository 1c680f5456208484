"""The move score of an ordered pair of clouds: min(S, g) × DP, its bounds, and the waterfall that sums to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from harness.score.adaptation import Costs, Portability, portability
from harness.score.catalogue import Cloud
from harness.score.fidelity import Fidelity, Loss, Table
from harness.score.labels import percent
from harness.score.membership import Membership


@dataclass(frozen=True)
class Gate:
    """The must-haves on B: g = min of b over them, in [0, 1]; ``None`` when one of them is unknown.

    ``failing`` are the must-haves below 1, ``unknown`` those without evidence. Without any must-have the gate is open, at 1.
    """

    point: Fraction | None
    low: Fraction
    high: Fraction
    failing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def gate(must_have: Sequence[str], cloud: Cloud) -> Gate:
    """The gate of ``cloud``. A must-have that nobody looked at is unknown, even where it is in no catalogue."""
    known = {check: known for check in must_have if isinstance(known := cloud.known.get(check), Membership)}
    unknown = tuple(check for check in must_have if check not in known)
    failing = tuple(check for check, each in known.items() if each.point < 1)
    least = min((each.point for each in known.values()), default=Fraction(1))
    low = min((each.low for each in known.values()), default=Fraction(1))
    high = min((each.high for each in known.values()), default=Fraction(1))
    return Gate(None if unknown else least, Fraction(0) if unknown else low, high, failing, unknown)


@dataclass(frozen=True)
class Move:
    """How well the workload moves from ``there`` (A) to ``here`` (B).

    ``score`` is min(S, g) × DP, with S as ``fidelity.shown``; ``None``, with ``why`` in words, where a must-have is unknown, too little is
    known (``fidelity.coverage`` below the least), nothing is common, or it is not known what would have to be adapted.
    ``low`` and ``high`` bound it, whatever the unknown turns out to be. A pair without a score has no rank.
    """

    there: str
    here: str
    fidelity: Fidelity
    gate: Gate
    portability: Portability
    score: Fraction | None
    low: Fraction
    high: Fraction
    why: str = ""


def move(table: Table, gates: dict[str, Gate], costs: Costs, least_coverage: Fraction, there: str, here: str) -> Move:
    """The move of one ordered pair."""
    fidelity = table.fidelity(there, here)
    adapted = portability(table.clouds[there], table.clouds[here], costs)
    passed = gates[here]
    why = _why_none(fidelity, passed, adapted, least_coverage)
    score = None if why or passed.point is None else min(fidelity.shown, passed.point) * adapted.high
    low = min(fidelity.low, passed.low) * adapted.low
    high = min(fidelity.high, passed.high) * adapted.high
    return Move(there, here, fidelity, passed, adapted, score, low, high, why)


def _why_none(fidelity: Fidelity, passed: Gate, adapted: Portability, least_coverage: Fraction) -> str:
    if passed.unknown:
        return f"unproven: {', '.join(passed.unknown)} unknown"
    if fidelity.point is None:
        return "no basis: nothing that holds on the one is known on the other"
    if fidelity.coverage < least_coverage:
        return f"only {percent(fidelity.coverage)} % of the weight is known on both"
    if adapted.unknown and fidelity.shown and passed.point:
        return f"unproven: unknown what would differ in {', '.join(adapted.unknown)}"
    return ""


class Step(StrEnum):
    """What a step of a waterfall is."""

    LOSS = "loss"
    NOT_SHOWN = "not shown"
    GATE = "gate"
    ADAPTATION = "adaptation"


@dataclass(frozen=True)
class Fall:
    """One step down, by ``amount``. ``name`` is a check (a loss, the gate), or what is adapted; ``about`` are the traits or names in it."""

    step: Step
    name: str
    amount: Fraction
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waterfall:
    """From 1 down to the move score.

    Less every loss it is ``fidelity`` (S); less what was not shown and the gate, ``gated``; less the adaptations, ``score``.
    1 less the amounts of all ``falls`` is ``score``, exactly.
    """

    falls: tuple[Fall, ...]
    fidelity: Fraction
    gated: Fraction
    score: Fraction


def waterfall(found: Move, losses: Sequence[Loss], not_shown: tuple[str, ...] = ()) -> Waterfall | None:
    """How ``found`` comes to its score; ``None`` for a move without one. Steps of no height are left out."""
    if found.score is None or found.fidelity.point is None or found.gate.point is None:
        return None
    s, shown = found.fidelity.point, found.fidelity.shown
    gated = min(shown, found.gate.point)
    falls = [Fall(Step.LOSS, each.check, each.amount, tuple(each.traits)) for each in losses]
    falls.append(Fall(Step.NOT_SHOWN, f"not seen on {found.here}", s - shown, not_shown))
    falls.append(Fall(Step.GATE, ", ".join(found.gate.failing), shown - gated, found.gate.failing))
    left = Fraction(1)
    for each in found.portability.adaptations:
        taken = min(each.cost, left)
        left -= taken
        falls.append(Fall(Step.ADAPTATION, each.name, gated * taken, tuple(other.name for other in each.differences)))
    return Waterfall(tuple(each for each in falls if each.amount), s, gated, found.score)
