"""A comparison on a terminal: its sections one after another, numbers to the right."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from harness.report.answers import Section

_MARGIN = 1
_GAP = 2


def show_sections(sections: Iterable[Section], console: Console) -> None:
    """Draw ``sections`` on ``console``, as wide as it is."""
    for each in sections:
        console.print(Padding(Text(each.title, "bold underline"), (0, _MARGIN)))
        if each.text:
            console.print(Padding(Text(each.text), (0, _MARGIN)))
        if each.rows:
            console.print(Padding(_table(each), (0, _MARGIN)))
        console.print()


def _table(section: Section) -> Grid:
    grid = Grid(box=None, show_header=any(section.columns), pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for place, heading in enumerate(section.columns):
        numbers = place > 0 and all(_is_number(row[place]) for row in section.rows)
        grid.add_column(Text(heading), justify="right" if numbers else "left", overflow="fold")
    for row in section.rows:
        grid.add_row(*map(Text, row))
    return grid


def _is_number(text: str) -> bool:
    return not text.strip("−–·?0123456789. ")
