from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from harness.stage.board import Board
from harness.stage.pace import Frame, Replay
from harness.stage.recording import multiplied, recorded
from harness.stage.terminal import Terminal, drawn
from tests.unit.recordings import SAMPLE
from tests.unit.stage.stories import deployed, ends, outcome, rung, told


def shown(board: Board, width: int = 100, height: int | None = None) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(drawn(Frame(board, 75.0, 0.0, 1.0, "live", None), width, height, ("stopping",)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_lane_shows_its_ladder_its_time_and_what_is_done() -> None:
    task = {"event": "engine.task", "name": "Packages", "host": "web-1", "status": "started"}
    text = shown(told({"event": "phase.started", "phase": "deploy"}, rung("a", "accepted", 0.0), rung("a", "active", 3.0), task))
    for words in ("A round", "1:15", "acme", "▸ deploying", "acc ✓", "act ✓", "con ·", "Packages [web-1]", "1:14", "stopping"):
        assert words in text


def test_the_page_that_answers_and_the_reason_of_a_failure_stand_in_words() -> None:
    assert "✓ answers · 1:01" in shown(told(deployed("http://a/"), rung("a", "application", 61.0)))
    text = shown(told(outcome("application.page", "fail", reason="seen 503"), ends()))
    assert "✗ does not run" in text
    assert "application.page on web: seen 503." in text


def test_text_with_marks_and_escapes_is_shown_as_it_is() -> None:
    text = shown(told({"event": "engine.task", "name": "[red]\x1b[2J[/red]", "host": "", "status": "started"}))
    assert "[red]␛[2J[/red]" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_eighteen_lanes_fit_any_width(width: int) -> None:
    text = shown(multiplied(recorded(SAMPLE), 18).board(), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("✓ runs") == 18


@pytest.mark.parametrize("width", [60, 120, 200])
def test_lanes_that_would_not_fit_are_one_line_each_and_none_is_left_out(width: int) -> None:
    text = shown(multiplied(recorded(SAMPLE), 18).board(), width, height=24)
    assert len(text.splitlines()) <= 24
    assert text.count("✓ runs") == 18
    assert "✓✓✓✓✓✓✓ lab2 (9)" in text


def test_what_stands_at_the_top_does_not_run_together_on_a_narrow_screen() -> None:
    frame = Frame(
        multiplied(recorded(SAMPLE), 18).board(), 75.0, 0.0, 1.0, "replay, 60 times as fast; 18 lanes multiplied from 2 recorded", None
    )
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(drawn(frame, 80, 24, ()))
    assert isinstance(console.file, io.StringIO)
    lines = [each.strip() for each in console.file.getvalue().splitlines()]
    assert lines[1:3] == ["runs on 18 of 18 clouds", "replay, 60 times as fast; 18 lanes multiplied from 2 recorded"]
    assert len(lines) == 21


def test_single_lines_are_as_long_as_the_height_lets_them_be() -> None:
    board = multiplied(recorded(SAMPLE), 18).board()
    whole = "lab1 (9) ✓ runs The page answered after 131 s; 30 behaviours seen."
    assert whole in shown(board, 120, height=40)
    assert whole not in shown(board, 120, height=20)
    assert len(shown(board, 120, height=20).splitlines()) <= 20


def test_without_a_terminal_every_change_of_words_is_a_line() -> None:
    console = Console(file=io.StringIO(), width=60)
    replay = Replay(recorded(SAMPLE), 1000)
    with Terminal(replay, console) as terminal:
        terminal.say("it is said at once")
        replay.begin()
        wait(lambda: replay.is_over)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert lines[0] == "it is said at once"
    assert any(line.endswith("lab1: ✓ runs · answers · 2:11 · The page answered after 131 s; 30 behaviours seen.") for line in lines)


def test_a_terminal_is_given_back_with_the_end_and_what_was_said() -> None:
    console = Console(file=io.StringIO(), width=80, height=30, force_terminal=True, force_interactive=True)
    replay = Replay(recorded(SAMPLE), 1000)
    replay.begin()
    with Terminal(replay, console) as terminal:
        terminal.say("stopping")
        wait(lambda: replay.is_over)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    _, restored, last = text.rpartition("\x1b[?1049l")
    assert restored
    assert "runs on 2 of 2 clouds" in last
    assert "stopping" in last


def wait(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)
