"""What a report says of moving: how well, how sure, what it costs, and how much is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.report.moving import debts, facet_weights, known, moving, sentences
from harness.report.reading import read_run

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def test_the_sentence_says_how_well_and_how_sure(pair: Path) -> None:
    (sentence,) = sentences(read_run(pair))
    assert sentence.startswith("A move from one of these clouds to another scores ")
    assert "within bounds of " in sentence
    assert sentence.endswith("; all that counts was seen.")


def test_what_is_unknown_takes_the_number_away_and_is_said(troubled: Path) -> None:
    (sentence,) = sentences(read_run(troubled))
    assert "has no number" in sentence or " in 2 of 20 directions" in sentence
    assert "at least 0 % of what counts was seen" in sentence


def test_a_single_cloud_does_not_move(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.outcomes()
    cell.finish()
    assert sentences(read_run(run.finish())) == ()


def test_debt_is_what_differs_found_or_set_with_its_cost(pair: Path) -> None:
    (comparison,) = moving(read_run(pair)).comparisons
    found = {each.name: each for each in debts(comparison)}
    assert found["flavor"].cost_class == "naming"
    assert found["flavor"].moves == 2
    assert [(way.text, way.clouds) for way in found["flavor"].ways[0][1]] == [("small (found)", ("lab1",)), ("tiny (found)", ("lab2",))]
    costs = [each.cost for each in debts(comparison)]
    assert costs == sorted(costs, reverse=True)


def test_what_a_cloud_did_not_show_is_told_with_its_reason(troubled: Path) -> None:
    (comparison,) = moving(read_run(troubled)).comparisons
    told = {each.cloud: each for each in known(comparison)}
    assert told["good"].known == 1
    assert 0 < told["bad"].known < 1
    assert any("quota" in reason and "lifecycle.soft-reboot" in traits for reason, traits in told["bad"].unknown)
    assert told["late"].known == 0


def test_weights_of_facets_are_the_whole(pair: Path) -> None:
    (comparison,) = moving(read_run(pair)).comparisons
    assert sum(weight for _, weight in facet_weights(comparison)) == 1
