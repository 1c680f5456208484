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
_LANE_HEIGHT = 6
_AROUND = 6
_GAP = 2
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
            self._console.print(drawn(frame, self._console.width, None, ()))
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
                self._live.update(drawn(frame, *self._console.size, tuple(self._said)[-_LINES_KEPT:]), refresh=True)
            else:
                self._tell(frame)

    def _tell(self, frame: Frame) -> None:
        """A line for every lane whose words are others than before."""
        for each in (view.lane(lane, frame) for lane in frame.board.lanes):
            text = " · ".join(filter(None, (f"{each['symbol']} {each['word']}", each["answered"], each["sentence"])))
            if self._told.get(each["cloud"]) != text:
                self._told[each["cloud"]] = text
                self._console.print(Text(f"{view.clock(frame.time):>7}  {each['cloud']}: {text}"), soft_wrap=True)


def drawn(frame: Frame, width: int, height: int | None, said: tuple[str, ...]) -> RenderableType:
    """The whole wallboard, ``width`` columns wide, with what was ``said`` below it.

    Lanes that would not fit into ``height`` lines, if that is given, are one line each, beside each other where they must be: none is
    ever left out.
    """
    count = len(frame.board.lanes)
    columns = most = max(1, min(width // _LANE_WIDTH, 3, count))
    is_high = height is None or -(-count // columns) * _LANE_HEIGHT + _AROUND <= height
    if height is not None and not is_high:
        columns = next((few for few in range(1, most) if -(-count // few) + _AROUND <= height), most)
    lanes = Table.grid(expand=True, padding=(0, 0 if is_high else 2, 0, 0))
    for _ in range(columns):
        lanes.add_column(ratio=1, no_wrap=not is_high, overflow="ellipsis")
    shown = [view.lane(each, frame) for each in frame.board.lanes]
    drawings = [_lane(each, frame) if is_high else _line(each, frame) for each in shown]
    for first in range(0, count, columns):
        lanes.add_row(*drawings[first : first + columns])
    return Group(_top(frame, width), lanes, *(Text(each, no_wrap=True, overflow="ellipsis") for each in said))


def _top(frame: Frame, width: int) -> Group:
    """Title and clock; how the round stands, and what a viewer must know, beside each other where there is room."""
    head = view.head(frame)
    sentence, note = Text(head["sentence"], "bold bright_white"), Text(head["note"])
    rows = [_ends(Text(head["title"], "bold"), Text(view.clock(frame.time), "bold"))]
    rows += [_ends(sentence, note)] if len(sentence) + len(note) + _GAP <= width else [_ends(sentence, Text()), _ends(note, Text())]
    if head["unreadable"]:
        rows.append(_ends(Text(head["unreadable"]), Text()))
    return Group(*rows)


def _ends(left: Text, right: Text) -> Table:
    """A line with something at either end."""
    line = Table.grid(expand=True, padding=(0, _GAP, 0, 0), pad_edge=False)
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    line.add_column(justify="right", no_wrap=True)
    line.add_row(left, right)
    return line


def _line(lane: dict[str, Any], frame: Frame) -> Text:
    word, tone = _state(lane)
    steps = "".join("✓" if 0 < each["of"] <= each["many"] else "·" for each in lane["rungs"])
    text = Text(f"{_spent(lane, frame):>5} ", no_wrap=True, overflow="ellipsis")
    text.append(f"{steps} ", tone).append(f"{lane['cloud']} ", "bold").append(f"{word} ", f"bold {tone}")
    return text.append(lane["sentence"] or lane["detail"])


def _state(lane: dict[str, Any]) -> tuple[str, str]:
    """What a lane is at, with its sign; and its colour."""
    if lane["answered"] and lane["state"] == "running":
        return f"✓ {lane['answered']}", _TONES["runs"]
    return f"{lane['symbol']} {lane['word']}", _TONES[lane["state"]]


def _spent(lane: dict[str, Any], frame: Frame) -> str:
    until = lane["until"] if lane["until"] is not None else frame.time
    return view.clock(until - lane["since"]) if lane["since"] is not None else ""


def _lane(lane: dict[str, Any], frame: Frame) -> Panel:
    word, tone = _state(lane)
    state = Table.grid(expand=True)
    state.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    state.add_column(justify="right", no_wrap=True)
    state.add_row(Text(word, f"bold {tone}"), Text(lane["tally"]))
    is_up = lane["answered"] and lane["state"] == "running" and lane["detail"]
    doing = f"{lane['word']}: {lane['detail']}" if is_up else lane["detail"]
    words = Text(lane["sentence"] or doing)
    if not lane["sentence"]:
        words.no_wrap, words.overflow = True, "ellipsis"
    title = Text(lane["cloud"], "bold bright_white", overflow="ellipsis", no_wrap=True)
    inside = Group(state, _ladder(lane["rungs"], tone), words)
    return Panel(inside, title=title, title_align="left", subtitle=Text(_spent(lane, frame)), border_style=tone)


def _ladder(rungs: list[dict[str, Any]], tone: str) -> Text:
    """Every rung by its short name: a tick where all servers are, how many where some are."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for rung in rungs:
        whole = 0 < rung["of"] <= rung["many"]
        mark = "✓" if whole else f"{rung['many']}/{rung['of']}" if rung["many"] else "·"
        text.append(f" {rung['short']} {mark} ", f"black on {tone}" if whole else "white on grey19")
        text.append(" ")
    return text
