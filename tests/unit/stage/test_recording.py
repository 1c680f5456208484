from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import JournalError, UsageError
from harness.stage.lane import State
from harness.stage.pace import Frame
from harness.stage.recording import multiplied, recorded
from harness.stage.view import sentence
from tests.unit.recordings import SAMPLE
from tests.unit.stage.stories import write_round


def test_the_sample_has_its_own_timing() -> None:
    recording = recorded(SAMPLE)
    assert recording.events[0].at == 0
    assert recording.length == pytest.approx(229.4, abs=0.1)
    assert recording.note == ""


def test_a_round_that_was_cut_says_so(tmp_path: Path) -> None:
    assert recorded(write_round(tmp_path, "acme", end=False)).note == "the record ends before the round does"


def test_a_folder_without_a_round_is_refused_by_its_file(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"journal\.jsonl: is not there"):
        recorded(tmp_path)
    (tmp_path / "journal.jsonl").write_text("")
    with pytest.raises(JournalError, match="no round begins in it"):
        recorded(tmp_path)


def test_eighteen_lanes_are_made_of_two_and_it_is_said() -> None:
    recording = multiplied(recorded(SAMPLE), 18)
    board = recording.board()
    assert recording.note == "18 lanes multiplied from 2 recorded"
    assert len({each.cloud for each in board.lanes}) == 18
    assert {each.state for each in board.lanes} == {State.RUNS}
    assert board.unreadable == 0
    assert (board.exit_code, recording.events[-1].event["event"]) == (0, "run.finished")


def test_a_copy_tells_the_same_as_the_lane_it_was_made_of() -> None:
    lanes = multiplied(recorded(SAMPLE), 5).board().lanes
    assert [each.cloud for each in lanes] == ["lab1", "lab2", "lab1 (2)", "lab2 (2)", "lab1 (3)"]
    assert lanes[0].climbs == lanes[2].climbs == lanes[4].climbs
    assert lanes[0].climbs != lanes[1].climbs
    assert lanes[0].sentence == lanes[4].sentence


def test_a_cloud_of_which_no_cell_was_chosen_has_no_lane_at_the_end_and_no_copy(tmp_path: Path) -> None:
    journal = write_round(tmp_path, "acme") / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"clouds": ["acme"]', '"clouds": ["acme", "other"]'))
    recording = recorded(tmp_path)
    board = recording.board()
    assert [each.cloud for each in board.lanes] == ["acme"]
    assert sentence(Frame(board, 9.0, 0.0, 0.0, "", 9.0)) == "runs on 1 of 1 cloud"
    assert [each.cloud for each in multiplied(recording, 2).board().lanes] == ["acme", "acme (2)"]


def test_as_many_lanes_as_there_are_is_the_recording_itself() -> None:
    recording = recorded(SAMPLE)
    assert multiplied(recording, 2) is recording
    assert multiplied(recording, None) is recording


def test_no_recorded_lane_is_left_out() -> None:
    with pytest.raises(UsageError, match="--lanes 1: the round has 2"):
        multiplied(recorded(SAMPLE), 1)
