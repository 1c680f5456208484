"""What a wallboard shows: a pure function of the events that a round and its cells recorded.

Events may come from anybody's journal. One that cannot be understood is counted and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.lanes import PHASES
from harness.model import LADDER, Verdict
from harness.report.clean import a_time, clean, one_line
from harness.stage.ending import concluded
from harness.stage.lane import Found, Lane, State

_LONGEST = 240
"""Characters of one piece of text that are kept; what a lane has room for is the drawing's matter."""


@dataclass(frozen=True)
class Board:
    """A round as far as it was heard of. ``cells`` says which cloud a cell is on; ``must_have`` what each workload insists on."""

    run: str = ""
    title: str = ""
    lanes: tuple[Lane, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    must_have: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    catalogue: tuple[str, ...] = ()
    exit_code: int | None = None
    until: float | None = None
    events: int = 0
    unreadable: int = 0

    def lane(self, cloud: str) -> Lane | None:
        """The lane of ``cloud``, if it has one."""
        return next((each for each in self.lanes if each.cloud == cloud), None)

    def with_lane(self, lane: Lane) -> Board:
        """The board with ``lane`` in its place, or behind the others when it is new."""
        if self.lane(lane.cloud) is None:
            return replace(self, lanes=(*self.lanes, lane))
        return replace(self, lanes=tuple(lane if each.cloud == lane.cloud else each for each in self.lanes))

    def with_planned_lanes(self) -> Board:
        """The board without lanes of clouds that have no cell, as in a round of chosen cells; all lanes, where no cell is known."""
        clouds = set(self.cells.values())
        return replace(self, lanes=tuple(each for each in self.lanes if each.cloud in clouds) or self.lanes)


def after(board: Board, moment: float, source: str, event: Any) -> Board:
    """The board once ``event`` was heard ``moment`` seconds after the round began.

    ``source`` is the name of the cell whose journal has it, and empty for the round's own.
    """
    board = replace(board, events=board.events + 1)
    try:
        return _told(board, moment, source, str(event["event"]), event)
    except (KeyError, TypeError, ValueError, AttributeError):
        return replace(board, unreadable=board.unreadable + 1)


def _told(board: Board, moment: float, source: str, kind: str, event: Any) -> Board:
    if kind in _ROUND:
        return board if source else _ROUND[kind](board, moment, clean(event))
    if kind == "cell.started":
        return _begun(board, moment, source, clean(event))
    lane = board.lane(board.cells[source]) if source else None
    if lane is None or lane.cell != source:
        return board
    if kind == "cell.finished":
        must_have = board.must_have.get(lane.workload, ())
        return board.with_lane(replace(concluded(lane, clean(event), must_have, board.catalogue), until=moment, heard=moment))
    return board.with_lane(replace(_CELL[kind](lane, moment, clean(event)), heard=moment)) if kind in _CELL else board


def _words(value: Any) -> str:
    return one_line(str(value or ""), _LONGEST)


def _round_started(board: Board, _moment: float, event: Mapping[str, Any]) -> Board:
    scenario = event["scenario"]
    known = scenario.get("participants") or {}
    lanes = {str(name): _lane(str(name), known.get(name) or {}) for name in event["clouds"]}
    return Board(
        run=_words(event.get("run")),
        title=_words(scenario.get("title") or scenario["name"]),
        lanes=tuple(lanes.values()),
        must_have={str(each["name"]): tuple(map(str, each.get("must_have") or ())) for each in event["workloads"]},
        catalogue=tuple(str(each["id"]) for each in event["catalogue"]),
        events=board.events,
        unreadable=board.unreadable,
    )


def _lane(cloud: str, participant: Mapping[str, Any]) -> Lane:
    about = (_words(participant.get(each)) for each in ("vendor", "product", "release", "region"))
    return Lane(cloud, about=" · ".join(filter(None, about)), servers=_words(participant.get("servers")))


def _planned(board: Board, _moment: float, event: Mapping[str, Any]) -> Board:
    cell, cloud = str(event["cell"]), str(event["cloud"])
    lane = board.lane(cloud) or Lane(cloud)
    if not lane.workload:
        lane = replace(lane, workload=_words(event["workload"]))
    return replace(board.with_lane(lane), cells={**board.cells, cell: cloud})


def _round_finished(board: Board, moment: float, event: Mapping[str, Any]) -> Board:
    return replace(board.with_planned_lanes(), exit_code=int(event["exit_code"]), until=moment)


def _begun(board: Board, moment: float, source: str, event: Mapping[str, Any]) -> Board:
    """A cell begins; if it was planned, so are all. A lane that had another one before remembers how that ended."""
    cloud = str(event["cloud"])
    board = board.with_planned_lanes() if source in board.cells else board
    before = board.lane(cloud) or Lane(cloud)
    lane = Lane(
        cloud,
        before.about,
        before.servers,
        cell=source,
        workload=_words(event["workload"]),
        state=State.RUNNING,
        doing="starting",
        since=moment,
        past=tuple(each for each in before.ended if each.cell != source),
        heard=moment,
    )
    return replace(board.with_lane(lane), cells={**board.cells, source: cloud})


def _phase(lane: Lane, _moment: float, event: Mapping[str, Any]) -> Lane:
    phase = str(event["phase"])
    return replace(lane, doing=PHASES.get(phase, _words(phase)), detail="")


def _task(lane: Lane, _moment: float, event: Mapping[str, Any]) -> Lane:
    if event["status"] != "started":
        return lane
    host = str(event.get("host") or "localhost")
    return replace(lane, detail=_words(event["name"]) + (f" [{_words(host)}]" if host != "localhost" else ""))


def _deployed(lane: Lane, _moment: float, event: Mapping[str, Any]) -> Lane:
    return replace(lane, has_page=bool(event["deployment"]["endpoints"]))


def _rung(lane: Lane, moment: float, event: Mapping[str, Any]) -> Lane:
    subject, rung, seconds = _words(event["subject"]), event["rung"], a_time(event["seconds"])
    if rung not in LADDER or seconds is None:
        raise ValueError(rung)
    climbs = {**lane.climbs, subject: {**lane.climbs.get(subject, {}), rung: seconds}}
    answered = moment if rung == LADDER[-1] and lane.answered is None else lane.answered
    return replace(lane, climbs=climbs, answered=answered)


def _check(lane: Lane, _moment: float, event: Mapping[str, Any]) -> Lane:
    return replace(lane, detail=f"{_words(event['check'])} [{_words(event['subject'])}]")


def _outcome(lane: Lane, _moment: float, event: Mapping[str, Any]) -> Lane:
    told = event["outcome"]
    found = Found(
        check=str(told["check"]),
        subject=_words(told["subject"]),
        verdict=str(Verdict(told["verdict"])),
        reason=_words(told.get("reason")),
        expected=_words(told.get("expected")),
        seen=_words(told.get("seen")),
        blame=str(told.get("blame") or told.get("because") or ""),
        applies=told.get("applies") is not False,
    )
    return replace(lane, found={**lane.found, (found.check, found.subject): found})


def _picture(lane: Lane, _moment: float, event: Mapping[str, Any]) -> Lane:
    return replace(lane, picture=f"{event.get('folder', lane.cell)}/{event['file']}")


def _left(lane: Lane, _moment: float, event: Mapping[str, Any]) -> Lane:
    return replace(lane, left=tuple(f"{_words(each['kind'])} {_words(each['name'] or each['id'])}" for each in event["ours"]))


_ROUND: dict[str, Callable[[Board, float, Mapping[str, Any]], Board]] = {
    "run.started": _round_started,
    "cell.planned": _planned,
    "run.finished": _round_finished,
}
_CELL: dict[str, Callable[[Lane, float, Mapping[str, Any]], Lane]] = {
    "phase.started": _phase,
    "engine.task": _task,
    "deployment.made": _deployed,
    "ladder": _rung,
    "check.started": _check,
    "outcome": _outcome,
    "page.pictured": _picture,
    "leftovers": _left,
}
