"""What is scored, and what is known of it on each cloud: the values that go into a score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from harness.score.errors import ScoreError
from harness.score.membership import Amount, Known, Members, Membership


class Kind(StrEnum):
    """What a trait is: what a cloud did, what an API says, how long it took, what there is, how much there is."""

    BEHAVIOUR = "behaviour"
    FACT = "fact"
    TIME = "time"
    SET = "set"
    AMOUNT = "amount"

    @property
    def stands_alone(self) -> bool:
        """Whether it has a membership on one cloud; sets and amounts have one only as seen from another cloud."""
        return self not in (Kind.SET, Kind.AMOUNT)


@dataclass(frozen=True)
class Trait:
    """One thing that is scored: a check's verdict (``id`` is the check's), or a value that the check observed."""

    id: str
    check: str
    facet: str
    kind: Kind = Kind.BEHAVIOUR


@dataclass(frozen=True)
class Catalogue:
    """Everything that is scored, known or not, and the checks that must hold. It is the denominator of every score.

    Raises:
        ScoreError: it is empty, or says a trait twice.
    """

    traits: tuple[Trait, ...]
    must_have: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.traits:
            raise ScoreError("the catalogue is empty: there is nothing to score")
        twice = sorted(id_ for id_, number in Counter(each.id for each in self.traits).items() if number > 1)
        if twice:
            raise ScoreError(f"the catalogue has {twice[0]} twice")

    @cached_property
    def by_id(self) -> dict[str, Trait]:
        """The traits by their ids."""
        return {each.id: each for each in self.traits}

    @cached_property
    def facet_of(self) -> dict[str, str]:
        """The facet of every check."""
        return {each.check: each.facet for each in self.traits}


@dataclass(frozen=True)
class Choice:
    """A way to run the workload that was set or found on a cloud: an input, or a branch that the payload took.

    ``value`` is ``None`` where it is not known. Choices of one ``group`` are one decision in several words, and cost once.
    ``source`` says whether it was ``found``, ``set``, a ``default``, or ``taken`` (a branch); it has no influence on the cost.
    """

    name: str
    group: str
    cost_class: str
    value: str | None
    source: str = ""


@dataclass(frozen=True)
class Cloud:
    """What is known of one workload on one cloud. A trait that is not in ``known`` is unknown; ``why`` may say why.

    ``servers`` is the kind of its servers: times are compared between equal kinds only. ``left_out`` are the traits that nobody was
    asked to look at, by choice.
    """

    name: str
    servers: str = ""
    known: Mapping[str, Known] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    @cached_property
    def by_name(self) -> dict[str, Choice]:
        """The choices by their names."""
        return {each.name: each for each in self.choices}

    def fits(self, catalogue: Catalogue) -> None:
        """Nothing, when what is known is of the catalogue's traits and of their kinds.

        Raises:
            ScoreError: something is not; names the cloud and the trait.
        """
        for id_, value in self.known.items():
            trait = catalogue.by_id.get(id_)
            if trait is None:
                raise ScoreError(f"cloud {self.name}: {id_} is not in the catalogue")
            lost = isinstance(value, Membership) and (trait.kind.stands_alone or value.high == 0)
            if not (lost or isinstance(value, {Kind.SET: Members, Kind.AMOUNT: Amount}.get(trait.kind, Membership))):
                raise ScoreError(f"cloud {self.name}: {id_} is a {trait.kind}, and what is known is no such thing")
