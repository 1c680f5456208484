"""A comparison in words: the questions in their order, printed numbers that sum, and nothing from outside that draws."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from harness.report.answers import Section, of_all, of_history, of_pair, steps
from harness.report.comparison import Comparison, compare
from harness.report.comparison_data import of_history as document
from harness.report.formats.as_markdown import of_sections
from harness.report.history import history
from harness.report.reading import read_run
from harness.report.terminal.comparison import show_sections
from harness.score import newest
from harness.score.datafiles import shipped


def of(folder: Path) -> Comparison:
    return compare([read_run(folder)])[0]


def drawn(sections: tuple[Section, ...], width: int = 100) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    show_sections(sections, console)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_pairs_answers_come_in_the_order_of_the_questions(pair: Path) -> None:
    found = of_pair(of(pair), "lab1", "lab2")
    assert [each.title for each in found] == [
        "Can it move?",
        "How sure is that?",
        "What is lost, and what has to be adapted?",
        "What must be changed, and what does it cost?",
        "How long until it answers there?",
        "What to read it with",
    ]
    assert found[0].text.startswith("lampstack moves with changes from lab1 to lab2: 8")
    assert "after 1 attempt on lab1 and 1 attempt on lab2; 100 % of the weight is known on both." in found[1].text
    assert found[4].text == "On lab2 after 49.0 s; on lab1 after 61.2 s."


@pytest.mark.parametrize("recorded", ["pair", "many"])
def test_the_printed_steps_of_a_waterfall_sum_exactly(recorded: str, request: pytest.FixtureRequest) -> None:
    comparison = of(request.getfixturevalue(recorded))
    seen = 0
    for (there, here), move in comparison.matrix.moves.items():
        found = comparison.matrix.waterfall(there, here)
        if not found:
            continue
        lines = list(steps(comparison, move, found))
        fallen = [Decimal(amount.replace("−", "-")) for _, _, amount, _ in lines if amount]
        assert Decimal(100) + sum(fallen) == Decimal(lines[-1][3])
        assert lines[0][3] == "100"
        assert [each[0] for each in lines].count("fidelity, S") == 1
        seen += 1
    assert seen


def test_a_move_without_a_number_says_why_and_what_is_known_to_be_lost(troubled: Path) -> None:
    comparison = of(troubled)
    text = " ".join(drawn(of_pair(comparison, "good", "shut")).split())
    assert "Whether lampstack moves from good to shut has no number: unproven: boot.active, application.page unknown." in text
    assert "there is no waterfall" in text
    assert "unproven on shut, cut and late" in " ".join(drawn(of_all(comparison)).split())


def test_all_clouds_are_told_in_order_and_rank_in_the_width_of_a_terminal(many: Path) -> None:
    text = drawn(of_all(of(many)), width=160)
    assert max(map(len, text.splitlines())) <= 160
    assert text.index("Where does it run?") < text.index("How well does it move?") < text.index("Where does it move best?")
    assert "No number to harbor-cloud: unproven" in text
    assert " 18 rune-cloud" in text


def test_times_stand_under_their_kind_of_server_and_not_in_the_ranking(many: Path) -> None:
    found = {each.title: each for each in of_all(of(many))}
    assert not [cell for row in found["Where does it move best?"].rows for cell in row if cell.endswith(" s")]
    times = found["How long until it answers?"]
    assert times.rows[0] == ("system container", "acme-cloud", "after 61.2 s")
    kinds = [row[0] for row in times.rows if row[0]]
    assert kinds == ["system container", "virtual machine"]
    assert [row[1] for row in times.rows].index("bolt-cloud") == [row[0] for row in times.rows].index("virtual machine") == 6
    assert times.text == "Times of one kind of server are not to be set beside those of another."


def test_texts_from_outside_draw_nothing(hostile: Path) -> None:
    comparison = of(hostile)
    names = comparison.clouds
    for sections in (of_all(comparison), of_pair(comparison, *names)):
        assert "\x1b" not in drawn(sections)
        assert "<script>" not in of_sections(sections)
        assert "\x1b" not in of_sections(sections)


def test_the_history_says_what_changed(pair: Path) -> None:
    (found,) = history([read_run(pair)], "lab1")
    sections = of_history(found)
    assert [each.title for each in sections][:2] == ["lampstack on lab1", "What changed"]
    assert sections[1].text == "nothing"


def test_the_history_names_weights_and_data_files(pair: Path) -> None:
    first = read_run(pair)
    older = next(digest for digest, (kind, number, *_) in shipped().items() if (kind, number) == ("memberships", 1))
    alike, unlike = replace(first, id="alike"), replace(first, id="unlike", score_files={**newest(), "memberships": older})
    text = of_history(history([first, alike], "lab1")[0])[-1].text
    assert text.count("Weights: equal") == text.count("Data files: ") == text.count("memberships-2.yaml ") == 1
    text = of_history(history([first, unlike], "lab1")[0])[-1].text
    assert f"Run {first.id}: Data files: " in text
    assert "Run unlike: Data files: " in text
    stages = document(history([first, unlike], "lab1")[0])["stages"]
    assert [each["weights"]["profile"] for each in stages] == ["equal", "equal"]
    assert [each["data_files"].get("memberships-1.yaml") for each in stages] == [None, older]
