"""Where the move of each ordered pair of clouds stands, in the report or in a file beside it, and the colours of the move matrix."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from harness.report.answers import how_long
from harness.report.charts.waterfall import waterfall
from harness.report.comparison import Comparison
from harness.report.moving import Moving, bounds
from harness.score import Label, Move, label, percent

INLINE_CLOUDS = 20
"""With more clouds than that, the waterfalls of their pairs are files beside the report."""


@dataclass(frozen=True)
class Band:
    """A range of scores with a colour of its own: ``name`` is the colour's, ``title`` says the range in words."""

    name: str
    title: str


def bands(comparison: Comparison) -> tuple[Band, ...]:
    """The ranges of scores, best first, and that of no number."""
    labels = enumerate(_labels(comparison))
    scored = (Band(f"band-{place}", f"{each.word}: {_from(each)}") for place, each in labels)
    return (*scored, Band("band-none", "no number: not enough is known"))


def band(comparison: Comparison, move: Move) -> str:
    """The name of the range that a move's score is in."""
    if move.score is None:
        return "band-none"
    return next(f"band-{place}" for place, each in enumerate(_labels(comparison)) if move.score >= each.at_least)


def _labels(comparison: Comparison) -> list[Label]:
    return sorted(comparison.constants.labels, key=lambda each: -each.at_least)


def _from(each: Label) -> str:
    return percent(each.at_least) if each.at_least in (0, 1) else f"{percent(each.at_least)} and above"


class Pairs:
    """The pairs of a run's comparisons, which are counted from 1, as are their clouds: no name of a cloud is in an address."""

    def __init__(self, found: Moving) -> None:
        self._comparisons = found.comparisons
        self._numbers = [{cloud: place for place, cloud in enumerate(each.clouds, 1)} for each in found.comparisons]

    def are_inline(self, number: int) -> bool:
        """Whether the waterfall of every pair stands in the report itself."""
        return len(self._comparisons[number - 1].clouds) <= INLINE_CLOUDS

    def file(self, number: int, there: str) -> str:
        """The file beside the report with the moves from ``there``."""
        return f"pairs/{number}-{self._numbers[number - 1][there]}.html"

    def id(self, number: int, there: str, here: str) -> str:
        """The id of the element that tells of one pair."""
        clouds = self._numbers[number - 1]
        return f"pair-{number}-{clouds[there]}-{clouds[here]}"

    def address(self, number: int, there: str, here: str) -> str:
        """Where that element is, as seen from the report."""
        file = "" if self.are_inline(number) else self.file(number, there)
        return f"{file}#{self.id(number, there, here)}"

    def waterfall(self, number: int, move: Move) -> Markup:
        """The waterfall of one pair."""
        return waterfall(self._comparisons[number - 1], move.there, move.here)

    def how_long(self, number: int, move: Move) -> str:
        """How long it takes until the workload answers on both."""
        return how_long(self._comparisons[number - 1], move)

    def words(self, number: int, move: Move) -> str:
        """The bounds of a move, and the word for its score."""
        word = "" if move.score is None else f"; {label(move.score, self._comparisons[number - 1].constants.labels)}"
        return f"bounds {bounds(move)}{word}"
