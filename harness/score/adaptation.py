"""What has to be set or goes another way on B, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm

from harness.score.catalogue import Cloud
from harness.score.errors import ScoreError


@dataclass(frozen=True)
class Costs:
    """What a difference costs, by its class; ``digest`` names the file it came from.

    ``class_of`` gives the class of an input by its kind, ``other`` that of a kind it does not name, ``branch`` that of a branch.
    ``input_groups`` and ``branch_groups`` say which inputs and branches are one decision, by the name that the decision goes by.
    """

    classes: Mapping[str, Fraction]
    class_of: Mapping[str, str] = field(default_factory=dict)
    other: str = ""
    branch: str = ""
    input_groups: Mapping[str, str] = field(default_factory=dict)
    branch_groups: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""

    def __post_init__(self) -> None:
        for name, cost in self.classes.items():
            if not 0 <= cost <= 1:
                raise ScoreError(f"costs: {name} costs {cost}, and a cost lies between 0 and 1")

    @cached_property
    def unit(self) -> int:
        """How many parts of 1 all costs are whole numbers of."""
        return lcm(*(each.denominator for each in self.classes.values()))

    @cached_property
    def _units(self) -> dict[str, int]:
        return {name: int(cost * self.unit) for name, cost in self.classes.items()}

    def units(self, cost_class: str) -> int:
        """The cost of one difference of ``cost_class``, in parts.

        Raises:
            ScoreError: there is no such class.
        """
        self.of(cost_class)
        return self._units[cost_class]

    def dearer(self, one: str, other: str | None) -> str:
        """Of two classes the one that costs more; the other one where they cost the same."""
        return other if other is not None and self.units(other) >= self.units(one) else one

    def more(self, one: str, than: str | None) -> int:
        """How many parts a difference of class ``one`` costs on top of one of class ``than``."""
        return max(0, self.units(one) - (self.units(than) if than is not None else 0))

    def less(self, parts: int) -> Fraction:
        """1 less a number of parts, and never below 0."""
        return Fraction(max(0, self.unit - parts), self.unit)

    def of(self, cost_class: str) -> Fraction:
        """The cost of one difference of ``cost_class``.

        Raises:
            ScoreError: there is no such class.
        """
        if cost_class not in self.classes:
            raise ScoreError(f"costs: there is no class {cost_class}; the classes are {', '.join(self.classes)}")
        return self.classes[cost_class]


@dataclass(frozen=True)
class Difference:
    """One input or branch that is not the same on A and B: the values, and where each came from."""

    name: str
    there: str
    here: str
    there_source: str
    here_source: str


@dataclass(frozen=True)
class Adaptation:
    """One decision that differs, in one or several words. It costs as much as its dearest difference, once."""

    name: str
    cost_class: str
    cost: Fraction
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Portability:
    """DP = max(0, 1 − Σ cost of what differs), in [0, 1]: Mooney's degree of portability (Computer 23 (11), 1990).

    ``low`` also takes off what may differ but is not known on one side (``unknown``, by name); ``high`` does not.
    """

    adaptations: tuple[Adaptation, ...]
    unknown: tuple[str, ...]
    low: Fraction
    high: Fraction

    @property
    def point(self) -> Fraction | None:
        """DP, where everything that could differ is known."""
        return None if self.unknown else self.high


def portability(there: Cloud, here: Cloud, costs: Costs) -> Portability:
    """What differs between A and B in what the workload was given and which ways it took. Its cost is the same both ways."""
    a, b = there.by_name, here.by_name
    different: dict[str, list[Difference]] = {}
    classes: dict[str, str] = {}
    open_: dict[str, str] = {}
    unknown = []
    for name in sorted(a.keys() | b.keys()):
        either = a.get(name) or b[name]
        ours, theirs = a[name].value if name in a else None, b[name].value if name in b else None
        if ours is None or theirs is None:
            unknown.append(name)
            open_[either.group] = costs.dearer(either.cost_class, open_.get(either.group))
        elif ours != theirs:
            different.setdefault(either.group, []).append(Difference(name, ours, theirs, a[name].source, b[name].source))
            classes[either.group] = costs.dearer(either.cost_class, classes.get(either.group))
    found = [Adaptation(group, classes[group], costs.of(classes[group]), tuple(each)) for group, each in different.items()]
    found.sort(key=lambda each: (-costs.units(each.cost_class), each.name))
    known = sum(costs.units(each) for each in classes.values())
    worst = known + sum(costs.more(each, classes.get(group)) for group, each in open_.items())
    return Portability(tuple(found), tuple(unknown), costs.less(worst), costs.less(known))
