"""The waterfall's table falls from 100 to the move score, step by step, and what it draws is what it says."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.model import Verdict
from harness.report.charts.waterfall import waterfall
from harness.report.moving import moving
from harness.report.reading import read_run
from harness.score import hundredths

if TYPE_CHECKING:
    from harness.report.comparison import Comparison
    from tests.unit.report.conftest import MakeRecorder


def comparison_of(folder: Path) -> Comparison:
    return moving(read_run(folder)).comparisons[0]


def rows(comparison: Comparison, there: str, here: str) -> list[tuple[str, str, float, float, str, str]]:
    """Kind, title, start and width in percent, what is taken and what is left, of each row."""
    found = re.findall(
        r'<tr class="(.*?)"><th scope="row">(.*?)</th>.*?x="(.*?)%" width="(.*?)%".*?</td><td>(.*?)</td><td>(.*?)</td></tr>',
        waterfall(comparison, there, here),
    )
    return [(kind, title, float(start), float(width), taken, left) for kind, title, start, width, taken, left in found]


@pytest.mark.parametrize("way", [("lab1", "lab2"), ("lab2", "lab1")])
def test_it_falls_from_all_to_the_move_score(pair: Path, way: tuple[str, str]) -> None:
    comparison = comparison_of(pair)
    found = rows(comparison, *way)
    score = comparison.matrix.moves[way].score
    assert score is not None
    assert found[0][-1] == "100"
    assert found[-1][-1] == hundredths(round(score * 10_000))
    assert found[-1][0] == "total score"


@pytest.mark.parametrize("way", [("lab1", "lab2"), ("lab2", "lab1")])
def test_the_digits_that_are_taken_sum_to_those_that_are_left(pair: Path, way: tuple[str, str]) -> None:
    left = Decimal(100)
    for *_, taken, remains in rows(comparison_of(pair), *way):
        left -= Decimal(taken.removeprefix("−") or 0)
        assert Decimal(remains) == left


def test_each_bar_begins_where_the_one_before_ended(pair: Path) -> None:
    at = 100.0
    for kind, _, start, width, taken, _ in rows(comparison_of(pair), "lab2", "lab1"):
        if kind.startswith("total"):
            assert start == 0
            assert width == pytest.approx(at, abs=0.01)
            assert taken == ""
        else:
            assert start + width == pytest.approx(at, abs=0.01)
            assert float(taken.replace("−", "-")) == pytest.approx(-width, abs=0.1)
            at = start


def test_what_must_be_adapted_is_named_with_its_class_and_where_it_came_from(pair: Path) -> None:
    titles = [title for kind, title, *_ in rows(comparison_of(pair), "lab1", "lab2") if kind == "adaptation"]
    assert any("adapt flavor" in each and "naming: small (found) → tiny (found)" in each for each in titles)
    assert any("adapt network" in each and "branch: made (taken) → shared (taken)" in each for each in titles)


def test_a_lost_quantity_is_told_as_it_is_on_both(pair: Path) -> None:
    (mtu,) = [title for _, title, *_ in rows(comparison_of(pair), "lab2", "lab1") if title.startswith("addresses.mtu")]
    assert mtu == 'addresses.mtu <span class="aside">addresses, in addresses.mtu (value) 1500 → 1442</span>'


def test_a_lost_check_takes_along_what_could_not_be_seen(recorder: MakeRecorder) -> None:
    run = recorder(["good", "bad"])
    for cloud in ("good", "bad"):
        cell = run.cell(cloud)
        cell.facts()
        cell.deployed(address="floating")
        lost = {"verdict": Verdict.NOT_RUN, "because": "initialisation.ssh-key", "blame": "initialisation.ssh-key"}
        changes: dict[str, dict[str, Any]] = {
            "initialisation_ssh_key": {"verdict": Verdict.FAIL},
            "egress_names": lost,
            "egress_package": lost,
        }
        cell.outcomes(**(changes if cloud == "bad" else {}))
        cell.finish()
    found = rows(comparison_of(run.finish()), "good", "bad")
    (loss,) = [title for kind, title, *_ in found if kind == "loss"]
    assert loss == 'initialisation.ssh-key <span class="aside">initialisation, in egress.names and egress.package</span>'
    assert [title.partition(" <")[0] for kind, title, *_ in found if kind == "total"] == ["all that holds on good", "fidelity"]


def test_a_move_without_a_score_has_no_waterfall(troubled: Path) -> None:
    comparison = comparison_of(troubled)
    without = [move for move in comparison.matrix.moves.values() if move.score is None]
    assert without
    assert all(waterfall(comparison, each.there, each.here) == "" for each in without)


def test_names_are_text(hostile: Path) -> None:
    comparison = comparison_of(hostile)
    for there, here in comparison.matrix.moves:
        assert not re.search("<script|<b>", waterfall(comparison, there, here))
