"""A recorded round: its events with the seconds since it began; and the same with more lanes than were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import JournalError, UsageError
from harness.stage.board import Board, after
from harness.stage.tail import ROUND, Heard, Tail, refuse_if_newer

_STAGGER_S = 0.7
"""How much later each copy of a lane begins, so that copies do not move as one."""


@dataclass(frozen=True)
class Recording:
    """Events in the order of their time, which counts from the first; ``note`` says what a viewer must know of it."""

    events: tuple[Heard, ...]
    note: str = ""

    @property
    def length(self) -> float:
        """Seconds from the first event to the last."""
        return self.events[-1].at if self.events else 0.0

    def board(self) -> Board:
        """The board at the end."""
        board = Board()
        for each in self.events:
            board = after(board, each.at, each.source, each.event)
        return board


def recorded(folder: Path) -> Recording:
    """The recording whose journals lie in ``folder``.

    Raises:
        JournalError: there are none, no round begins in them, or a newer version wrote them.
    """
    if not (folder / ROUND).is_file():
        raise JournalError(f"{folder / ROUND}: is not there", mend="name a run's folder, as `interop run` printed it")
    heard = Tail(folder).read()
    refuse_if_newer(folder, heard)
    began = next((each.at for each in heard if _kind(each) == "run.started"), None)
    if began is None:
        raise JournalError(f"{folder / ROUND}: no round begins in it", mend="name the folder of a round that was begun")
    recording = Recording(tuple(replace(each, at=max(0.0, each.at - began)) for each in heard))
    board = recording.board()
    if not board.lanes:
        raise JournalError(f"{folder / ROUND}: names no cloud", mend="name the folder of a round that has clouds")
    return recording if board.until is not None else replace(recording, note="the record ends before the round does")


def multiplied(recording: Recording, lanes: int | None) -> Recording:
    """The recording with copies of its lanes, until there are ``lanes``; its note says so.

    Raises:
        UsageError: fewer ``lanes`` than were recorded.
    """
    board = recording.board()
    clouds = [each.cloud for each in board.lanes]
    if lanes is None or lanes == len(clouds):
        return recording
    if lanes < len(clouds):
        raise UsageError(f"--lanes {lanes}: the round has {len(clouds)}, and none is left out", mend=f"use {len(clouds)} or more")
    places = [(clouds[place % len(clouds)], place // len(clouds)) for place in range(lanes)]
    events = [copy for each in recording.events for copy in _copies(each, places, board.cells)]
    last = max((each.at for each in events if _kind(each) != "run.finished"), default=0.0)
    events = [replace(each, at=max(each.at, last)) if _kind(each) == "run.finished" else each for each in events]
    note = f"{lanes} lanes multiplied from {len(clouds)} recorded"
    return Recording(tuple(sorted(events, key=lambda each: each.at)), "; ".join(filter(None, (note, recording.note))))


def _copies(heard: Heard, places: list[tuple[str, int]], cells: Mapping[str, str]) -> Iterable[Heard]:
    """``heard`` itself and its likeness in every copy of the lane that it belongs to."""
    event = heard.event
    if not isinstance(event, dict):
        return [heard]
    if not heard.source and event.get("event") == "run.started":
        return [replace(heard, event=_with_copies(event, places))]
    cell = heard.source or str(event.get("cell") or "")
    cloud = cells.get(cell)
    if cloud is None:
        return [heard]
    return [_copy(heard, cell, cloud, copy) for name, copy in places if name == cloud]


def _with_copies(event: dict[str, Any], places: list[tuple[str, int]]) -> dict[str, Any]:
    scenario = event["scenario"]
    known = scenario.get("participants") or {}
    participants = {_named(cloud, copy): known.get(cloud) or {} for cloud, copy in places}
    return {**event, "clouds": [_named(*each) for each in places], "scenario": {**scenario, "participants": participants}}


def _copy(heard: Heard, cell: str, cloud: str, copy: int) -> Heard:
    if not copy:
        return heard
    changes = {key: name for key, name in (("cell", _named(cell, copy)), ("cloud", _named(cloud, copy))) if key in heard.event}
    if not heard.source:
        return Heard(heard.at, "", {**heard.event, **changes})
    return Heard(heard.at + copy * _STAGGER_S, _named(cell, copy), {**heard.event, **changes, "folder": cell})


def _named(name: str, copy: int) -> str:
    return f"{name} ({copy + 1})" if copy else name


def _kind(heard: Heard) -> str:
    return str(heard.event.get("event")) if isinstance(heard.event, dict) else ""
