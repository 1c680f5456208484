"""Numbers as they are said: per cent that never flatter, and words for how well something moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.score.errors import ScoreError

_TENTHS = 1000
_HUNDREDTHS = 10000


@dataclass(frozen=True)
class Label:
    """The word for scores of ``at_least`` and above."""

    at_least: Fraction
    word: str


def label(score: Fraction | None, labels: Sequence[Label], without: str = "no number") -> str:
    """The word for ``score``; for none, ``without``.

    Raises:
        ScoreError: no label reaches down to ``score``.
    """
    if score is None:
        return without
    for each in sorted(labels, key=lambda each: each.at_least, reverse=True):
        if score >= each.at_least:
            return each.word
    raise ScoreError(f"no label says what a score of {float(score):.3f} is")


def percent(share: Fraction) -> str:
    """A share of 1 in per cent, with one digit after the point: ``100`` and ``0`` only for exactly 1 and exactly 0."""
    if share in (0, 1):
        return str(int(share * 100))
    tenths = min(max(round(share * _TENTHS), 1), _TENTHS - 1)
    return f"{tenths / 10:.1f}"


def levels(shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Shares of 1 in hundredths of a per cent: whole numbers, so that what lies between two of them is told as exactly as they are."""
    return tuple(_level(each) for each in shares)


def hundredths(level: int) -> str:
    """Hundredths of a per cent, as per cent with two digits after the point: ``100`` and ``0`` without any."""
    return str(level // 100) if level in (0, _HUNDREDTHS) else f"{level / 100:.2f}"


def _level(share: Fraction) -> int:
    if share in (0, 1):
        return int(share * _HUNDREDTHS)
    return min(max(round(share * _HUNDREDTHS), 1), _HUNDREDTHS - 1)
