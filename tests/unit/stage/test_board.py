from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.journal import EVENTS
from harness.stage.board import Board, after
from harness.stage.lane import Ended, State
from harness.stage.recording import recorded
from tests.unit.recordings import SAMPLE
from tests.unit.stage.stories import begins, deployed, ends, outcome, rung, started, told


def lane_of(board: Board, cloud: str = "acme") -> Any:
    found = board.lane(cloud)
    assert found is not None
    return found


def test_every_cloud_has_a_lane_before_anything_happens() -> None:
    board = after(Board(), 0, "", started("acme", "other"))
    assert [(each.cloud, each.state) for each in board.lanes] == [("acme", State.WAITING), ("other", State.WAITING)]


def test_a_lane_tells_what_is_done_at_this_moment() -> None:
    task = {"event": "engine.task", "name": "Server", "host": "web-1", "status": "started"}
    lane = lane_of(told({"event": "phase.started", "phase": "deploy"}, task))
    assert (lane.doing, lane.detail, lane.since) == ("deploying", "Server [web-1]", 1.0)


def test_the_page_answers_when_its_rung_is_heard_of() -> None:
    assert lane_of(told(deployed("http://a/"))).answered is None
    assert lane_of(told(deployed("http://a/"), rung("web", "application", 131.0))).answered == 3.0


def test_a_workload_without_a_page_is_known_as_one() -> None:
    assert lane_of(told()).has_page is None
    assert lane_of(told(deployed())).has_page is False


def test_a_lanes_next_cell_begins_anew_and_remembers_how_the_last_one_ended() -> None:
    board = told(rung("web", "active", 2.0), ends("refused", error="no such password"))
    board = after(board, 9.0, "acme.pair", begins("acme.pair", "acme", "pair"))
    lane = lane_of(board)
    assert (lane.state, lane.climbs) == (State.RUNNING, {})
    assert lane.past == (Ended("acme.stack", State.REFUSED, "Nothing was started: no such password."),)


def test_the_picture_of_a_page_is_the_cells_own() -> None:
    assert lane_of(told({"event": "page.pictured", "file": "page.png", "url": "u", "seconds": 1})).picture == "acme.stack/page.png"


def test_a_cloud_that_only_a_cell_names_gets_a_lane() -> None:
    board = after(after(Board(), 0, "", started("acme")), 1, "b.stack", begins("b.stack", "b"))
    assert [each.cloud for each in board.lanes] == ["acme", "b"]


def test_clouds_of_which_no_cell_was_chosen_lose_their_lanes_when_the_first_cell_begins() -> None:
    board = after(Board(), 0, "", started("acme", "other"))
    board = after(board, 0, "", {"event": "cell.planned", "cell": "other.stack", "cloud": "other", "workload": "stack"})
    assert [each.cloud for each in board.lanes] == ["acme", "other"]
    board = after(board, 1, "other.stack", begins("other.stack", "other"))
    assert [each.cloud for each in board.lanes] == ["other"]


def test_where_nothing_was_planned_every_cloud_may_still_begin() -> None:
    board = after(after(Board(), 0, "", started("acme", "b", "c")), 1, "acme.stack", begins("acme.stack", "acme"))
    board = after(board, 2, "b.stack", begins("b.stack", "b"))
    assert [each.cloud for each in board.lanes] == ["acme", "b", "c"]


@pytest.mark.parametrize(("cells", "lanes"), [(["b"], ["b"]), ([], ["a", "b"])])
def test_a_finished_round_has_lanes_of_its_cells_alone_if_it_had_any(cells: list[str], lanes: list[str]) -> None:
    board = after(Board(), 0, "", started("a", "b"))
    for each in cells:
        board = after(board, 0, "", {"event": "cell.planned", "cell": f"{each}.stack", "cloud": each, "workload": "stack"})
    board = after(board, 5, "", {"event": "run.finished", "exit_code": 3, "reasons": []})
    assert [each.cloud for each in board.lanes] == lanes


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "text",
        None,
        7,
        {"event": "ladder"},
        rung("web", "no-such-rung", 1.0),
        rung("web", "active", -1),
        rung("web", "active", float("nan")),
        rung("web", "active", "soon"),
        rung("web", "active", "3.0"),
        rung("web", "active", 10**400),
        rung(subject="web", name="active", seconds=True),
        {"event": "outcome", "outcome": {}},
        {"event": "outcome", "outcome": None},
        outcome("boot.active", "excellent"),
        {"event": "phase.started"},
        {"event": "deployment.made", "deployment": 3},
        {"event": "leftovers", "ours": [1]},
        ends("exploded"),
    ],
)
def test_an_event_that_cannot_be_understood_is_counted_and_changes_nothing_else(event: Any) -> None:
    before = told(rung("web", "active", 2.0))
    board = after(before, 9.0, "acme.stack", event)
    assert board == replace(before, events=before.events + 1, unreadable=1)


def test_an_unknown_kind_of_event_changes_nothing() -> None:
    before = told()
    assert after(before, 9.0, "acme.stack", {"event": "from.the.future", "x": 1}).lanes == before.lanes


def test_a_cell_that_nothing_announced_is_counted() -> None:
    assert after(after(Board(), 0, "", started("acme")), 1, "ghost", {"event": "note", "text": "boo"}).unreadable == 1


def test_no_cell_speaks_for_the_round() -> None:
    board = told()
    assert after(board, 5.0, "acme.stack", {"event": "run.finished", "exit_code": 0, "reasons": []}).until is None
    assert after(board, 5.0, "acme.stack", started("evil")).lanes == board.lanes


def test_terminal_escapes_become_pictures_of_themselves() -> None:
    lane = lane_of(told({"event": "engine.task", "name": "\x1b[2J\u202egpj.exe", "host": "", "status": "started"}))
    assert "\x1b" not in lane.detail
    assert "\u202e" not in lane.detail
    assert "␛[2J" in lane.detail


def test_text_without_end_is_cut() -> None:
    lane = lane_of(told({"event": "engine.task", "name": "x" * 100_000, "host": "", "status": "started"}))
    assert len(lane.detail) < 300


def test_the_recorded_sample_comes_to_its_end_on_both_clouds() -> None:
    board = recorded(SAMPLE).board()
    assert [(each.cloud, each.state) for each in board.lanes] == [("lab1", State.RUNS), ("lab2", State.RUNS)]
    assert (board.exit_code, board.unreadable) == (0, 0)
    assert all(each.answered for each in board.lanes)


WORDS = st.sampled_from(["", "web", "active", "done", "<b>", "\x1b[2J"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)
KEYS = sorted(
    {"event", "subject", "rung", "seconds", "outcome", "deployment", "status", "phase", "name", "file", "ours", "cloud", "workload"}
)


@given(st.sampled_from(sorted(EVENTS)), st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6), st.sampled_from(["", "acme.stack", "x"]))
def test_no_event_whatever_is_in_it_breaks_the_board(kind: str, keys: dict[str, Any], source: str) -> None:
    board = after(told(), 9.0, source, {**keys, "event": kind})
    assert board.events == 3 if kind != "run.started" or source else board.events >= 1
