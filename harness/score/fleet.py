"""Several clouds as one: what holds on all of them, what fails on one alone, and where the workload runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.score.catalogue import Catalogue, Cloud, Kind
from harness.score.membership import Membership
from harness.score.move import gate


@dataclass(frozen=True)
class Fleet:
    """What clouds have in common.

    ``score`` is Σ w·min over the clouds / Σ w, in [0, 1], what is missing counting 0 (the rule of wpt.fyi); sets and amounts, which have
    no membership of their own, stay outside, and times where the clouds' kinds of server differ. ``members`` is the same sum for
    each cloud alone, and never below ``score``. ``None`` without a trait that weighs anything.
    ``only_here`` lists, by cloud, what falls short there alone and holds wholly on every other.
    """

    score: Fraction | None
    members: Mapping[str, Fraction]
    only_here: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Reach:
    """Where every attempt ran and all must-haves were seen to hold in it, where one was seen not to, and where that is unknown."""

    runs: tuple[str, ...]
    fails: tuple[str, ...]
    unproven: tuple[str, ...]


def fleet(catalogue: Catalogue, weights: Mapping[str, Fraction], clouds: Sequence[Cloud]) -> Fleet:
    """The fleet of ``clouds``."""
    one_kind = len({each.servers for each in clouds}) <= 1
    traits = [each for each in catalogue.traits if each.kind.stands_alone and (one_kind or each.kind is not Kind.TIME)]
    whole = sum((weights[each.id] for each in traits), Fraction(0))
    points = {cloud.name: {trait.id: _point(cloud, trait.id) for trait in traits} for cloud in clouds}
    if not whole or not clouds:
        return Fleet(None, {}, {})
    least = sum((weights[each.id] * min(of[each.id] for of in points.values()) for each in traits), Fraction(0))
    members = {name: sum((weights[id_] * point for id_, point in of.items()), Fraction(0)) / whole for name, of in points.items()}
    return Fleet(least / whole, members, {cloud.name: only for cloud in clouds if (only := _only_on(cloud, clouds, catalogue))})


def reach(catalogue: Catalogue, clouds: Sequence[Cloud], in_doubt: Collection[str] = ()) -> Reach:
    """Where the workload runs. One must-have seen to fail outweighs another that is unknown.

    ``in_doubt`` are names of clouds with an attempt that did not get far enough to tell, which what is known of a trait does not show.
    """
    gates = {each.name: gate(catalogue.must_have, each) for each in clouds}
    fails = tuple(name for name, each in gates.items() if each.failing)
    unproven = tuple(name for name, each in gates.items() if (each.unknown or name in in_doubt) and name not in fails)
    return Reach(tuple(name for name in gates if name not in (*fails, *unproven)), fails, unproven)


def _point(cloud: Cloud, trait: str) -> Fraction:
    known = cloud.known.get(trait)
    return known.point if isinstance(known, Membership) else Fraction(0)


def _only_on(cloud: Cloud, clouds: Sequence[Cloud], catalogue: Catalogue) -> tuple[str, ...]:
    """The checks that ``cloud`` alone was seen to fail; consequences of another check's failure are left to that check."""
    others = [each for each in clouds if each is not cloud]
    found = []
    for trait in catalogue.traits:
        known = cloud.known.get(trait.id)
        if trait.kind not in (Kind.BEHAVIOUR, Kind.FACT) or not isinstance(known, Membership) or known.point == 1:
            continue
        if set(known.blame) - {trait.check}:
            continue
        if others and all(isinstance(each.known.get(trait.id), Membership) and _point(each, trait.id) == 1 for each in others):
            found.append(trait.id)
    return tuple(found)
