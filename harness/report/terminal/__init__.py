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
from harness.report.requirement import requirements
from harness.report.terminal import ladder, matrix, sections

__all__ = ["show"]

_MARGIN = 1


def show(run: Run, console: Console) -> None:
    """Draw ``run`` on ``console``, as wide as it is."""
    width = console.width - 2 * _MARGIN
    several = len(run.workloads) > 1
    _print(console, Text.assemble((run.title, "bold"), (f"   run {run.id}", "dim")))
    _print(console, Text(headline(run), "bold"))
    for required in requirements(run):
        about = f"What was required of {required.workload}" if several else "What was required"
        _section(console, about, sections.requirement(required))
    for table in tables(run):
        letters = matrix.letters(table, width)
        _section(console, f"Clouds, {table.workload.name}" if several else "Clouds", sections.clouds(run, table, letters, width))
        for drawing in matrix.draw(table, letters, width):
            _print(console, drawing)
    for blame in blames(run):
        _section(console, f"What failed on {blame.cloud}" + (f", {blame.workload}" if several else ""), sections.blame(blame))
    for kind in ladders(run):
        about = f"{kind.workload.name}, {kind.servers}" if several else kind.servers
        _section(console, f"Seconds from acceptance: {about}", ladder.draw(kind, width))
    for heading, drawing in sections.rest(run):
        _section(console, heading, drawing)


def _section(console: Console, heading: str, drawing: RenderableType) -> None:
    console.print(Padding(Text(heading, "bold underline"), (0, _MARGIN)))
    _print(console, drawing)


def _print(console: Console, drawing: RenderableType) -> None:
    console.print(Padding(drawing, (0, _MARGIN, 1, _MARGIN)))
