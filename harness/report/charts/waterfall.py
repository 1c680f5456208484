"""The waterfall of a move: from all that holds on one cloud, less each loss, to the move score, as a table whose bars are drawn.

What it says is in the table's words and numbers; the bars are for the eye alone. The steps are exact; their digits are rounded so that they
sum as the steps do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from markupsafe import Markup

from harness.report.answers import with_values
from harness.report.comparison import Comparison
from harness.report.words import count, listed
from harness.score import Adaptation, Fall, Move, Step, hundredths, levels

_LOSSES = 8
_NAMED = 3
_TABLE = Markup(
    '<table class="waterfall"><caption class="unseen">From {there} to {here}, step by step</caption>'
    '<thead><tr><th scope="col">Step</th><th scope="col"><span class="unseen">Drawn</span></th>'
    '<th scope="col">Taken</th><th scope="col">Left of 100</th></tr></thead><tbody>\n{rows}</tbody></table>\n'
)
_ROW = Markup(
    '<tr class="{kind}"><th scope="row">{title}{aside}</th>'
    '<td><svg aria-hidden="true" width="100%" height="10"><rect x="{left}%" width="{width}%" height="10"/></svg></td>'
    "<td>{taken}</td><td>{remains}</td></tr>\n"
)
_ASIDE = Markup(' <span class="aside">{text}</span>')
_TITLES = {Step.NOT_SHOWN: "not seen there", Step.GATE: "must-haves"}


@dataclass(frozen=True)
class _Bar:
    """A step down by ``amount``; without an amount, where one stands by now."""

    kind: str
    title: str
    aside: str = ""
    amount: Fraction | None = None


def waterfall(comparison: Comparison, there: str, here: str) -> Markup:
    """The table of the move from ``there`` to ``here``; empty where it has no score."""
    matrix = comparison.matrix
    found = matrix.waterfall(there, here)
    if found is None:
        return Markup("")
    adaptations = {each.name: each for each in matrix.moves[there, here].portability.adaptations}
    losses = [each for each in found.falls if each.step is Step.LOSS]
    bars = [_Bar("total", f"all that holds on {there}"), *_losses(losses, comparison, matrix.moves[there, here])]
    gates = [_Bar("gate", _TITLES[each.step], _about(each), each.amount) for each in found.falls if each.step in _TITLES]
    bars += [_Bar("total", "fidelity"), *gates]
    adapted = [each for each in found.falls if each.step is Step.ADAPTATION]
    bars += [_Bar("adaptation", f"adapt {each.name}", _ways(adaptations[each.name]), each.amount) for each in adapted]
    bars.append(_Bar("total score", "move score"))
    return _TABLE.format(there=there, here=here, rows=Markup("").join(_rows(bars)))


def _losses(losses: list[Fall], comparison: Comparison, move: Move) -> Iterator[_Bar]:
    """The greatest losses one by one, the others as one."""
    facets = comparison.matrix.catalogue.facet_of
    for each in losses[:_LOSSES]:
        others = [with_values(comparison, move, name) for name in each.about if name != each.name]
        taken_along = f", in {listed(others, _NAMED)}" if others else ""
        yield _Bar("loss", each.name, facets.get(each.name, "") + taken_along, each.amount)
    if rest := losses[_LOSSES:]:
        yield _Bar("loss", count(len(rest), "smaller loss", "smaller losses"), "", sum((each.amount for each in rest), Fraction(0)))


def _about(fall: Fall) -> str:
    return listed(fall.about, _NAMED)


def _ways(adaptation: Adaptation) -> str:
    """The class of what must be adapted, and both sides of it with whether each was found or set."""
    ways = (f"{each.there} ({each.there_source}) → {each.here} ({each.here_source})" for each in adaptation.differences)
    return f"{adaptation.cost_class}: {'; '.join(dict.fromkeys(ways))}"


def _rows(bars: list[_Bar]) -> Iterator[Markup]:
    left = list(accumulate((each.amount or Fraction(0) for each in bars), lambda level, amount: level - amount, initial=Fraction(1)))
    told = levels(left)
    for number, bar in enumerate(bars, 1):
        place, drawn = (Fraction(0), left[number]) if bar.amount is None else (left[number], bar.amount)
        yield _ROW.format(
            kind=bar.kind,
            title=bar.title,
            aside=_ASIDE.format(text=bar.aside) if bar.aside else "",
            left=f"{float(place) * 100:.4g}",
            width=f"{float(drawn) * 100:.4g}",
            taken="" if bar.amount is None else f"−{hundredths(told[number - 1] - told[number])}",
            remains=hundredths(told[number]),
        )
