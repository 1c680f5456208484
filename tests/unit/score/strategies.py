"""Whatever a score can be asked about: catalogues, and clouds of which anything may be known or not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from harness.score import Amount, Catalogue, Choice, Cloud, Costs, Kind, Known, Matrix, Members, Membership, Profile, Trait, counted

COSTS = Costs({"naming": Fraction(1, 100), "branch": Fraction(1, 20), "behaviour switch": Fraction(1, 10), "patched payload": Fraction(1)})
EQUAL = Profile("equal")
LEAST = Fraction(4, 5)
FACETS = ("boot", "addresses", "application")
SERVERS = ("virtual machine", "container")

fractions = st.fractions(0, 1, max_denominator=12)
amounts = st.builds(Amount, st.fractions(0, 9000, max_denominator=2))
members = st.builds(Members, st.frozensets(st.sampled_from("abcd")))


@st.composite
def memberships(draw: st.DrawFn) -> Membership:
    of = draw(st.integers(1, 6))
    return counted(draw(st.integers(0, of)), of, draw(st.integers(0, 1)))


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    traits = []
    for number in range(draw(st.integers(1, 5))):
        check, facet = f"check-{number}", draw(st.sampled_from(FACETS))
        traits.append(Trait(check, check, facet))
        kind = draw(st.sampled_from((None, Kind.TIME, Kind.SET, Kind.AMOUNT)))
        traits += [Trait(f"{check}.{kind}", check, facet, kind)] if kind else []
    checks = [each.check for each in traits if each.id == each.check]
    return Catalogue(tuple(traits), tuple(draw(st.lists(st.sampled_from(checks), max_size=2, unique=True))))


def of_kind(kind: Kind) -> st.SearchStrategy[Known]:
    lost = st.just(Membership(Fraction(0), Fraction(0), Fraction(0)))
    return {Kind.SET: st.one_of(members, lost), Kind.AMOUNT: st.one_of(amounts, lost)}.get(kind, memberships())


@st.composite
def clouds(draw: st.DrawFn, catalogue: Catalogue, name: str = "b") -> Cloud:
    known = {each.id: value for each in catalogue.traits if (value := draw(st.none() | of_kind(each.kind))) is not None}
    for trait in catalogue.traits:
        value = known.get(trait.id)
        if isinstance(value, Membership) and value.point < 1 and draw(st.booleans()):
            blamed = draw(st.sampled_from([each.check for each in catalogue.traits]))
            shares = {trait.check: Fraction(1, 3), blamed: Fraction(2, 3)} if blamed != trait.check else {blamed: Fraction(1)}
            known[trait.id] = replace(value, blame=shares)
    choices = tuple(
        Choice(each, group, cost_class, draw(st.sampled_from((None, "x", "y"))))
        for each, group, cost_class in (
            ("image", "image", "naming"),
            ("address", "address", "branch"),
            ("external", "address", "naming"),
            ("drive", "drive", "behaviour switch"),
        )
    )
    left_out = frozenset(each.id for each in catalogue.traits if each.id not in known and draw(st.booleans()))
    return Cloud(name, draw(st.sampled_from(SERVERS)), known, choices, left_out=left_out)


@st.composite
def matrices(draw: st.DrawFn, least: int = 2, most: int = 3) -> Matrix:
    catalogue = draw(catalogues())
    number = draw(st.integers(least, most))
    found = tuple(draw(clouds(catalogue, name)) for name in "abcd"[:number])
    weights = {each.check: draw(st.fractions(0, 3, max_denominator=3)) for each in catalogue.traits}
    profile = Profile("drawn", checks=weights, must_have=draw(fractions)) if any(weights.values()) else EQUAL
    return Matrix(catalogue, found, profile, COSTS, draw(st.sampled_from((Fraction(0), Fraction(4, 5)))))
