"""All clouds against each other: the move matrix, who moves best, and whether that hangs on the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from harness.score.adaptation import Costs
from harness.score.catalogue import Catalogue, Cloud
from harness.score.errors import ScoreError
from harness.score.fidelity import Loss, Table
from harness.score.move import Move, Waterfall, gate, move, waterfall
from harness.score.weights import Profile, weigh


@dataclass(frozen=True)
class Rank:
    """A cloud's place as somewhere to move to. ``score`` is the mean of the move scores into it; without any, there is no ``place``.

    Clouds with equal scores share a place.
    """

    cloud: str
    score: Fraction | None
    place: int | None


@dataclass(frozen=True)
class Matrix:
    """The move of every ordered pair of ``clouds``, under one profile of weights; no number below ``least_coverage`` of the weight known.

    Raises:
        ScoreError: two clouds have one name, what is known of one does not fit the catalogue, or the profile does not.
    """

    catalogue: Catalogue
    clouds: tuple[Cloud, ...]
    profile: Profile
    costs: Costs
    least_coverage: Fraction

    def __post_init__(self) -> None:
        names = [each.name for each in self.clouds]
        twice = sorted({each for each in names if names.count(each) > 1})
        if twice:
            raise ScoreError(f"two clouds are called {twice[0]}")
        for each in self.clouds:
            each.fits(self.catalogue)
        weigh(self.profile, self.catalogue)  # what cannot be weighed is refused here, not when it is first asked for

    @cached_property
    def weights(self) -> Mapping[str, Fraction]:
        """The weight of every trait; they sum to 1."""
        return weigh(self.profile, self.catalogue)

    @cached_property
    def moves(self) -> Mapping[tuple[str, str], Move]:
        """The move of every ordered pair of different clouds, as (from, to)."""
        gates = {each.name: gate(self.catalogue.must_have, each) for each in self.clouds}
        return {
            (a.name, b.name): move(self._table, gates, self.costs, self.least_coverage, a.name, b.name)
            for a in self.clouds
            for b in self.clouds
            if a is not b
        }

    @cached_property
    def ranking(self) -> tuple[Rank, ...]:
        """The clouds as somewhere to move to, the best first; those without a number last, by name."""
        means = {each.name: self._mean_into(each.name) for each in self.clouds}
        numbers = sorted((mean for mean in means.values() if mean is not None), reverse=True)
        found = [Rank(name, mean, None if mean is None else numbers.index(mean) + 1) for name, mean in means.items()]
        return tuple(sorted(found, key=lambda each: (each.place is None, each.place, each.cloud)))

    def losses(self, there: str, here: str) -> tuple[Loss, ...]:
        """What ``here`` loses of what holds on ``there``, the greatest first."""
        return self._table.losses(there, here)

    def waterfall(self, there: str, here: str) -> Waterfall | None:
        """How the move from ``there`` to ``here`` comes to its score; ``None`` where it has none."""
        return waterfall(self.moves[there, here], self.losses(there, here), self._table.not_shown(there, here))

    def not_shown(self, there: str, here: str) -> tuple[str, ...]:
        """The traits that hold on ``there`` and are unknown on ``here``."""
        return self._table.not_shown(there, here)

    def times_compare(self, there: str, here: str) -> bool:
        """Whether times count between two clouds: only where the kinds of server are the same."""
        return self._table.times_compare(there, here)

    def _mean_into(self, cloud: str) -> Fraction | None:
        into = [score for each in self.clouds if each.name != cloud and (score := self.moves[each.name, cloud].score) is not None]
        return sum(into, Fraction(0)) / len(into) if into else None

    @cached_property
    def _table(self) -> Table:
        return Table(self.catalogue, self.weights, self.clouds)


@dataclass(frozen=True)
class Sensitivity:
    """Whether clouds stand in the same order under another profile. ``swapped`` are the pairs that changed sides, better one first."""

    profile: str
    ranking: tuple[Rank, ...]
    swapped: tuple[tuple[str, str], ...]

    @property
    def changes(self) -> bool:
        """Whether any two clouds stand in another order."""
        return bool(self.swapped)


def sensitivity(matrix: Matrix, others: Sequence[Profile]) -> tuple[Sensitivity, ...]:
    """The ranking under each of ``others``, beside that of ``matrix``. A tie that is broken, or made, is a change too."""
    base = {each.cloud: each.place for each in matrix.ranking if each.place is not None}
    found = []
    for profile in others:
        ranking = Matrix(matrix.catalogue, matrix.clouds, profile, matrix.costs, matrix.least_coverage).ranking
        places = {each.cloud: each.place for each in ranking if each.place is not None}
        both = [name for name in base if name in places]
        swapped = tuple((a, b) for a in both for b in both if base[a] < base[b] and places[a] >= places[b])
        parted = tuple((a, b) for a in both for b in both if base[a] == base[b] and places[a] < places[b])
        found.append(Sensitivity(profile.name, ranking, swapped + parted))
    return tuple(found)
