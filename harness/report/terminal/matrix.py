"""The matrix on a terminal: words in the squares as long as they fit, else letters for clouds and the words below."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase

from rich.console import RenderableType
from rich.table import Table as Grid
from rich.text import Text

from harness.report.clean import one_line
from harness.report.matrix import Group, Row, Table
from harness.report.terminal.style import marked
from harness.report.words import MEANINGS, SYMBOLS, Standing, listed

_WORDS_NEED = 18
_LABEL_AT_MOST = 40
_GAP = 2


def draw(table: Table, width: int) -> Iterator[RenderableType]:
    """The drawings that make up the matrix in ``width`` columns, and the legend of its symbols."""
    label = min(_LABEL_AT_MOST, max((len(row.check.id) for row in table.rows), default=0) + _GAP)
    room = (width - label) // max(1, len(table.clouds))
    if room - _GAP >= _WORDS_NEED:
        yield _in_words(table, label, room - _GAP)
    else:
        yield from _in_letters(table, label, width)
    yield _legend(table)


def _in_words(table: Table, label: int, room: int) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    grid.add_column(Text(table.workload.name), width=label - _GAP, overflow="fold")
    for cloud in table.clouds:
        grid.add_column(Text(cloud), width=room, overflow="fold")
    for title, rows in table.groups():
        grid.add_row(Text(f"{title} ({len(rows)})", "dim italic"))
        for row in rows:
            whole = row.group is not Group.ALIKE
            grid.add_row(Text(row.check.id), *(_words(row, place, 0 if whole else room) for place in range(len(row.squares))))
    return grid


def _words(row: Row, place: int, room: int) -> Text:
    """A square in words; in ``room`` columns if that is not 0, else as long as it takes."""
    square = row.squares[place]
    symbol = len(SYMBOLS[square.standing]) + 1
    text = square.text if square.standing is not Standing.HOLDS else square.observed(row.differing) or square.word
    return marked(square.standing, one_line(text, max(0, room - symbol)))


def _in_letters(table: Table, label: int, width: int) -> Iterator[RenderableType]:
    """Letters for clouds, in as many blocks as the width asks for; then the names; then every way of behaving in words."""
    letters = dict(zip(table.clouds, _names(len(table.clouds)), strict=True))
    widest = max(map(len, letters.values()))
    step = widest + (2 if (widest + 2) * len(letters) <= width - label else 1)
    at_once = max(1, (width - label) // step)
    for first in range(0, len(table.clouds), at_once):
        yield _block(table, table.clouds[first : first + at_once], letters, label, step)
    names = Text("Clouds: ", "dim")
    for cloud, letter in letters.items():
        names.append(letter, "bold").append(f" {cloud}   ")
    yield names
    yield from _ways(table, letters)


def _block(table: Table, clouds: tuple[str, ...], letters: dict[str, str], label: int, step: int) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=0, header_style="bold")
    grid.add_column(Text(table.workload.name), width=label, overflow="fold")
    for cloud in clouds:
        grid.add_column(Text(letters[cloud]), width=step, no_wrap=True)
    for title, rows in table.groups():
        grid.add_row(Text(f"{title} ({len(rows)})", "dim italic"))
        for row in rows:
            grid.add_row(Text(row.check.id), *(marked(each.standing) for each in row.squares if each.cloud in clouds))
    return grid


def _ways(table: Table, letters: dict[str, str]) -> Iterator[RenderableType]:
    rows = [row for group in Group if group is not Group.ALIKE for row in table.group(group)]
    if not rows:
        return
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, _GAP, 0, 0))
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for row in rows:
        grid.add_row(Text(row.check.id, "bold"))
        for way in row.variants():
            clouds = f"all {len(letters)}" if len(way.clouds) == len(letters) else listed([letters[each] for each in way.clouds])
            grid.add_row(Text("  ").append_text(marked(way.standing, way.text)), Text(clouds))
    yield grid


def _names(number: int) -> list[str]:
    """``A`` to ``Z``, then ``AA``, ``AB`` …"""
    names = list(ascii_uppercase)
    while len(names) < number:
        names += [first + second for first in names[-26:] for second in ascii_uppercase]
    return names[:number]


def _legend(table: Table) -> Text:
    used = {square.standing for row in table.rows for square in row.squares}
    text = Text(style="dim")
    for standing in (each for each in Standing if each in used):
        text.append_text(marked(standing)).append(f" {MEANINGS[standing]}   ")
    return text
