from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.stage.lane import State
from harness.stage.pace import Live, Replay
from harness.stage.recording import recorded
from tests.unit.recordings import SAMPLE
from tests.unit.stage.stories import write_round


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replay(clock: Clock) -> Replay:
    return Replay(recorded(SAMPLE), 10, clock)


def test_a_replay_waits_until_somebody_looks(replay: Replay, clock: Clock) -> None:
    clock.now += 100
    assert (replay.look().time, replay.look().rate) == (0.0, 0.0)
    replay.begin()
    clock.now += 1
    assert (replay.look().time, replay.look().rate) == (10.0, 10.0)


def test_the_second_who_looks_does_not_wake_a_replay_that_was_paused(replay: Replay, clock: Clock) -> None:
    replay.begin()
    clock.now += 2
    replay.pause()
    replay.begin()
    clock.now += 9
    assert (replay.look().time, replay.look().rate) == (20.0, 0.0)


def test_seeking_back_shows_the_board_as_it_was(replay: Replay, clock: Clock) -> None:
    replay.begin()
    clock.now += 5
    early = replay.look().board
    clock.now += 15
    assert replay.look().board != early
    replay.seek(50)
    assert replay.look().board == early


def test_at_the_end_time_stands_still_and_going_on_begins_anew(replay: Replay, clock: Clock) -> None:
    replay.begin()
    clock.now += 1000
    frame = replay.look()
    assert replay.is_over
    assert (frame.time, frame.rate) == (frame.length, 0.0)
    assert {each.state for each in frame.board.lanes} == {State.RUNS}
    replay.resume()
    clock.now += 1
    assert replay.look().time == 10.0


@pytest.mark.parametrize(("to", "reached"), [(-5, 0.0), (1e9, 229.4)])
def test_a_position_outside_the_recording_is_its_nearer_end(replay: Replay, to: float, reached: float) -> None:
    replay.seek(to)
    assert replay.look().time == pytest.approx(reached, abs=0.1)


def test_a_viewer_is_told_that_it_is_a_replay_and_how_fast(replay: Replay) -> None:
    assert replay.look().note == "replay, 10 times as fast"


def test_a_live_board_follows_the_journals(tmp_path: Path) -> None:
    live = Live(tmp_path / "run")
    assert (live.look().board.lanes, live.look().rate) == ((), 0.0)
    write_round(tmp_path / "run", "acme", end=False)
    frame = live.look()
    assert (frame.rate, frame.length, frame.board.lanes[0].state) == (1.0, None, State.RUNS)
    assert 0 <= frame.time <= time.time()


def test_the_time_of_a_round_that_ended_stands_still(tmp_path: Path) -> None:
    live = Live(write_round(tmp_path, "acme"))
    frame = live.look()
    assert (frame.rate, frame.time) == (0.0, frame.board.until)
