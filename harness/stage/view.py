"""A frame in the words and numbers that are drawn, the same for the browser and the terminal. Plain JSON data."""

from __future__ import annotations

from typing import Any

from harness.model import LADDER, Verdict
from harness.report.words import RUNG_ABBREVIATIONS, RUNG_TITLES, count
from harness.stage.board import Board
from harness.stage.lane import Lane, State
from harness.stage.pace import Frame

SYMBOLS = {
    State.WAITING: "…",
    State.RUNNING: "▸",
    State.RUNS: "✓",
    State.FAILED: "✗",
    State.REFUSED: "⊘",
    State.INTERRUPTED: "■",
    State.UNKNOWN: "?",
}
"""Beside each stands a word: neither colour nor a symbol says anything alone."""

_CUT = "the record ends here"
_WORST_LAST = (State.RUNS, State.WAITING, State.RUNNING, State.UNKNOWN, State.INTERRUPTED, State.REFUSED, State.FAILED)


def head(frame: Frame) -> dict[str, Any]:
    """What stands above the lanes. ``time`` and ``length`` are seconds, ``wall`` is milliseconds of the epoch."""
    board = frame.board
    return {
        "run": board.run,
        "title": board.title or "waiting for the round to begin",
        "sentence": sentence(frame),
        "note": frame.note,
        "unreadable": f"{count(board.unreadable, 'event')} could not be understood" if board.unreadable else "",
        "time": round(frame.time, 3),
        "wall": round(frame.wall * 1000, 1),
        "rate": frame.rate,
        "length": frame.length,
        "events": board.events,
    }


def sentence(frame: Frame) -> str:
    """How the round stands, over all its lanes."""
    lanes = frame.board.lanes
    ended = [each for each in lanes if each.state.is_end and len(each.ended) >= _cells(each, frame.board)]
    runs = sum(1 for each in lanes if standing(each, frame.board)[0] is State.RUNS)
    if lanes and len(ended) == len(lanes):
        return f"runs on {runs} of {count(len(lanes), 'cloud')}"
    answered = sum(1 for each in lanes if each.answered is not None)
    parts = [f"{answered} of {len(lanes)} answer" if any(each.has_page is not False for each in lanes) else ""]
    return " · ".join(filter(None, (*parts, f"{len(ended)} of {len(lanes)} through")))


def standing(drawn: Lane, board: Board) -> tuple[State, str]:
    """A cloud's state and sentence: over all of its cells, once the last has ended; until then, those of the one under way."""
    ended = drawn.ended
    if not drawn.state.is_end or len(ended) < max(2, _cells(drawn, board)):
        return drawn.state, drawn.sentence
    worst = max(ended, key=lambda each: _WORST_LAST.index(each.state))
    runs = sum(1 for each in ended if each.state is State.RUNS)
    if runs == len(ended):
        return State.RUNS, f"{runs} of {runs} deployments ran. {drawn.sentence}"
    return worst.state, f"{runs} of {len(ended)} deployments ran. {worst.cell}: {worst.sentence}"


def lane(drawn: Lane, frame: Frame) -> dict[str, Any]:
    """What stands on one lane; ``since`` and ``until`` are seconds since the round began."""
    cut = _is_cut(drawn, frame)
    state, said = standing(drawn, frame.board)
    state = State.UNKNOWN if cut else state
    cells = _cells(drawn, frame.board)
    place = f"{len(drawn.past) + 1} of {cells}" if cells > 1 and drawn.cell and not drawn.state.is_end else ""
    return {
        "cloud": drawn.cloud,
        "about": " · ".join(filter(None, (drawn.about, drawn.servers))),
        "cell": drawn.cell or drawn.workload,
        "state": state.name.lower(),
        "symbol": SYMBOLS[state],
        "word": str(state) if state.is_end else drawn.doing,
        "detail": _CUT if cut else " · ".join(filter(None, (place, drawn.detail))),
        "sentence": said,
        "since": drawn.since,
        "until": frame.length if cut and drawn.since is not None else drawn.until,
        "rungs": rungs(drawn),
        "answered": _answered(drawn),
        "picture": drawn.picture,
        "tally": _tally(drawn),
        "heard": round(drawn.heard, 3),
    }


def rungs(drawn: Lane) -> list[dict[str, Any]]:
    """The ladder over all servers: how ``many`` ``of`` them reached each rung, and seconds, once all did.

    The application is reached where one server has it: not every server is to have one. ``of`` is 0 where none is to have it.
    """
    found = []
    for rung in LADDER:
        times = [climb[rung] for climb in drawn.climbs.values() if rung in climb]
        of = len(drawn.climbs)
        if rung == LADDER[-1]:
            of = 0 if drawn.has_page is False else max(1, len(times))
        told = f"{max(times):.0f} s" if times and len(times) >= of else ""
        found.append({"title": RUNG_TITLES[rung], "short": RUNG_ABBREVIATIONS[rung], "many": len(times), "of": of, "told": told})
    return found


def _cells(drawn: Lane, board: Board) -> int:
    """How many cells the cloud is to have."""
    return sum(1 for cloud in board.cells.values() if cloud == drawn.cloud)


def _answered(drawn: Lane) -> str:
    seconds = [climb[LADDER[-1]] for climb in drawn.climbs.values() if LADDER[-1] in climb]
    return f"answers · {clock(round(max(seconds)))}" if seconds else ""


def clock(seconds: float) -> str:
    """Minutes and seconds, as every clock of the wallboard shows them."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes}:{rest:02}"


def _tally(drawn: Lane) -> str:
    """How many looks at a behaviour passed, spoke against the cloud, or saw nothing."""
    passed = sum(1 for each in drawn.found.values() if each.verdict == Verdict.PASS)
    against = sum(1 for each in drawn.found.values() if each.is_against)
    parts = ((passed, "passed"), (against, "failed"), (len(drawn.found) - passed - against, "not seen"))
    return " · ".join(f"{number} {word}" for number, word in parts if number)


def _is_cut(drawn: Lane, frame: Frame) -> bool:
    """Whether the record ends in the middle of this lane."""
    return frame.is_over and not drawn.state.is_end
