"""The wallboard in a terminal: big lanes while there is one, and a line for every change where there is none."""

from __future__ import annotations

from collections import deque
from threading import Event, Thread
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live as LiveDisplay
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from harness.model import CellPlan
from harness.showing import is_live
from harness.stage import view
from harness.stage.pace import Frame, Show

_TONES = {
    "running": "bright_cyan",
    "runs": "bright_green",
    "failed": "bright_yellow",
    "refused": "bright_magenta",
    "interrupted": "white",
    "unknown": "white",
    "waiting": "white",
}
_LANE_WIDTH = 58
_FRAME_S = 0.25
_LINES_KEPT = 3


class Terminal:
    """Shows ``show`` on ``console`` from a thread of its own; use it in a ``with``. It may stand for a round's view, and slows no round."""

    def __init__(self, show: Show, console: Console) -> None:
        self._show = show
        self._console = console
        self._said: deque[str] = deque(maxlen=200)
        self._over = Event()
        self._thread = Thread(target=self._run, name="wallboard", daemon=True)
        self._live = LiveDisplay(console=console, screen=True, auto_refresh=False) if is_live(console) else None
        self._told: dict[str, str] = {}

    def __enter__(self) -> Terminal:
        if self._live:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        frame = self._show.look()
        if self._live:
            self._live.stop()
            self._console.print(drawn(frame, self._console.width, ()))
            for text in self._said:
                self._console.print(Text(text), soft_wrap=True)
        else:
            self._tell(frame)

    def event(self, _cell: CellPlan, _event: dict[str, Any]) -> None:
        """The journals tell."""

    def say(self, text: str) -> None:
        """Show ``text`` below the lanes; at the end it is printed."""
        self._said.append(text)
        if not self._live:
            self._console.print(Text(text), soft_wrap=True)

    def tick(self) -> None:
        """The wallboard's own thread draws."""

    def _run(self) -> None:
        while not self._over.wait(_FRAME_S):
            frame = self._show.look()
            if self._live:
                self._live.update(drawn(frame, self._console.width, tuple(self._said)[-_LINES_KEPT:]), refresh=True)
            else:
                self._tell(frame)

    def _tell(self, frame: Frame) -> None:
        """A line for every lane whose words are others than before."""
        for each in (view.lane(lane, frame) for lane in frame.board.lanes):
            text = " · ".join(filter(None, (f"{each['symbol']} {each['word']}", each["answered"], each["sentence"])))
            if self._told.get(each["cloud"]) != text:
                self._told[each["cloud"]] = text
                self._console.print(Text(f"{_clock(frame.time):>7}  {each['cloud']}: {text}"), soft_wrap=True)


def drawn(frame: Frame, width: int, said: tuple[str, ...]) -> RenderableType:
    """The whole wallboard, ``width`` columns wide, with what was ``said`` below it."""
    head = view.head(frame)
    top = Table.grid(expand=True)
    top.add_column(ratio=1)
    top.add_column(justify="right")
    top.add_row(Text(head["title"], "bold"), Text(_clock(frame.time), "bold"))
    top.add_row(Text(head["sentence"], "bold bright_white"), Text(head["note"]))
    if head["unreadable"]:
        top.add_row(Text(head["unreadable"]), Text())
    columns = max(1, min(width // _LANE_WIDTH, 3, len(frame.board.lanes)))
    lanes = Table.grid(expand=True)
    for _ in range(columns):
        lanes.add_column(ratio=1)
    panels = [_lane(view.lane(each, frame), frame) for each in frame.board.lanes]
    for first in range(0, len(panels), columns):
        lanes.add_row(*panels[first : first + columns])
    return Group(top, lanes, *(Text(each, no_wrap=True, overflow="ellipsis") for each in said))


def _lane(lane: dict[str, Any], frame: Frame) -> Panel:
    is_up = bool(lane["answered"]) and lane["state"] == "running"
    tone = _TONES["runs" if is_up else lane["state"]]
    until = lane["until"] if lane["until"] is not None else frame.time
    spent = _clock(until - lane["since"]) if lane["since"] is not None else ""
    state = Table.grid(expand=True)
    state.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    state.add_column(justify="right", no_wrap=True)
    state.add_row(Text(f"✓ {lane['answered']}" if is_up else f"{lane['symbol']} {lane['word']}", f"bold {tone}"), Text(lane["tally"]))
    doing = f"{lane['word']}: {lane['detail']}" if is_up and lane["detail"] else lane["detail"]
    words = Text(" · ".join(filter(None, (lane["sentence"] or doing, *lane["past"]))))
    if not lane["sentence"]:
        words.no_wrap, words.overflow = True, "ellipsis"
    title = Text(lane["cloud"], "bold bright_white", overflow="ellipsis", no_wrap=True)
    return Panel(
        Group(state, _ladder(lane["rungs"], tone), words), title=title, title_align="left", subtitle=Text(spent), border_style=tone
    )


def _ladder(rungs: list[dict[str, Any]], tone: str) -> Text:
    """Every rung by its short name: a tick where all servers are, how many where some are."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for rung in rungs:
        whole = 0 < rung["of"] <= rung["many"]
        mark = "✓" if whole else f"{rung['many']}/{rung['of']}" if rung["many"] else "·"
        text.append(f" {rung['short']} {mark} ", f"black on {tone}" if whole else "white on grey19")
        text.append(" ")
    return text


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes}:{rest:02}"
