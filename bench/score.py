"""How long the score takes: every ordered pair of a hundred clouds over two hundred checks."""

from __future__ import annotations

import random
import time
from fractions import Fraction

from harness.score import Amount, Catalogue, Choice, Cloud, Kind, Known, Matrix, Trait, constants, counted

CLOUDS, CHECKS, FACETS, ATTEMPTS = 100, 200, 13, 3


def score_pairs_s() -> float:
    """Seconds for the moves of all 9,900 ordered pairs, and the ranking, of clouds that differ in a tenth of what is known."""
    rules = constants()
    chance = random.Random(2016)  # noqa: S311
    catalogue = _catalogue()
    clouds = tuple(_cloud(f"cloud-{number}", catalogue, chance) for number in range(CLOUDS))
    since = time.perf_counter()
    matrix = Matrix(catalogue, clouds, rules.profiles["equal"], rules.costs, rules.memberships.least_coverage)
    if len(matrix.moves) != CLOUDS * (CLOUDS - 1) or len(matrix.ranking) != CLOUDS:
        raise SystemExit("not every pair was scored; nothing to measure")
    return time.perf_counter() - since


def _catalogue() -> Catalogue:
    """Of every twenty checks, one has a time besides its verdict, and one an amount."""
    traits = []
    for number in range(CHECKS):
        check, facet = f"check-{number}", f"facet-{number % FACETS}"
        traits.append(Trait(check, check, facet))
        if number % 20 in (0, 10):
            kind = Kind.TIME if number % 20 else Kind.AMOUNT
            traits.append(Trait(f"{check}.{kind}", check, facet, kind))
    return Catalogue(tuple(traits), ("check-1", "check-2"))


def _cloud(name: str, catalogue: Catalogue, chance: random.Random) -> Cloud:
    known: dict[str, Known] = {}
    for each in catalogue.traits:
        if each.check not in catalogue.must_have and chance.random() < 1 / 40:
            continue
        if each.kind is Kind.AMOUNT:
            known[each.id] = Amount(Fraction(chance.choice((1400, 1442, 1500))))
        elif each.kind is Kind.TIME:
            known[each.id] = counted(Fraction(chance.randrange(10**6), 10**6), 1)
        else:
            known[each.id] = counted(chance.choice((0, 1, 2, 3)) if chance.random() < 1 / 10 else ATTEMPTS, ATTEMPTS)
    choices = tuple(
        Choice(f"choice-{number}", f"choice-{number % 8}", chance.choice(("naming", "branch")), str(chance.randrange(3)))
        for number in range(12)
    )
    return Cloud(name, chance.choice(("virtual machine", "container")), known, choices)
