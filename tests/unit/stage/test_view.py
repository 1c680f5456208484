from __future__ import annotations

from harness.stage import view
from harness.stage.board import Board, after
from harness.stage.pace import Frame
from tests.unit.stage.stories import begins, deployed, ends, outcome, rung, started, told


def frame(board: Board, time: float = 50.0, length: float | None = None) -> Frame:
    return Frame(board, time, 0.0, 1.0, "live", length)


def drawn(board: Board, **more: float) -> dict[str, object]:
    return view.lane(board.lanes[0], frame(board, **more))


def test_a_rung_is_whole_when_all_servers_are_there() -> None:
    board = told(rung("a", "active", 2.0), rung("a", "accepted", 0.0), rung("b", "accepted", 1.0))
    accepted, active, *_ = view.rungs(board.lanes[0])
    assert (accepted["many"], accepted["of"], accepted["told"]) == (2, 2, "1 s")
    assert (active["many"], active["of"], active["told"]) == (1, 2, "")


def test_the_application_is_reached_when_one_server_has_it() -> None:
    board = told(deployed("http://a/"), rung("a", "accepted", 0.0), rung("b", "accepted", 0.0), rung("a", "application", 90.0))
    assert view.rungs(board.lanes[0])[-1] == {"title": "application", "short": "app", "many": 1, "of": 1, "told": "90 s"}


def test_where_nothing_is_to_answer_no_rung_is_promised() -> None:
    assert view.rungs(told(deployed()).lanes[0])[-1]["of"] == 0


def test_what_was_not_seen_is_counted_apart_from_what_failed() -> None:
    board = told(outcome("boot.active"), outcome("egress.dns", "denied"), outcome("application.page", "quota"))
    assert drawn(board)["tally"] == "1 passed · 1 failed · 1 not seen"


def test_every_state_has_a_word_and_a_symbol_of_its_own() -> None:
    assert len(set(view.SYMBOLS.values())) == len(view.SYMBOLS)
    lane = drawn(told(outcome("application.page"), ends()))
    assert (lane["symbol"], lane["word"]) == ("✓", "runs")


def test_a_lane_in_the_middle_of_which_the_record_ends_is_unknown() -> None:
    board = told(rung("a", "active", 2.0))
    assert drawn(board)["state"] == "running"
    lane = drawn(board, time=50.0, length=50.0)
    assert (lane["state"], lane["word"], lane["detail"]) == ("unknown", "unknown", "the record ends here")


def test_the_sentence_counts_who_answers_and_who_is_through() -> None:
    board = told(deployed("http://a/"), rung("a", "application", 1.0))
    assert view.sentence(frame(board)) == "1 of 1 answer · 0 of 1 through"
    assert view.sentence(frame(told(outcome("application.page"), ends()))) == "runs on 1 of 1 cloud"
    assert view.sentence(frame(told(ends("refused", error="no")))) == "runs on 0 of 1 cloud"


def test_events_that_could_not_be_understood_are_owned_up_to() -> None:
    assert view.head(frame(told()))["unreadable"] == ""
    assert view.head(frame(told({"event": "ladder"}, [])))["unreadable"] == "2 events could not be understood"


def of_three(*ended: str) -> Board:
    """A cloud with three deployments, of which the ``ended`` have."""
    board = after(Board(), 0.0, "", started("acme"))
    for number in (1, 2, 3):
        board = after(board, 0.0, "", {"event": "cell.planned", "cell": f"c{number}", "cloud": "acme", "workload": "stack"})
    for number, verdict in enumerate(ended, 1):
        for event in (begins(f"c{number}", "acme"), outcome("application.page", verdict, reason="silent"), ends()):
            board = after(board, float(number), f"c{number}", event)
    return board


def test_a_cloud_stands_as_its_worst_deployment_once_all_have_ended() -> None:
    lane = drawn(of_three("pass", "fail", "pass"))
    assert (lane["word"], lane["sentence"]) == ("does not run", "2 of 3 deployments ran. c2: application.page on web: silent.")
    assert view.sentence(frame(of_three("pass", "fail", "pass"))) == "runs on 0 of 1 cloud"


def test_a_cloud_on_which_every_deployment_ran_runs() -> None:
    lane = drawn(of_three("pass", "pass", "pass"))
    assert (lane["word"], lane["sentence"]) == ("runs", "3 of 3 deployments ran. 1 behaviour seen.")


def test_between_two_deployments_a_cloud_is_not_through() -> None:
    board = of_three("pass")
    assert view.sentence(frame(board)).endswith("0 of 1 through")
    board = after(board, 9.0, "c2", begins("c2", "acme"))
    assert drawn(board)["detail"] == "2 of 3"
