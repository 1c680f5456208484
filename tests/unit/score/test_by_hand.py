"""Small cases whose numbers were worked out on paper."""

from __future__ import annotations

from fractions import Fraction

import pytest

from harness.score import (
    Amount,
    Catalogue,
    Choice,
    Cloud,
    Fall,
    Kind,
    Matrix,
    Members,
    Profile,
    Step,
    Trait,
    constants,
    counted,
    fleet,
    quickness,
    reach,
    sensitivity,
    sharing,
    weigh,
)
from tests.unit.score.strategies import COSTS, EQUAL, LEAST

TRAITS = (
    Trait("boot.active", "boot.active", "boot"),
    Trait("boot.console", "boot.console", "boot"),
    Trait("page", "page", "application"),
    Trait("page.seconds", "page", "application", Kind.TIME),
)
CATALOGUE = Catalogue(TRAITS, ("boot.active", "page"))
"""By equal weights: boot.active and boot.console a quarter each, the page and its time a quarter each."""

GOOD = Cloud(
    "good", "vm", {"boot.active": counted(2, 2), "boot.console": counted(2, 2), "page": counted(2, 2), "page.seconds": counted(2, 2)}
)


def matrix(*clouds: Cloud, catalogue: Catalogue = CATALOGUE, profile: Profile = EQUAL) -> Matrix:
    return Matrix(catalogue, clouds, profile, COSTS, LEAST)


def test_two_of_three_attempts_lie_between_a_half_and_three_quarters() -> None:
    found = counted(2, 3)
    assert (found.point, found.low, found.high) == (Fraction(2, 3), Fraction(2, 4), Fraction(3, 4))


def test_a_fact_has_no_interval() -> None:
    found = counted(1, 1, uncertainty=0)
    assert {found.low, found.point, found.high} == {1}


def test_a_time_halfway_by_its_logarithm_counts_a_half() -> None:
    assert quickness(20, 10, 40) == Fraction(1, 2)
    assert quickness(10, 10, 40) == 1
    assert quickness(40, 10, 40) == 0
    assert quickness(10.000001, 10, 40) < 1
    assert quickness(39.99999999, 10, 40) > 0


def test_fidelity_losses_and_bounds_of_two_clouds() -> None:
    half = Cloud("half", "vm", {**GOOD.known, "boot.console": counted(1, 2), "page.seconds": counted(Fraction(1, 2), 1)})
    found = matrix(GOOD, half)
    fidelity = found.moves["good", "half"].fidelity
    assert fidelity.point == fidelity.shown == Fraction(3, 4)
    # boot.active 2/3..1, boot.console 1/3..2/3, page 2/3..1, its time 1/4..3/4; a quarter of each
    assert fidelity.low == (Fraction(2, 3) + Fraction(1, 3) + Fraction(2, 3) + Fraction(1, 4)) / 4
    assert fidelity.high == (1 + Fraction(2, 3) + 1 + Fraction(3, 4)) / 4
    assert [(each.check, each.amount) for each in found.losses("good", "half")] == [
        ("boot.console", Fraction(1, 8)),
        ("page", Fraction(1, 8)),
    ]
    # back: only what holds on half is asked for, 1/4 + 1/8 + 1/4 + 1/8, and good has all of it
    assert found.moves["half", "good"].fidelity.point == 1


def test_what_follows_from_a_failure_is_booked_on_it() -> None:
    bad = Cloud(
        "bad",
        "vm",
        {
            "boot.active": counted(2, 2),
            "boot.console": counted(0, 2),
            "page": counted(0, 2, blame={"boot.console": Fraction(1)}),
            "page.seconds": counted(0, 2, blame=sharing([("boot.console", 1), ("page", Fraction(1, 2)), ("page", Fraction(1, 2))])),
        },
    )
    losses = matrix(GOOD, bad).losses("good", "bad")
    assert [(each.check, each.facet, each.amount) for each in losses] == [
        ("boot.console", "boot", Fraction(5, 8)),
        ("page", "application", Fraction(1, 8)),
    ]
    assert losses[0].traits == {"boot.console": Fraction(1, 4), "page": Fraction(1, 4), "page.seconds": Fraction(1, 8)}
    assert losses[0].consequences == ("page", "page.seconds")


def test_the_gate_is_the_weakest_must_have() -> None:
    weak = Cloud("weak", "vm", {**GOOD.known, "page": counted(1, 2)})
    move = matrix(GOOD, weak).moves["good", "weak"]
    assert (move.fidelity.point, move.gate.point, move.score) == (Fraction(7, 8), Fraction(1, 2), Fraction(1, 2))
    assert move.gate.failing == ("page",)


def test_an_unknown_must_have_leaves_the_move_unproven() -> None:
    known = {id_: each for id_, each in GOOD.known.items() if id_ != "page"}
    move = matrix(GOOD, Cloud("shy", "vm", known)).moves["good", "shy"]
    assert (move.score, move.why) == (None, "unproven: page unknown")
    assert [move.low, move.high] == [0, 1]


def test_what_is_unknown_on_b_is_a_step_of_its_own() -> None:
    catalogue = Catalogue(tuple(Trait(f"c{number}", f"c{number}", "boot") for number in range(5)))
    all_ = {each.id: counted(1, 1) for each in catalogue.traits}
    shy = {id_: each for id_, each in all_.items() if id_ != "c4"} | {"c0": counted(0, 1)}
    found = matrix(Cloud("a", known=all_), Cloud("b", known=shy), catalogue=catalogue)
    move, steps = found.moves["a", "b"], found.waterfall("a", "b")
    assert (move.fidelity.point, move.fidelity.shown, move.fidelity.coverage) == (Fraction(3, 4), Fraction(3, 5), Fraction(4, 5))
    assert [move.fidelity.low, move.fidelity.high] == [Fraction(3, 10), Fraction(9, 10)]
    assert steps is not None
    assert steps.falls == (Fall(Step.LOSS, "c0", Fraction(1, 4), ("c0",)), Fall(Step.NOT_SHOWN, "not seen on b", Fraction(3, 20), ("c4",)))
    assert (steps.fidelity, steps.score) == (Fraction(3, 4), Fraction(3, 5))


def test_what_is_unknown_on_a_is_left_out_of_the_number_and_not_of_the_bounds() -> None:
    catalogue = Catalogue(tuple(Trait(f"c{number}", f"c{number}", "boot") for number in range(5)))
    all_ = {each.id: counted(1, 1, 0) for each in catalogue.traits}
    lame = Cloud("b", known=all_ | {"c4": counted(0, 1, 0)})
    whole, narrow = (
        matrix(Cloud("a", known=known), lame, catalogue=catalogue).moves["a", "b"].fidelity
        for known in (all_, {id_: each for id_, each in all_.items() if id_ not in ("c3", "c4")})
    )
    assert [whole.point, whole.low, whole.high, whole.coverage] == [Fraction(4, 5), Fraction(4, 5), Fraction(4, 5), 1]
    # c4 may hold on a and be lost on b: 3 of 4; were c3 to hold on both besides, it would be 4 of 5
    assert [narrow.point, narrow.low, narrow.high, narrow.coverage] == [1, Fraction(3, 4), 1, Fraction(3, 5)]


def test_what_was_left_out_of_the_scenario_was_not_shown_by_b() -> None:
    catalogue = Catalogue(tuple(Trait(f"c{number}", f"c{number}", "boot") for number in range(10)))
    all_ = {each.id: counted(1, 1, 0) for each in catalogue.traits}
    lame = all_ | {"c9": counted(0, 1, 0)}
    whole = matrix(Cloud("a", known=all_), Cloud("b", known=lame), catalogue=catalogue)
    narrow = [
        Cloud(name, known={id_: each for id_, each in known.items() if id_ != "c9"}, left_out=frozenset(["c9"]))
        for name, known in (("a", all_), ("b", lame))
    ]
    found = matrix(*narrow, catalogue=catalogue)
    assert whole.moves["a", "b"].score == found.moves["a", "b"].score == Fraction(9, 10)
    steps = found.waterfall("a", "b")
    assert steps is not None
    assert steps.falls == (Fall(Step.NOT_SHOWN, "not seen on b", Fraction(1, 10), ("c9",)),)


def test_a_set_that_is_unknown_on_a_may_be_one_of_which_b_has_nothing() -> None:
    catalogue = Catalogue((Trait("x", "x", "x"), Trait("mtu", "mtu", "x", Kind.AMOUNT)))
    one = Cloud("one", known={"x": counted(1, 1, 0)})
    other = Cloud("other", known={"x": counted(1, 1, 0), "mtu": Amount(Fraction(1200))})
    fidelity = matrix(one, other, catalogue=catalogue).moves["one", "other"].fidelity
    assert [fidelity.point, fidelity.low, fidelity.high] == [1, Fraction(1, 2), 1]


def test_below_four_fifths_there_is_an_interval_and_no_number() -> None:
    known = {id_: each for id_, each in GOOD.known.items() if id_ != "boot.console"}
    found = matrix(GOOD, Cloud("shy", "vm", known))
    move = found.moves["good", "shy"]
    assert (move.fidelity.coverage, move.score, move.why) == (Fraction(3, 4), None, "only 75.0 % of the weight is known on both")
    assert [(each.cloud, each.place) for each in found.ranking] == [("good", None), ("shy", None)]


def test_times_of_different_kinds_of_server_are_outside() -> None:
    slow = {**GOOD.known, "page.seconds": counted(0, 1)}
    assert matrix(GOOD, Cloud("slow", "vm", slow)).moves["good", "slow"].fidelity.point == Fraction(3, 4)
    other = matrix(GOOD, Cloud("slow", "container", slow)).moves["good", "slow"].fidelity
    assert other.point == other.coverage == 1


def test_sets_and_amounts_are_asked_for_as_far_as_a_has_them() -> None:
    catalogue = Catalogue((Trait("ports", "ports", "x", Kind.SET), Trait("mtu", "mtu", "x", Kind.AMOUNT)))
    one = Cloud("one", known={"ports": Members(frozenset("abcd")), "mtu": Amount(Fraction(1500))})
    other = Cloud("other", known={"ports": Members(frozenset("abcz")), "mtu": Amount(Fraction(1200))})
    found = matrix(one, other, catalogue=catalogue)
    assert found.moves["one", "other"].fidelity.point == (Fraction(3, 4) + Fraction(4, 5)) / 2
    assert found.moves["other", "one"].fidelity.point == (Fraction(3, 4) + 1) / 2
    assert fleet(catalogue, found.weights, found.clouds).score is None


def test_one_decision_costs_once_and_the_dearest_of_its_words() -> None:
    def choices(image: str, address: str, external: str) -> tuple[Choice, ...]:
        return (
            Choice("image", "image", "naming", image, "found"),
            Choice("address", "address", "branch", address, "set"),
            Choice("external", "address", "naming", external, "found"),
        )

    here = Cloud("here", "vm", GOOD.known, choices("debian", "floating", "public"))
    there = Cloud("there", "vm", GOOD.known, choices("trixie", "direct", ""))
    found = matrix(here, there)
    move, steps = found.moves["here", "there"], found.waterfall("here", "there")
    assert [(each.name, each.cost_class, each.cost) for each in move.portability.adaptations] == [
        ("address", "branch", Fraction(1, 20)),
        ("image", "naming", Fraction(1, 100)),
    ]
    assert move.score == Fraction(94, 100)
    assert steps is not None
    assert [(each.step, each.name, each.about) for each in steps.falls] == [
        (Step.ADAPTATION, "address", ("address", "external")),
        (Step.ADAPTATION, "image", ("image",)),
    ]


def test_dear_adaptations_leave_nothing_and_no_less() -> None:
    a, b = (Cloud(each, "vm", GOOD.known, (Choice("p", "p", "patched payload", each), Choice("q", "q", "branch", each))) for each in "ab")
    found = matrix(a, b)
    steps = found.waterfall("a", "b")
    assert found.moves["a", "b"].score == 0
    assert steps is not None
    assert [each.amount for each in steps.falls] == [1]


def test_a_choice_that_is_not_known_leaves_the_move_unproven_between_bounds() -> None:
    a = Cloud("a", "vm", GOOD.known, (Choice("address", "address", "branch", "floating"),))
    b = Cloud("b", "vm", GOOD.known, (Choice("address", "address", "branch", None),))
    move = matrix(a, b).moves["a", "b"]
    assert (move.score, move.why) == (None, "unproven: unknown what would differ in address")
    assert [move.portability.low, move.portability.high] == [Fraction(19, 20), 1]


def test_the_fleet_is_what_holds_on_all_and_missing_is_nothing() -> None:
    lame = Cloud("lame", "vm", {**GOOD.known, "boot.console": counted(0, 1)})
    shy = Cloud("shy", "vm", {id_: each for id_, each in GOOD.known.items() if id_ != "page.seconds"})
    found = fleet(CATALOGUE, weigh(EQUAL, CATALOGUE), (GOOD, lame, shy))
    assert (found.score, found.members) == (Fraction(1, 2), {"good": 1, "lame": Fraction(3, 4), "shy": Fraction(3, 4)})
    assert found.only_here == {"lame": ("boot.console",)}


def test_the_reach_of_a_workload() -> None:
    bad = Cloud("bad", "vm", {**GOOD.known, "page": counted(0, 1)})
    shy = Cloud("shy", "vm", {"boot.active": counted(1, 1)})
    found = reach(CATALOGUE, (GOOD, bad, shy))
    assert (found.runs, found.fails, found.unproven) == (("good",), ("bad",), ("shy",))
    doubted = reach(CATALOGUE, (GOOD, bad, shy), in_doubt={"good", "bad"})
    assert (doubted.runs, doubted.fails, doubted.unproven) == ((), ("bad",), ("good", "shy"))


def test_a_ranking_that_hangs_on_the_weights_says_so() -> None:
    catalogue = Catalogue((Trait("x", "x", "x"), Trait("y", "y", "y")))
    both = {"x": counted(1, 1, 0), "y": counted(1, 1, 0)}
    clouds = (
        Cloud("whole", known=both),
        Cloud("no-x", known={**both, "x": counted(0, 1, 0)}),
        Cloud("no-y", known={**both, "y": counted(0, 1, 0)}),
    )
    found = matrix(*clouds, catalogue=catalogue, profile=Profile("mine", facets={"x": Fraction(3)}))
    assert [(each.cloud, each.place, each.score) for each in found.ranking] == [
        ("whole", 1, 1),
        ("no-y", 2, Fraction(3, 8)),
        ("no-x", 3, Fraction(1, 8)),
    ]
    (other,) = sensitivity(found, [Profile("yours", facets={"y": Fraction(3)})])
    assert other.changes
    assert other.swapped == (("no-y", "no-x"),)


def test_half_of_the_weight_can_go_to_the_must_haves() -> None:
    weights = weigh(Profile("workload", must_have=Fraction(1, 2)), CATALOGUE)
    assert weights == {
        "boot.active": Fraction(1, 8) + Fraction(1, 4),
        "boot.console": Fraction(1, 8),
        "page": Fraction(1, 4),
        "page.seconds": Fraction(1, 4),
    }


@pytest.mark.parametrize("name", ["equal", "workload"])
def test_the_shipped_profiles_weigh_any_catalogue(name: str) -> None:
    assert sum(weigh(constants().profiles[name], CATALOGUE).values()) == 1
