"""Ladders as bars: one line a server, all on the scale of their kind of server, the stretches told apart by shade."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table as Grid
from rich.text import Text

from harness.model import LADDER
from harness.report.clean import one_line
from harness.report.ladder import Climb, KindOfServer
from harness.report.words import RUNG_ABBREVIATIONS, RUNG_TITLES

_SHADES = {
    "accepted": (" ", ""),
    "active": ("░", "cyan"),
    "console": ("▒", "blue"),
    "port-22": ("▓", "cyan"),
    "ssh-login": ("█", "blue"),
    "cloud-init": ("▒", "green"),
    "application": ("█", "green"),
}
_GAP = 2
_INDENT = "  "
_TIME = 5
_NAME_AT_MOST = 24
_BAR_AT_LEAST = 20
_BAR_AT_MOST = 72


def draw(kind: KindOfServer, width: int) -> Grid:
    """The climbs of ``kind`` in ``width`` columns, with bars; of more than a few clouds one line each."""
    shown = kind.to_read()
    folded = shown is not kind
    rungs = [rung for rung in LADDER[1:] if any(rung in each.seconds for each in shown.climbs)]
    names = min(_NAME_AT_MOST, max(len(each) for climb in shown.climbs for each in (climb.cloud, _INDENT + climb.subject)))
    headings = {rung: _SHADES[rung][0] + RUNG_TITLES[rung] for rung in rungs}
    if _bar_room(width, names, headings) < _BAR_AT_LEAST:
        headings = {rung: _SHADES[rung][0] + RUNG_ABBREVIATIONS[rung] for rung in rungs}
    bar = min(_BAR_AT_MOST, _bar_room(width, names, headings))
    grid = Grid(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="")
    grid.add_column("", width=names, no_wrap=True)
    for rung, heading in headings.items():
        grid.add_column(Text(heading, _SHADES[rung][1]), justify="right", no_wrap=True, width=_column(heading))
    if bar > 0:
        grid.add_column("", width=bar, no_wrap=True)
    for climb, label in _lines(shown, names, folded):
        times = [Text(climb.told(rung) if climb else "") for rung in rungs]
        grid.add_row(label, *times, *([_bar(climb, shown.scale, bar)] if climb and bar > 0 else []))
    return grid


def _column(heading: str) -> int:
    return max(_TIME, len(heading))


def _bar_room(width: int, names: int, headings: dict[str, str]) -> int:
    return width - names - _GAP - sum(_column(each) + _GAP for each in headings.values())


def _lines(kind: KindOfServer, names: int, folded: bool) -> Iterator[tuple[Climb | None, Text]]:
    """A line for every climb; before the first of a cloud one with the cloud's name, unless its climbs are folded into one."""
    cloud = ""
    for climb in kind.climbs:
        if folded:
            yield climb, Text(one_line(climb.cloud, names), "bold")
            continue
        if climb.cloud != cloud:
            cloud = climb.cloud
            yield None, Text(one_line(cloud, names), "bold")
        yield climb, Text(_INDENT + one_line(climb.subject, names - len(_INDENT)))


def _bar(climb: Climb, scale: float, width: int) -> Text:
    """A bar of at most ``width`` columns. Its stretches end where the rung does, rounded to whole columns."""
    text, drawn = Text(), 0
    for rung, _, end in climb.segments():
        columns = round(end / scale * width) - drawn
        shade, colour = _SHADES[rung]
        text.append(shade * columns, colour)
        drawn += columns
    return text
