"""The matrix on a terminal: words in the squares as long as they fit, else letters for clouds and the words below."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import ascii_uppercase

from rich.console import Group as Together
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from harness.report.clean import one_line
from harness.report.matrix import Group, Row, Table
from harness.report.terminal.style import STYLES, marked
from harness.report.words import MEANINGS, Standing

_WORDS_NEED = 16
_WORDS_AT_MOST = 44
_LABEL_AT_MOST = 40
_GAP = 2
_IN_FULL = (Group.DIFFERS, Group.FAILS_ALIKE)


def letters(table: Table, width: int) -> dict[str, str]:
    """A letter for each column when ``width`` is too little for words; empty when it is enough."""
    room = (width - _label(table)) // max(1, len(table.columns))
    return {} if room - _GAP >= _WORDS_NEED else dict(zip(table.columns, _alphabet(len(table.columns)), strict=True))


def draw(table: Table, names: dict[str, str], width: int) -> Iterator[RenderableType]:
    """The drawings that make up the matrix in ``width`` columns: with words, or with ``names``, the clouds' :func:`letters`."""
    if not table.columns:
        return
    yield _with_letters(table, names, width) if names else _with_words(table, width)
    if names and (rows := [row for group in _IN_FULL for row in table.group(group)]):
        yield Together(*(each for row in rows for each in _ways(row, table.columns, names)))
    yield _legend(table)


def _with_words(table: Table, width: int) -> RenderableType:
    label = _label(table)
    room = min(_WORDS_AT_MOST, (width - label) // len(table.columns) - _GAP)

    def square(row: Row, cloud: str) -> Text:
        found = row.square(cloud)
        words = found.said(row.differing)
        if found.because:
            words = found.because if found.standing is Standing.FOLLOWS else f"← {found.because}"
        return marked(found.standing, words if row.group in _IN_FULL else one_line(words, room - _GAP))

    return _grid(table, table.columns, {each: each for each in table.columns}, square, (label, room, _GAP))


def _with_letters(table: Table, names: dict[str, str], width: int) -> RenderableType:
    """In as many blocks as the width asks for. In a row whose clouds hold in several ways, a digit says which."""
    label = _label(table)
    widest = max(map(len, names.values()))
    gap = 2 if (widest + 2) * len(names) <= width - label else 1
    at_once = max(1, (width - label) // (widest + gap))
    ways = {row.check.id: row.numbered(table.columns) for row in table.rows}

    def square(row: Row, cloud: str) -> Text:
        number = ways[row.check.id].get(cloud)
        return Text(str(number), STYLES[Standing.HOLDS]) if number else marked(row.square(cloud).standing)

    blocks = (table.columns[first : first + at_once] for first in range(0, len(table.columns), at_once))
    return Together(*(_grid(table, block, names, square, (label, widest, gap)) for block in blocks))


def _grid(
    table: Table, clouds: tuple[str, ...], names: dict[str, str], square: Callable[[Row, str], Text], widths: tuple[int, int, int]
) -> RenderableType:
    """Headings, then every group of rows under its title; ``widths`` are of the checks' column, of a cloud's, and of the gap."""
    parts: list[RenderableType] = [_part([[Text(table.workload.name, "bold"), *(Text(names[each], "bold") for each in clouds)]], widths)]
    for title, rows in table.groups():
        parts.append(Text(f"\n{title} ({len(rows)})", "dim italic"))
        parts.append(_part([[Text(row.check.id), *(square(row, each) for each in clouds)] for row in rows], widths))
    return Together(*parts)


def _part(rows: list[list[Text]], widths: tuple[int, int, int]) -> Grid:
    label, room, gap = widths
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, gap, 0, 0))
    grid.add_column(width=label - gap, overflow="fold")
    for _ in rows[0][1:]:
        grid.add_column(width=room, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def _ways(row: Row, clouds: tuple[str, ...], names: dict[str, str]) -> Iterator[RenderableType]:
    """What the symbols and digits of a row stand for, and on which clouds."""
    numbered = row.numbered(clouds)
    yield Text(row.check.id, "bold")
    for way in row.variants(clouds):
        number = numbered.get(way.clouds[0])
        said = Text(f"{number} {way.text}", STYLES[way.standing]) if number else marked(way.standing, way.text)
        where = "all" if len(way.clouds) == len(names) else " ".join(names[each] for each in way.clouds)
        yield Padding(said.append(f"   {where}", "dim"), (0, 0, 0, _GAP))


def _label(table: Table) -> int:
    return min(_LABEL_AT_MOST, max((len(row.check.id) for row in table.rows), default=0) + _GAP)


def _alphabet(number: int) -> list[str]:
    """``A`` to ``Z``; for more clouds than that ``AA``, ``AB`` … from the first."""
    if number <= len(ascii_uppercase):
        return list(ascii_uppercase[:number])
    return [first + second for first in ascii_uppercase for second in ascii_uppercase][:number]


def _legend(table: Table) -> Text:
    used = {row.square(cloud).standing for row in table.rows for cloud in table.columns}
    parts = [marked(each).append(f" {MEANINGS[each]}", "dim") for each in Standing if each in used]
    return Text("\n").join(parts)
