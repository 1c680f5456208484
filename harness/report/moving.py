"""How well the workloads of a run move between its clouds: the comparison of one run with itself, in a report's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from harness.report.comparison import Comparison, compare
from harness.report.inequality import Way
from harness.report.record import Run
from harness.report.words import count, facet_order, listed
from harness.score import Choice, Cloud, Move, percent

_NAMED = 4


@dataclass(frozen=True, eq=False)
class Moving:
    """The comparisons of a run, one for every workload of which anything was looked at."""

    comparisons: tuple[Comparison, ...]

    def of(self, workload: str) -> Comparison | None:
        """The comparison of ``workload``, if there is one."""
        return next((each for each in self.comparisons if each.workload.name == workload), None)


@dataclass(frozen=True)
class Debt:
    """A decision that is not the same on all clouds. ``moves`` ordered pairs pay its ``cost``, a part of 1."""

    name: str
    cost_class: str
    cost: Fraction
    moves: int
    ways: tuple[tuple[str, tuple[Way, ...]], ...]


@dataclass(frozen=True)
class Knowledge:
    """How much is known of a cloud: the weight of what is, of 1; of the rest, what is not, by reason."""

    cloud: str
    known: Fraction
    unknown: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1)
def moving(run: Run) -> Moving:
    """What the score says of ``run``; remembered, since several forms of its report ask.

    Raises:
        UsageError: the data files that it names are not part of this version.
    """
    return Moving(compare([run]))


def sentences(run: Run) -> tuple[str, ...]:
    """How well each workload moves, and how sure that is; nothing of a workload without a pair of clouds."""
    return tuple(_sentence(each, len(run.workloads) > 1) for each in moving(run).comparisons if each.matrix.moves)


def bounds(move: Move) -> str:
    """From the lowest to the highest that a move's score can be, in per cent."""
    return percent(move.low) if move.low == move.high else f"{percent(move.low)}–{percent(move.high)}"


def debts(comparison: Comparison) -> tuple[Debt, ...]:
    """What differs between clouds, the dearest first."""
    paid = Counter(each.name for move in comparison.matrix.moves.values() for each in move.portability.adaptations)
    dearest = {each.name: each for move in comparison.matrix.moves.values() for each in move.portability.adaptations}
    for move in comparison.matrix.moves.values():
        for each in move.portability.adaptations:
            if each.cost > dearest[each.name].cost:
                dearest[each.name] = each
    found = (Debt(name, each.cost_class, each.cost, paid[name], tuple(_ways(comparison, name))) for name, each in dearest.items())
    return tuple(sorted(found, key=lambda each: (-each.cost, each.name)))


def known(comparison: Comparison) -> tuple[Knowledge, ...]:
    """How much is known of each cloud."""
    return tuple(_known(comparison, cloud) for cloud in comparison.matrix.clouds)


def facet_weights(comparison: Comparison) -> tuple[tuple[str, Fraction], ...]:
    """How much each facet counts, in the order of the facets."""
    matrix = comparison.matrix
    found: dict[str, Fraction] = {}
    for trait in matrix.catalogue.traits:
        found[trait.facet] = found.get(trait.facet, Fraction(0)) + matrix.weights[trait.id]
    return tuple(sorted(found.items(), key=lambda each: facet_order(each[0])))


def _known(comparison: Comparison, cloud: Cloud) -> Knowledge:
    weights = comparison.matrix.weights
    reasons: dict[str, list[str]] = {}
    for trait in weights:
        if trait not in cloud.known:
            reasons.setdefault(cloud.why.get(trait, "never tried"), []).append(trait)
    weight = sum((weight for trait, weight in weights.items() if trait in cloud.known), Fraction(0))
    return Knowledge(cloud.name, weight, tuple((reason, tuple(traits)) for reason, traits in reasons.items()))


def _ways(comparison: Comparison, group: str) -> Iterator[tuple[str, tuple[Way, ...]]]:
    """By input or branch of a decision, the ways of it that differ: value, and whether it was found or set."""
    choices: dict[str, list[tuple[str, Choice]]] = {}
    for cloud in comparison.matrix.clouds:
        for choice in cloud.choices:
            if choice.group == group:
                choices.setdefault(choice.name, []).append((cloud.name, choice))
    for name, made in choices.items():
        if len({choice.value for _, choice in made}) > 1:
            clouds: dict[str, list[str]] = {}
            for cloud_name, choice in made:
                value = "unknown" if choice.value is None else choice.value
                clouds.setdefault(f"{value} ({choice.source})" if choice.source else value, []).append(cloud_name)
            yield name, tuple(Way(text, tuple(names)) for text, names in clouds.items())


def _sentence(comparison: Comparison, several: bool) -> str:
    moves = tuple(comparison.matrix.moves.values())
    scored = [each.score for each in moves if each.score is not None]
    subject = f"A move of {comparison.workload.name}" if several else "A move"
    sure = f"within bounds of {percent(min(each.low for each in moves))} and {percent(max(each.high for each in moves))}"
    coverage = min(each.fidelity.coverage for each in moves)
    known = "all that counts was seen" if coverage == 1 else f"at least {percent(coverage)} % of what counts was seen"
    if not scored:
        reasons = listed(sorted({each.why.partition(":")[0] for each in moves}), _NAMED)
        return f"{subject} from one of these clouds to another has no number ({reasons}); it is {sure}, and {known}."
    few = "" if len(scored) == len(moves) else f" in {len(scored)} of {count(len(moves), 'direction')}"
    extent = percent(scored[0]) if len(set(scored)) == 1 else f"{percent(min(scored))} to {percent(max(scored))}"
    return f"{subject} from one of these clouds to another scores {extent} of 100{few}, {sure}; {known}."
