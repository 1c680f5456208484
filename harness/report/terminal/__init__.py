"""The report on a terminal: the sentence, the clouds, the matrix with differences first, what failed, ladders as bars, leftovers.

Whatever comes from outside is drawn as :class:`rich.text.Text`, never as markup, and was cleaned of escapes when it was read. The
drawing fits the console's width: with too many clouds for a column of words each, columns are letters, and words go below.
"""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from harness.report.blame import blames
from harness.report.headline import headline
from harness.report.ladder import ladders
from harness.report.matrix import tables
from harness.report.record import Run
from harness.report.terminal import matrix, sections
from harness.report.terminal.ladder import draw as draw_ladder

__all__ = ["show"]


def show(run: Run, console: Console) -> None:
    """Draw ``run`` on ``console``, as wide as it is."""
    title = Text.assemble((run.title, "bold"), ("   run ", "dim"), (run.id, "dim"))
    _print(console, title)
    _print(console, Text(headline(run), "bold"))
    for table in tables(run):
        _section(console, "Clouds", sections.clouds(run, table))
        for drawing in matrix.draw(table, console.width - 2):
            _print(console, drawing)
    for blame in blames(run):
        _section(console, f"What failed on {blame.cloud}", sections.blame(blame))
    for kind in ladders(run):
        _section(console, f"Seconds from acceptance, {kind.workload.name}, {kind.servers}", draw_ladder(kind, console.width - 2))
    for heading, drawing in sections.rest(run):
        _section(console, heading, drawing)


def _section(console: Console, heading: str, drawing: RenderableType) -> None:
    console.print(Padding(Text(heading, "bold underline"), (0, 1)))
    _print(console, drawing)


def _print(console: Console, drawing: RenderableType) -> None:
    console.print(Padding(drawing, (0, 1, 1, 1)))
