"""Ladders as bars: one line a server, all on the scale of their kind of server, the stretches told apart by shade."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table as Grid
from rich.text import Text

from harness.model import LADDER
from harness.report.clean import one_line
from harness.report.ladder import Climb, KindOfServer
from harness.report.words import RUNG_TITLES

_SHADES = {
    "accepted": (" ", ""),
    "active": ("░", "cyan"),
    "console": ("▒", "blue"),
    "port-22": ("▓", "cyan"),
    "ssh-login": ("█", "blue"),
    "cloud-init": ("▒", "green"),
    "application": ("█", "green"),
}
_COLUMN = 6
_NAME_AT_MOST = 24
_BAR_AT_LEAST = 12
_BAR_AT_MOST = 60


def draw(kind: KindOfServer, width: int) -> Grid:
    """The climbs of ``kind`` in ``width`` columns; the bar is left out where there is no room for one."""
    rungs = [rung for rung in LADDER[1:] if any(rung in each.seconds for each in kind.climbs)]
    headings = [RUNG_TITLES[each] for each in rungs]
    taken = sum(max(_COLUMN, len(each)) + 2 for each in headings)
    names = min(_NAME_AT_MOST, max(len(f"  {each.subject}") for each in kind.climbs), max(8, width - taken - 2))
    names = max(names, min(_NAME_AT_MOST, max(len(each.cloud) for each in kind.climbs)))
    bar = min(_BAR_AT_MOST, width - taken - names - 2)
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    grid.add_column("", width=names, overflow="fold")
    for rung, heading in zip(rungs, headings, strict=True):
        grid.add_column(Text.assemble((_SHADES[rung][0], _SHADES[rung][1]), heading), justify="right", no_wrap=True)
    if bar >= _BAR_AT_LEAST:
        grid.add_column("", width=bar, no_wrap=True)
    for row in _rows(kind, rungs, names, bar):
        grid.add_row(*row)
    return grid


def _rows(kind: KindOfServer, rungs: list[str], names: int, bar: int) -> Iterator[list[Text]]:
    cloud = ""
    for climb in kind.climbs:
        if climb.cloud != cloud:
            cloud = climb.cloud
            yield [Text(one_line(cloud, names), "bold")]
        times = [Text(f"{climb.seconds[rung]:.1f}" if rung in climb.seconds else "–") for rung in rungs]
        yield [Text(one_line(f"  {climb.subject}", names)), *times, *([_bar(climb, kind.scale, bar)] if bar >= _BAR_AT_LEAST else [])]


def _bar(climb: Climb, scale: float, width: int) -> Text:
    """A bar of at most ``width`` columns. Its stretches end where the rung does, rounded to whole columns."""
    text, drawn = Text(), 0
    for rung, _, end in climb.segments():
        columns = round(end / scale * width) - drawn
        shade, colour = _SHADES[rung]
        text.append(shade * columns, colour)
        drawn += columns
    return text
