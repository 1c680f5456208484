"""The terminal's report fits its width, says in words what it says in colour, and passes no escape on."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.report.reading import read_run
from harness.report.terminal import show

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def shown(folder: Path, width: int, *, colour: bool = False) -> str:
    file = StringIO()
    show(read_run(folder), Console(file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None))
    return file.getvalue()


@pytest.mark.parametrize("recorded", ["pair", "troubled", "many", "hostile"])
@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_console(recorded: str, width: int, request: pytest.FixtureRequest) -> None:
    lines = shown(request.getfixturevalue(recorded), width).splitlines()
    assert max(cell_len(each.rstrip()) for each in lines) <= width


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_sentence_comes_before_everything_but_the_title(pair: Path, width: int) -> None:
    lines = [each.strip() for each in shown(pair, width).splitlines() if each.strip()]
    assert lines[0].startswith("Interop challenge, Barcelona 2016")
    assert lines[1].startswith("lampstack ran unchanged on 2 of 2 clouds")


def test_what_was_required_comes_before_the_clouds_and_names_each_that_does_not_meet_it(troubled: Path) -> None:
    text = shown(troubled, 200)
    required = text[text.index("What was required") : text.index("Clouds")]
    assert "deployed; these pass: boot.active and application.page" in required
    assert "✓ good: met." in required
    assert "? shut: unknown: refused: the password is wrong." in required


def test_differences_come_first_with_their_values(pair: Path) -> None:
    lines = [re.split(r"  +", each.strip()) for each in shown(pair, 120).splitlines()]
    start = lines.index(["Differs between clouds (3)"])
    assert lines[start + 1] == ["initialisation.source", "✓ metadata service", "✓ config drive"]
    assert lines[start + 2] == ["addresses.kind", "✓ floating", "✓ direct"]
    assert lines.index(["Alike on every cloud (21)"]) > start


def test_many_clouds_become_letters_and_ways_become_digits(many: Path) -> None:
    text = shown(many, 80)
    kinds = next(each for each in text.splitlines() if each.strip().startswith("addresses.kind "))
    assert kinds.split() == ["addresses.kind", *"21111211121111211"]
    assert re.search(r"2 direct +A F J O *\n", text)
    assert re.search(r"\n A  acme-cloud", text)
    assert "harbor-cloud" in text
    assert "refused: the" in text


def test_more_clouds_than_a_line_has_room_for_are_drawn_in_blocks(many: Path) -> None:
    rows = [each for each in shown(many, 48).splitlines() if each.strip().startswith("boot.active")]
    assert len(rows) > 1
    assert sum(each.count("✓") for each in rows) == 17


def test_failures_say_what_was_expected_seen_and_what_to_try(troubled: Path) -> None:
    text = shown(troubled, 120)
    assert "✗ initialisation.ssh-key (initialisation) on database" in text
    assert re.search(r"expected +a login with the key within 300 s", text)
    assert re.search(r"try next +openstack console log show interop-database", text)
    assert re.search(r"so not run +initialisation\.wrong-key", text)
    assert "Failing on their own, besides:" in text


def test_unknown_leftovers_and_gaps_are_shown(troubled: Path) -> None:
    text = shown(troubled, 120)
    assert "? bad quota: no more reboots  lifecycle.soft-reboot" in text
    assert "Left behind on bad (bad.lampstack)" in text
    assert "interop-ab12cd34-000001-port" in text
    assert "late.lampstack: the cell was planned and never started" in text


@pytest.mark.parametrize("width", [80, 200])
def test_ladders_are_bars_on_one_scale(pair: Path, width: int) -> None:
    bars = {}
    cloud = ""
    for line in shown(pair, width).split("Seconds from acceptance")[1].splitlines():
        if line.strip() in ("lab1", "lab2"):
            cloud = line.strip()
        elif found := re.search(r"^ +balancer.*?([░▒▓█]+) *$", line):
            bars[cloud] = found[1]
    assert len(bars["lab2"]) == pytest.approx(len(bars["lab1"]) * 49 / 61.2, abs=1)
    assert bars["lab1"].startswith("░")
    assert bars["lab1"].endswith("█")


def test_kinds_of_server_have_bars_of_their_own(many: Path) -> None:
    text = shown(many, 120)
    assert "Seconds from acceptance: system container" in text
    assert "Seconds from acceptance: virtual machine" in text


def test_colour_only_repeats_what_is_said_without(troubled: Path) -> None:
    assert COLOURS.sub("", shown(troubled, 120, colour=True)) == shown(troubled, 120)


def test_nothing_from_outside_is_markup_or_an_escape(hostile: Path) -> None:
    text = shown(hostile, 200)
    assert "[bold]" in text
    assert "␛[31m␇" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", text)
    assert "\x1b" not in COLOURS.sub("", shown(hostile, 200, colour=True))
