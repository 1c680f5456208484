"""What the wallboard shows at this moment: of a round that runs, or of a recorded one that is played again."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.stage.board import Board, after
from harness.stage.recording import Recording
from harness.stage.tail import Tail


@dataclass(frozen=True)
class Frame:
    """A board, ``time`` seconds after its round began, when the clock of this machine said ``wall`` (seconds of the epoch).

    ``rate`` is how fast the round's time goes: 1 live, 0 when it stands still. ``length`` is how long a recording is, ``None`` when live.
    ``note`` says what a viewer must know of what is seen.
    """

    board: Board
    time: float
    wall: float
    rate: float
    note: str
    length: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether a recording has come to its end."""
        return self.length is not None and self.time >= self.length


class Show(Protocol):
    """Whatever has frames."""

    def look(self) -> Frame:
        """The frame of this moment."""


class Live:
    """The round whose journals grow in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._tail = Tail(folder)
        self._board = Board()
        self._began: float | None = None

    def look(self) -> Frame:
        """Read on, and show it."""
        for heard in self._tail.read():
            if self._began is None:
                self._began = heard.at
            self._board = after(self._board, max(0.0, heard.at - self._began), heard.source, heard.event)
        now, ended = time.time(), self._board.until
        since = max(0.0, now - self._began) if self._began is not None else 0.0
        runs = self._began is not None and ended is None
        return Frame(self._board, since if ended is None else ended, now, 1.0 if runs else 0.0, "live")


class Replay:
    """A recording, played ``speed`` times as fast as it was recorded. It stands at its beginning until :meth:`begin`."""

    def __init__(self, recording: Recording, speed: float, clock: Callable[[], float] = time.time) -> None:
        self._recording = recording
        self._speed = speed
        self._clock = clock
        self._moments = [each.at for each in recording.events]
        self._board, self._shown = Board(), 0
        self._position = 0.0
        self._since: float | None = None
        self._begun = False

    @property
    def is_over(self) -> bool:
        """Whether the end is reached."""
        return self._at(self._clock()) >= self._recording.length

    def begin(self) -> None:
        """Go on, if nobody has looked before."""
        if not self._begun:
            self.resume()

    def resume(self) -> None:
        """Go on; from the beginning, when it was over."""
        if self.is_over:
            self.seek(0.0)
        self._begun = True
        if self._since is None:
            self._since = self._clock()

    def pause(self) -> None:
        """Stand still."""
        self._position, self._since = self._at(self._clock()), None

    def seek(self, seconds: float) -> None:
        """Go to ``seconds`` after the beginning."""
        self._position = min(max(0.0, seconds), self._recording.length)
        if self._since is not None:
            self._since = self._clock()

    def look(self) -> Frame:
        """The board as it was at the position that is reached."""
        now = self._clock()
        position = self._at(now)
        due = bisect_right(self._moments, position)
        if due < self._shown:
            self._board, self._shown = Board(), 0
        for heard in self._recording.events[self._shown : due]:
            self._board = after(self._board, heard.at, heard.source, heard.event)
        self._shown = due
        moves = self._since is not None and position < self._recording.length
        return Frame(self._board, position, now, self._speed if moves else 0.0, self._note(), self._recording.length)

    def _at(self, now: float) -> float:
        gone = 0.0 if self._since is None else (now - self._since) * self._speed
        return min(self._position + gone, self._recording.length)

    def _note(self) -> str:
        pace = "replay" if self._speed == 1 else f"replay, {self._speed:g} times as fast"
        return "; ".join(filter(None, (pace, self._recording.note)))
