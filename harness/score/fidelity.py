"""How much of what holds on A holds on B: fidelity, its bounds and coverage, and what each loss is.

Everything is summed as whole numbers of one unit (:class:`Table`), so that sums are exact and ten thousand pairs take a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from harness.score.catalogue import Catalogue, Cloud, Kind, Trait
from harness.score.membership import Amount, Known, Members, Membership, reached, shared


@dataclass(frozen=True)
class Fidelity:
    """How much of what holds on A was seen to hold on B; all in [0, 1].

    ``point`` is S = Σ w·min(a,b) / Σ w·a over the traits known on both with a > 0 (fuzzy subsethood, Kosko 1986; Tversky's ratio with
    α=1, β=0). ``None`` without such a basis. ``shown`` is the same sum over everything known on A, and over what was left out by choice and
    is known on neither, as if A had it: what B has not shown adds nothing, so that leaving a check out raises it never.
    ``low`` and ``high`` take the ends of B's intervals, 0 and 1 for what is unknown on B, and A at its point; what is unknown on A, and so
    outside the sums, they take as whatever makes them the lowest and the highest.
    ``coverage`` is the weight of what is known on both, of all that can be compared.
    """

    point: Fraction | None
    shown: Fraction
    low: Fraction
    high: Fraction
    coverage: Fraction


@dataclass(frozen=True)
class Loss:
    """What B loses of A for one reason: ``check`` is to blame, ``traits`` are what is lost by it, each with its part of ``amount``."""

    check: str
    facet: str
    amount: Fraction
    traits: Mapping[str, Fraction]

    @property
    def consequences(self) -> tuple[str, ...]:
        """What is lost besides the check's own traits, by name, when it has failed."""
        return tuple(each for each in self.traits if each != self.check)


@dataclass
class Row:
    """One cloud in whole numbers: weight × membership of every trait in a group, 0 where unknown (``high``: the weight).

    ``unknown`` are the places of unknown traits, ``unknown_weight`` their weights' sum, ``left_out`` those of them that were left out by
    choice, ``need`` the sum of ``point``.
    """

    point: list[int] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    unknown_weight: int = 0
    left_out: set[int] = field(default_factory=set)
    need: int = 0


class Table:
    """All clouds in whole numbers of one unit, in three groups of traits: those that always compare, times, and sets and amounts."""

    def __init__(self, catalogue: Catalogue, weights: Mapping[str, Fraction], clouds: Sequence[Cloud]) -> None:
        self.catalogue = catalogue
        self.weights = weights
        self.clouds = {each.name: each for each in clouds}
        numbers = [number for each in clouds for known in each.known.values() for number in _numbers(known)]
        self._unit = lcm(*(each.denominator for each in weights.values())) * lcm(*(each.denominator for each in numbers))
        traits = catalogue.traits
        self._always = tuple(each for each in traits if each.kind in (Kind.BEHAVIOUR, Kind.FACT))
        self._times = tuple(each for each in traits if each.kind is Kind.TIME)
        self._always_weight = sum(self._scaled(weights[each.id]) for each in self._always)
        self._times_weight = sum(self._scaled(weights[each.id]) for each in self._times)
        self._columns = [Column(each, self._scaled(weights[each.id]), clouds) for each in traits if not each.kind.stands_alone]
        self._rows = {name: self._row(self._always, cloud) for name, cloud in self.clouds.items()}
        self._time_rows = {name: self._row(self._times, cloud) for name, cloud in self.clouds.items()}

    def fidelity(self, there: str, here: str) -> Fidelity:
        """From cloud ``there`` (A) to cloud ``here`` (B)."""
        return self._sums(there, here).fidelity()

    def _sums(self, there: str, here: str) -> _Sums:
        total = _Sums()
        total.add(self._always_weight, self._rows[there], self._rows[here])
        if self.times_compare(there, here):
            total.add(self._times_weight, self._time_rows[there], self._time_rows[here])
        for column in self._columns:
            column.add_to(total, there, here)
        return total

    def losses(self, there: str, here: str) -> tuple[Loss, ...]:
        """What B loses of A, the greatest first. They sum to 1 − S exactly; without a basis there are none."""
        lost: dict[str, dict[str, Fraction]] = {}
        total = self._sums(there, here)
        basis = Fraction(total.need - total.need_unknown, self._unit)
        for trait, missing in self._missing(there, here):
            known = self.clouds[here].known[trait.id]
            blame = (known.blame if isinstance(known, Membership) else {}) or {trait.check: Fraction(1)}
            for check, share in blame.items():
                lost.setdefault(check, {})[trait.id] = self.weights[trait.id] * missing * share / basis
        facets = self.catalogue.facet_of
        found = (Loss(check, facets.get(check, ""), sum(parts.values(), Fraction(0)), parts) for check, parts in lost.items())
        return tuple(sorted(found, key=lambda each: (-each.amount, each.check)))

    def not_shown(self, there: str, here: str) -> tuple[str, ...]:
        """The traits that are unknown on B, and hold on A, at least in part, or were left out by choice."""
        a, b = self.clouds[there].known, self.clouds[here].known
        left_out = self.clouds[there].left_out | self.clouds[here].left_out
        unseen = (each.id for each in self.comparable(there, here) if each.id not in b)
        return tuple(each for each in unseen if (_need(a[each]) if each in a else each in left_out))

    def times_compare(self, there: str, here: str) -> bool:
        """Whether the kinds of server are the same, so that times may stand beside each other."""
        return self.clouds[there].servers == self.clouds[here].servers

    def comparable(self, there: str, here: str) -> tuple[Trait, ...]:
        """The traits of a pair: all, or all but times."""
        times = self.times_compare(there, here)
        return tuple(each for each in self.catalogue.traits if times or each.kind is not Kind.TIME)

    def _missing(self, there: str, here: str) -> Iterator[tuple[Trait, Fraction]]:
        """Every trait that weighs anything, is known on both and less on B: a − min(a, b)."""
        ours, theirs = self.clouds[there].known, self.clouds[here].known
        for trait in self.comparable(there, here):
            a, b = ours.get(trait.id), theirs.get(trait.id)
            if a is None or b is None or not self.weights[trait.id] or not (need := _need(a)):
                continue
            if missing := need - _held(a, b):
                yield trait, missing

    def _scaled(self, number: Fraction) -> int:
        return number.numerator * (self._unit // number.denominator)

    def _row(self, traits: Sequence[Trait], cloud: Cloud) -> Row:
        row = Row()
        for place, trait in enumerate(traits):
            weight, known = self.weights[trait.id], cloud.known.get(trait.id)
            if isinstance(known, Membership):
                point, low, high = known.point, known.low, known.high
            else:
                point, low, high = Fraction(0), Fraction(0), Fraction(1)
                row.unknown.append(place)
                row.unknown_weight += self._scaled(weight)
                if trait.id in cloud.left_out:
                    row.left_out.add(place)
            row.point.append(self._scaled(weight * point))
            row.low.append(self._scaled(weight * low))
            row.high.append(self._scaled(weight * high))
        row.need = sum(row.point)
        return row


class Column:
    """A set or an amount on all clouds: as few clouds differ, what is held of each value by each other is worked out once."""

    def __init__(self, trait: Trait, weight: int, clouds: Sequence[Cloud]) -> None:
        self.weight = weight
        values: list[Known] = []
        self._place: dict[str, int | None] = {}
        for cloud in clouds:
            known = cloud.known.get(trait.id)
            if known is not None and known not in values:
                values.append(known)
            self._place[cloud.name] = None if known is None else values.index(known)
        self._asks = [bool(_need(each)) for each in values]
        self._lost = [isinstance(each, Membership) for each in values]
        self._left_out = {cloud.name for cloud in clouds if trait.id in cloud.left_out}
        self._held = [[weight * _held(a, b) if _need(a) else Fraction(0) for b in values] for a in values]

    def add_to(self, total: _Sums, there: str, here: str) -> None:
        """Add this trait to the sums of a pair."""
        a, b = self._place[there], self._place[here]
        total.weight += self.weight
        if a is None or b is None:
            total.unknown += self.weight
        if a is None:
            total.open.append((0, self.weight))
            total.open_high += 0 if b is not None and self._lost[b] else self.weight
            total.left_out += self.weight if b is None and self._left_out.intersection((there, here)) else 0
            return
        if not self._asks[a]:
            return
        total.need += self.weight
        if b is None:
            total.need_unknown += self.weight
            total.high += self.weight
        else:
            total.relative += self._held[a][b]


@dataclass
class _Sums:
    """The sums of one pair, in the table's unit. ``relative`` is what is held of sets and amounts, which have no bounds.

    ``open`` are the traits that are unknown on A: what B holds of each at least, of its weight. ``open_high`` is what B holds of them at
    most, ``left_out`` the weight of those that are unknown on both by choice.
    """

    weight: int = 0
    unknown: int = 0
    need: int = 0
    need_unknown: int = 0
    held: int = 0
    low: int = 0
    high: int = 0
    open: list[tuple[int, int]] = field(default_factory=list)
    open_high: int = 0
    left_out: int = 0
    relative: Fraction = Fraction(0)

    def add(self, weight: int, a: Row, b: Row) -> None:
        self.weight += weight
        both = set(a.unknown).intersection(b.unknown)
        self.unknown += a.unknown_weight + b.unknown_weight - sum(b.high[place] for place in both)
        self.left_out += sum(b.high[place] for place in both & (a.left_out | b.left_out))
        self.need += a.need
        self.need_unknown += sum(a.point[place] for place in b.unknown)
        self.held += sum(map(min, a.point, b.point))
        self.low += sum(map(min, a.point, b.low))
        self.high += sum(map(min, a.point, b.high))
        self.open += [(b.low[place], a.high[place]) for place in a.unknown]
        self.open_high += sum(b.high[place] for place in a.unknown)

    def fidelity(self) -> Fidelity:
        known = self.need - self.need_unknown
        coverage = Fraction(self.weight - self.unknown, self.weight) if self.weight else Fraction(0)
        if not self.need:
            return Fidelity(None, Fraction(0), Fraction(0), Fraction(1), coverage)
        held, low, high = (each + self.relative for each in (self.held, self.low, self.high))
        shown = Fraction(held, self.need + self.left_out)
        point = Fraction(held, known) if known else None
        highest = Fraction(high + self.open_high, self.need + self.open_high)
        return Fidelity(point, shown, _lowest(low, self.need, self.open), highest, coverage)


def _lowest(held: int | Fraction, need: int, open_: Sequence[tuple[int, int]]) -> Fraction:
    """The least that ``held`` / ``need`` comes to when any of ``open_`` (held, need) may be asked for, or none.

    What holds less than the whole does pulls it down, and so may more of it then (Dinkelbach, Management Science 13 (7), 1967).
    """
    least = Fraction(held, need)
    while True:
        lower = [(has, of) for has, of in open_ if has * least.denominator < of * least.numerator]
        found = Fraction(held + sum(has for has, _ in lower), need + sum(of for _, of in lower))
        if found == least:
            return least
        least = found


def _numbers(known: Known) -> tuple[Fraction, ...]:
    return (known.point, known.low, known.high) if isinstance(known, Membership) else ()


def _need(a: Known) -> Fraction:
    """What A asks for: its membership; everything it has, of a set or an amount that is not empty."""
    if isinstance(a, Membership):
        return a.point
    return Fraction(bool(a.items) if isinstance(a, Members) else bool(a.value))


def _held(a: Known, b: Known) -> Fraction:
    """min(a, b); of sets and amounts the part of A's that B has, and nothing where it was lost."""
    if isinstance(a, Members) and isinstance(b, Members):
        return shared(a, b)
    if isinstance(a, Amount) and isinstance(b, Amount):
        return reached(a, b)
    return min(_need(a), b.point) if isinstance(b, Membership) else Fraction(0)
