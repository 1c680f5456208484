"""Every pair has a place: in the report while that is readable, in files beside it with more clouds; and a colour that says a word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.report import write_all
from harness.report.charts import pairs as module
from harness.report.charts.pairs import Pairs, band, bands
from harness.report.formats.as_html import beside, render
from harness.report.moving import moving
from harness.report.reading import read_run

if TYPE_CHECKING:
    from harness.report.record import Run


def test_each_ordered_pair_has_a_waterfall_that_the_matrix_leads_to(pair: Path) -> None:
    text = render(read_run(pair))
    led = re.findall(r'<td class="band-\S+"><a href="#(pair-\S+)">', text)
    assert led == ["pair-1-1-2", "pair-1-2-1"]
    assert all(f'id="{each}"' in text for each in led)
    assert text.count('<table class="waterfall">') == 2
    assert "Until it answers: On lab2 after 49.0 s; on lab1 after 61.2 s." in text


def test_a_score_has_the_colour_and_the_word_of_its_range(pair: Path, troubled: Path) -> None:
    for folder in (pair, troubled):
        (comparison,) = moving(read_run(folder)).comparisons
        named = {each.name for each in bands(comparison)}
        for move in comparison.matrix.moves.values():
            assert band(comparison, move) in named
            assert (band(comparison, move) == "band-none") == (move.score is None)
    assert Pairs(moving(read_run(pair))).words(1, comparison.matrix.moves["good", "late"]).startswith("bounds ")


@pytest.fixture
def crowded(many: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Eighteen clouds where seventeen are enough to part the files."""
    monkeypatch.setattr(module, "INLINE_CLOUDS", 17)
    return read_run(many)


def test_too_many_pairs_stand_in_files_beside_the_report(crowded: Run) -> None:
    text = render(crowded)
    files = dict(beside(crowded))
    assert "waterfall" not in re.sub("<style>.*?</style>", "", text, flags=re.DOTALL).replace("waterfalls", "").replace("the waterfall", "")
    led = {tuple(each.split("#")) for each in re.findall(r'<td class="band-\S+"><a href="(\S+)">', text)}
    assert len(led) == 18 * 17
    assert {file for file, _ in led} == set(files)
    assert all(f'id="{place}"' in files[file] for file, place in led)
    assert all('href="../report.html#moves-1"' in each for each in files.values())


def test_files_beside_are_written_with_the_report(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [each for each in write_all(many) if each.parent != many]
    monkeypatch.setattr(module, "INLINE_CLOUDS", 17)
    written = [each for each in write_all(many) if each.parent != many]
    assert len(written) == 18
    assert all(each.read_text().startswith("<!DOCTYPE html>") for each in written)
