"""What no score can be made of is refused, and named."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from harness.score import (
    Amount,
    Catalogue,
    Choice,
    Cloud,
    Costs,
    Kind,
    Label,
    Matrix,
    Members,
    Membership,
    Profile,
    ScoreError,
    Trait,
    constants,
    counted,
    label,
    newest,
    portability,
    profile,
    quickness,
    reached,
    shared,
    weigh,
)
from tests.unit.score.strategies import COSTS, EQUAL, LEAST

CATALOGUE = Catalogue((Trait("x", "x", "boot"), Trait("set", "set", "boot", Kind.SET)))


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1, -0.001, None, "soon", True])
def test_a_time_that_is_none(seconds: Any) -> None:
    with pytest.raises(ScoreError, match="a time is a number of seconds, 0 or more"):
        quickness(seconds, 10, 20)


@pytest.mark.parametrize(("good", "limit"), [(0, 10), (20, 10), (float("nan"), 10), (10, float("inf"))])
def test_limits_that_are_none(good: float, limit: float) -> None:
    with pytest.raises(ScoreError):
        quickness(1, good, limit)


@pytest.mark.parametrize(("held", "of"), [(1, 0), (-1, 2), (3, 2)])
def test_a_count_that_is_none(held: int, of: int) -> None:
    with pytest.raises(ScoreError, match="is no count"):
        counted(held, of)


def test_a_membership_outside_its_interval_and_blame_that_is_not_whole() -> None:
    with pytest.raises(ScoreError, match="inside its interval"):
        Membership(Fraction(1), Fraction(0), Fraction(1, 2))
    with pytest.raises(ScoreError, match="shares of blame"):
        counted(0, 1, blame={"x": Fraction(1, 2)})


def test_a_negative_amount_and_bases_that_are_none() -> None:
    with pytest.raises(ScoreError, match="an amount is 0 or more"):
        Amount(Fraction(-1))
    with pytest.raises(ScoreError, match="no basis"):
        reached(Amount(Fraction(0)), Amount(Fraction(1)))
    with pytest.raises(ScoreError, match="no basis"):
        shared(Members(frozenset()), Members(frozenset("a")))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"checks": {"x": 0, "set": 0}}, "weights mine: they sum to 0"),
        ({"facets": {"boot": 0}}, "weights mine: they sum to 0"),
        ({"checks": {"boot.activ": 2}}, "weights mine: there is no check boot.activ"),
        ({"facets": {"bot": 2}}, "weights mine: there is no facet bot"),
        ({"checks": {"x": -1}}, "weights mine: x weighs -1"),
        ({"checks": {"x": float("nan")}}, "weights mine: x: a number is expected; given is nan"),
        ({"checks": {"x": float("inf")}}, "weights mine: x: a number is expected; given is inf"),
        ({"checks": {"x": "much"}}, "weights mine: x: a number is expected; given is 'much'"),
        ({"checks": {"x": True}}, "weights mine: x: a number is expected; given is True"),
        ({"checks": ["x"]}, "weights mine: checks is not a mapping"),
        ({"must_have": 2}, "weights mine: must_have is a share between 0 and 1"),
        ({"weights": {}}, "weights mine: unknown key weights"),
    ],
)
def test_weights_that_cannot_be_used(written: dict[str, Any], message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        weigh(profile("mine", written, ""), CATALOGUE)


def test_a_catalogue_that_is_empty_or_says_something_twice() -> None:
    with pytest.raises(ScoreError, match="is empty"):
        Catalogue(())
    with pytest.raises(ScoreError, match="has x twice"):
        Catalogue((CATALOGUE.traits[0], CATALOGUE.traits[0]))


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"y": counted(1, 1)}, "cloud a: y is not in the catalogue"),
        ({"set": counted(1, 1)}, "cloud a: set is a set"),
        ({"x": Members(frozenset("a"))}, "cloud a: x is a behaviour"),
    ],
)
def test_knowledge_that_does_not_fit_the_catalogue(known: dict[str, Any], message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        Matrix(CATALOGUE, (Cloud("a", known=known),), EQUAL, COSTS, LEAST)


def test_two_clouds_of_one_name() -> None:
    with pytest.raises(ScoreError, match="two clouds are called a"):
        Matrix(CATALOGUE, (Cloud("a"), Cloud("a")), EQUAL, COSTS, LEAST)


def test_costs_that_are_none_and_classes_that_are_not_there() -> None:
    with pytest.raises(ScoreError, match="naming costs 2"):
        Costs({"naming": Fraction(2)})
    a, b = (Cloud(each, choices=(Choice("image", "image", "free", each),)) for each in "ab")
    with pytest.raises(ScoreError, match="there is no class free; the classes are naming, "):
        portability(a, b, COSTS)


def test_a_negative_weight_of_a_profile() -> None:
    with pytest.raises(ScoreError, match="no weight is below 0"):
        Profile("mine", facets={"boot": Fraction(-1)})


def test_labels_that_do_not_reach_down() -> None:
    with pytest.raises(ScoreError, match="no label"):
        label(Fraction(0), (Label(Fraction(1), "whole"),))


def test_data_files_of_another_version_are_refused_by_name() -> None:
    with pytest.raises(ScoreError, match="the data file of costs with the digest sha256:00 is not part of this version"):
        constants({**newest(), "costs": "sha256:00"})
    with pytest.raises(ScoreError, match="the data file of weights with the digest none"):
        constants({kind: digest for kind, digest in newest().items() if kind != "weights"})
    with pytest.raises(ScoreError, match="the data file of labels"):
        constants({**newest(), "labels": newest()["costs"]})


def test_no_clouds_make_no_moves() -> None:
    empty = Matrix(CATALOGUE, (), EQUAL, COSTS, LEAST)
    assert (dict(empty.moves), empty.ranking) == ({}, ())
