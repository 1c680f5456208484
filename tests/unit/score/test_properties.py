"""What holds of every score, whatever is known: the properties that its definition promises."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from harness.score import (
    Amount,
    Catalogue,
    Cloud,
    Kind,
    Known,
    Matrix,
    Members,
    Membership,
    counted,
    fleet,
    label,
    percent,
    quickness,
    reach,
    sensitivity,
    weigh,
)
from harness.score.labels import Label
from tests.unit.score.strategies import COSTS, EQUAL, LEAST, catalogues, clouds, matrices, of_kind


def changed(matrix: Matrix, *others: Cloud) -> Matrix:
    names = {each.name: each for each in others}
    return replace(matrix, clouds=tuple(names.get(each.name, each) for each in matrix.clouds))


@given(matrices())
def test_every_number_is_in_range_and_every_bound_in_order(matrix: Matrix) -> None:
    for move in matrix.moves.values():
        fidelity, gate = move.fidelity, move.gate
        assert 0 <= fidelity.low <= fidelity.shown <= fidelity.high <= 1
        assert 0 <= fidelity.coverage <= 1
        assert fidelity.point is None or fidelity.shown <= fidelity.point <= fidelity.high
        assert 0 <= gate.low <= gate.high <= 1
        assert gate.point is None or gate.low <= gate.point <= gate.high
        assert 0 <= move.portability.low <= move.portability.high <= 1
        assert 0 <= move.low <= move.high <= 1
        assert move.score is None or move.low <= move.score <= move.high
        assert (move.score is None) == bool(move.why)


@given(matrices())
def test_losses_sum_to_what_fidelity_lacks(matrix: Matrix) -> None:
    for (there, here), move in matrix.moves.items():
        losses = matrix.losses(there, here)
        point = move.fidelity.point
        assert sum((each.amount for each in losses), Fraction(0)) == (0 if point is None else 1 - point)
        assert all(sum(each.traits.values()) == each.amount > 0 for each in losses)


@given(matrices())
def test_a_waterfall_falls_from_1_to_the_move_score(matrix: Matrix) -> None:
    for (there, here), move in matrix.moves.items():
        found = matrix.waterfall(there, here)
        assert (found is None) == (move.score is None)
        if found:
            assert 1 - sum((each.amount for each in found.falls), Fraction(0)) == found.score == move.score
            assert all(each.amount > 0 for each in found.falls)
            assert found.score <= found.gated <= found.fidelity == move.fidelity.point


@given(matrices())
def test_a_score_is_never_above_fidelity_must_haves_or_portability(matrix: Matrix) -> None:
    for move in matrix.moves.values():
        if move.score is not None and move.fidelity.point is not None and move.gate.point is not None:
            assert move.score <= min(move.fidelity.point, move.gate.point, move.portability.high)


@given(st.data())
def test_a_cloud_like_another_loses_nothing(data: st.DataObject) -> None:
    catalogue = data.draw(catalogues())
    cloud = data.draw(clouds(catalogue))
    matrix = Matrix(catalogue, (cloud, replace(cloud, name="twin")), EQUAL, COSTS, LEAST)
    assert matrix.moves["b", "twin"].fidelity.point in (None, 1)
    assert matrix.losses("b", "twin") == ()


def better(data: st.DataObject, trait: Kind, known: Known) -> Known:
    if isinstance(known, Members):
        return Members(known.items | data.draw(st.frozensets(st.sampled_from("abcd"))))
    if isinstance(known, Amount):
        return Amount(known.value + data.draw(st.fractions(0, 100, max_denominator=2)))
    if not trait.stands_alone:
        return known
    point, low, high = (max(pair) for pair in zip(ends(known), ends(data.draw(of_kind(trait))), strict=True))
    return Membership(point, low, high)


def ends(known: Known) -> tuple[Fraction, Fraction, Fraction]:
    assert isinstance(known, Membership)
    return known.point, known.low, known.high


@given(matrices(), st.data())
def test_no_number_falls_when_something_holds_better_on_b(matrix: Matrix, data: st.DataObject) -> None:
    here = matrix.clouds[1]
    kinds = {each.id: each.kind for each in matrix.catalogue.traits}
    raised = replace(here, known={id_: better(data, kinds[id_], known) for id_, known in here.known.items()})
    before, after = (each.moves["a", here.name] for each in (matrix, changed(matrix, raised)))
    assert after.fidelity.shown >= before.fidelity.shown
    assert after.fidelity.low >= before.fidelity.low
    assert after.fidelity.high >= before.fidelity.high
    assert after.low >= before.low
    assert after.high >= before.high
    assert (after.fidelity.point or 0) >= (before.fidelity.point or 0)
    assert (after.score or 0) >= (before.score or 0)


@given(matrices(), st.data())
def test_learning_an_unknown_of_b_never_leaves_the_bounds_it_had(matrix: Matrix, data: st.DataObject) -> None:
    here = matrix.clouds[1]
    learnt = {each.id: data.draw(of_kind(each.kind)) for each in matrix.catalogue.traits if each.id not in here.known}
    before, after = (each.moves["a", here.name] for each in (matrix, changed(matrix, replace(here, known={**here.known, **learnt}))))
    assert before.fidelity.low <= after.fidelity.low
    assert after.fidelity.high <= before.fidelity.high
    assert before.gate.low <= after.gate.low
    assert after.gate.high <= before.gate.high
    assert before.low <= after.low
    assert after.high <= before.high
    assert after.score is None or before.low <= after.score <= before.high
    assert after.fidelity.coverage >= before.fidelity.coverage


@given(matrices(), st.data())
def test_learning_an_unknown_of_a_never_leaves_the_bounds_it_had(matrix: Matrix, data: st.DataObject) -> None:
    there = matrix.clouds[0]
    learnt = {each.id: data.draw(of_kind(each.kind)) for each in matrix.catalogue.traits if each.id not in there.known}
    before, after = (each.moves["a", "b"] for each in (matrix, changed(matrix, replace(there, known={**there.known, **learnt}))))
    assert before.fidelity.low <= after.fidelity.low
    assert after.fidelity.high <= before.fidelity.high
    assert before.low <= after.low
    assert after.high <= before.high
    assert after.score is None or before.low <= after.score <= before.high
    assert after.fidelity.coverage >= before.fidelity.coverage


@given(matrices(), st.data())
def test_leaving_something_out_on_b_raises_no_number(matrix: Matrix, data: st.DataObject) -> None:
    here = matrix.clouds[1]
    kept = {id_: known for id_, known in here.known.items() if data.draw(st.booleans())}
    before, after = (each for each in (matrix, changed(matrix, replace(here, known=kept))))
    old, new = before.moves["a", here.name], after.moves["a", here.name]
    assert new.fidelity.shown <= old.fidelity.shown
    assert new.low <= old.low
    assert old.high <= new.high
    assert new.fidelity.coverage <= old.fidelity.coverage
    assert new.score is None or old.score is None or new.score <= old.score
    for one, other in ((before, after),):
        lowered, whole = (fleet(each.catalogue, each.weights, each.clouds).score for each in (other, one))
        assert lowered is None or whole is None or lowered <= whole


@given(matrices(), st.data())
def test_leaving_something_out_of_the_scenario_raises_no_number(matrix: Matrix, data: st.DataObject) -> None:
    left_out = frozenset(each.id for each in matrix.catalogue.traits if data.draw(st.booleans()))

    def narrow(cloud: Cloud) -> Cloud:
        known = {id_: each for id_, each in cloud.known.items() if id_ not in left_out}
        return replace(cloud, known=known, left_out=cloud.left_out | left_out)

    narrowed = replace(matrix, clouds=tuple(map(narrow, matrix.clouds)))
    for pair, old in matrix.moves.items():
        new = narrowed.moves[pair]
        assert new.fidelity.coverage <= old.fidelity.coverage
        assert new.low <= old.low
        assert old.high <= new.high
        assert new.fidelity.point is None or new.fidelity.shown <= old.fidelity.shown
        assert new.score is None or old.score is None or new.score <= old.score


@given(matrices())
def test_a_number_needs_the_must_haves_and_four_fifths_of_the_weight(matrix: Matrix) -> None:
    for (_, here), move in matrix.moves.items():
        known = next(each for each in matrix.clouds if each.name == here).known
        if any(check not in known for check in matrix.catalogue.must_have) or move.fidelity.coverage < matrix.least_coverage:
            assert move.score is None


@given(matrices())
def test_the_fleet_is_never_above_a_member(matrix: Matrix) -> None:
    found = fleet(matrix.catalogue, matrix.weights, matrix.clouds)
    assert found.score is None or 0 <= found.score <= min(found.members.values()) <= max(found.members.values()) <= 1


@given(matrices())
def test_every_cloud_is_in_one_group_of_the_reach(matrix: Matrix) -> None:
    found = reach(matrix.catalogue, matrix.clouds)
    assert sorted((*found.runs, *found.fails, *found.unproven)) == [each.name for each in matrix.clouds]


@given(matrices(), st.randoms(use_true_random=False))
def test_the_order_of_clouds_and_checks_is_irrelevant(matrix: Matrix, random: object) -> None:
    shuffled = list(matrix.catalogue.traits)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    catalogue = Catalogue(tuple(shuffled), matrix.catalogue.must_have[::-1])
    other = replace(matrix, catalogue=catalogue, clouds=matrix.clouds[::-1])
    assert {pair: (each.score, each.low, each.high, each.fidelity) for pair, each in matrix.moves.items()} == {
        pair: (each.score, each.low, each.high, each.fidelity) for pair, each in other.moves.items()
    }
    assert matrix.ranking == other.ranking
    assert matrix.losses("a", "b") == other.losses("a", "b")
    assert {pair: falls(matrix, *pair) for pair in matrix.moves} == {pair: falls(other, *pair) for pair in matrix.moves}
    assert common(matrix) == common(other)


def falls(matrix: Matrix, there: str, here: str) -> object:
    found = matrix.waterfall(there, here)
    return found and ([(each.step, each.amount, set(each.about)) for each in found.falls], found.fidelity, found.gated, found.score)


def common(matrix: Matrix) -> object:
    whole, where = fleet(matrix.catalogue, matrix.weights, matrix.clouds), reach(matrix.catalogue, matrix.clouds)
    (found,) = sensitivity(matrix, [EQUAL])
    return (
        (whole.score, whole.members, {cloud: set(traits) for cloud, traits in whole.only_here.items()}),
        (set(where.runs), set(where.fails), set(where.unproven)),
        (found.ranking, set(found.swapped)),
    )


@given(matrices())
def test_adapting_costs_the_same_both_ways(matrix: Matrix) -> None:
    there, back = (matrix.moves[pair].portability for pair in (("a", "b"), ("b", "a")))
    assert (there.low, there.high, there.unknown) == (back.low, back.high, back.unknown)


@given(matrices())
def test_only_clouds_with_a_number_have_a_rank_and_the_best_is_first(matrix: Matrix) -> None:
    ranked = [each for each in matrix.ranking if each.place is not None]
    assert all((each.score is None) == (each.place is None) for each in matrix.ranking)
    assert [each.score for each in ranked] == sorted((each.score or Fraction(0) for each in ranked), reverse=True)
    assert [each.place for each in ranked][:1] in ([], [1])


@given(matrices())
def test_no_ranking_is_sensitive_to_its_own_weights(matrix: Matrix) -> None:
    assert not sensitivity(matrix, [matrix.profile])[0].changes


@given(catalogues())
def test_weights_sum_to_1_and_facets_weigh_the_same(catalogue: Catalogue) -> None:
    weights = weigh(EQUAL, catalogue)
    assert sum(weights.values()) == 1
    facets: dict[str, Fraction] = {}
    for each in catalogue.traits:
        facets[each.facet] = facets.get(each.facet, Fraction(0)) + weights[each.id]
    assert len(set(facets.values())) == 1


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 2))
def test_more_attempts_alike_never_make_the_interval_wider(held: int, of: int, uncertainty: int) -> None:
    once, twice = counted(min(held, of), of, uncertainty), counted(2 * min(held, of), 2 * of, uncertainty)
    assert once.point == twice.point
    assert once.low <= twice.low <= twice.high <= once.high
    assert 0 <= once.low <= once.high <= 1


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.001, 1e5), st.floats(0, 1e5))
def test_a_longer_time_is_never_better(one: float, other: float, good: float, more: float) -> None:
    limit = good + more
    shorter, longer = sorted((one, other))
    assert 0 <= quickness(longer, good, limit) <= quickness(shorter, good, limit) <= 1
    assert (quickness(one, good, limit) == 1) == (one <= good)


@given(st.fractions(0, 1))
def test_100_and_0_are_said_only_of_exactly_1_and_0(share: Fraction) -> None:
    assert (percent(share) == "100") == (share == 1)
    assert (percent(share) == "0") == (share == 0)
    assert abs(float(percent(share)) - float(share) * 100) <= 0.1


@given(st.fractions(0, 1), st.fractions(0, 1))
def test_a_better_score_has_no_worse_word(one: Fraction, other: Fraction) -> None:
    labels = (Label(Fraction(0), "0"), Label(Fraction(1, 2), "1"), Label(Fraction(1), "2"))
    low, high = sorted((one, other))
    assert label(low, labels) <= label(high, labels)
