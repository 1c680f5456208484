"""``report.html``: one file that opens from a disk, without a network, reads without colour and without script, and prints.

The templates decide the wording and the order, this module the numbers that drawings need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import ceil, log10
from urllib.parse import quote

from harness.model import Outcome
from harness.report.blame import Unknown, blames, unknowns
from harness.report.headline import sentences
from harness.report.inequality import Likeness, branches, inputs
from harness.report.ladder import Climb, KindOfServer, ladders
from harness.report.matrix import tables
from harness.report.page import document
from harness.report.proof import proofs
from harness.report.record import Run
from harness.report.requirement import requirements, standing
from harness.report.squares import Square
from harness.report.summary import summaries
from harness.report.traces import Event
from harness.report.words import NOT_A_SUBJECT

FILE = "report.html"

_MANY_COLUMNS = 6
_LONGEST_IN_NARROW_COLUMN = 16
_TICKS = 5


@dataclass(frozen=True)
class Tick:
    """A mark of a ladder's scale, ``place`` in percent of its width."""

    label: str
    place: float


def render(run: Run) -> str:
    """The report as one HTML document."""
    links = Links(run)
    return document(
        "report.html.jinja",
        run=run,
        sentences=sentences(run),
        tables=tables(run),
        blames=blames(run),
        unknowns=unknowns(run),
        ladders=ladders(run),
        inputs=inputs(run),
        branches=branches(run),
        proofs=proofs(run),
        requirements=requirements(run),
        met_standing=standing,
        likeness=Likeness,
        nobody=NOT_A_SUBJECT,
        many=_MANY_COLUMNS,
        longest=_LONGEST_IN_NARROW_COLUMN,
        summaries=summaries,
        by_cloud=by_cloud,
        ticks=ticks,
        places=places,
        whisker=whisker,
        place=links.place,
        traced=links.traced,
        journal_of=journal_of,
        squares_of=links.squares_of,
    )


class Links:
    """From a square of the matrix to what is behind it."""

    def __init__(self, run: Run) -> None:
        self._workloads = {each.name: number for number, each in enumerate(run.workloads, 1)}
        self._clouds = {cloud: number for number, cloud in enumerate(run.clouds, 1)}
        self._cells = {each.id: each for each in run.cells}
        self._squares = {
            (table.workload.name, square.cloud, square.check): square
            for table in tables(run)
            for row in table.rows
            for square in row.squares
        }

    def place(self, kind: str, workload: str, cloud: str, check: str) -> str:
        """The id of the element that tells of ``check`` on ``cloud``: as a ``root`` failure, or as ``unknown``."""
        return f"{kind}-{self._workloads[workload]}-{self._clouds[cloud]}-{check}"

    def traced(self, outcome: Outcome) -> tuple[Event, ...]:
        """The journal's events behind ``outcome``."""
        return self._cells[outcome.cell].traces.get((outcome.check, outcome.subject), ())

    def squares_of(self, unknown: Unknown) -> Iterator[Square]:
        """The squares that ``unknown`` tells of."""
        return (self._squares[unknown.workload, cloud, check] for cloud in unknown.clouds for check in unknown.checks)


def journal_of(cell: str) -> str:
    """Where the journal of ``cell`` lies, as seen from the report."""
    return f"cells/{quote(cell)}/journal.jsonl"


def by_cloud(climbs: Iterable[Climb]) -> list[tuple[str, list[Climb]]]:
    """Climbs together with those of the same cloud, which stand beside each other already."""
    return [(cloud, list(group)) for cloud, group in groupby(climbs, lambda each: each.cloud)]


def places(climb: Climb, scale: float) -> list[tuple[str, float, float]]:
    """Rung, start and width in percent of ``scale`` of each stretch of a climb's bar."""
    return [(rung, round(start / scale * 100, 3), round((end - start) / scale * 100, 3)) for rung, start, end in climb.segments()]


def whisker(climb: Climb, scale: float) -> tuple[float, float]:
    """From the fastest to the slowest attempt at the top of a climb's bar, in percent of ``scale``; both the same for one attempt."""
    top = max(climb.seconds, key=lambda rung: climb.seconds[rung], default="")
    times = climb.times.get(top) or (climb.top,)
    return round(times[0] / scale * 100, 3), round(times[-1] / scale * 100, 3)


def ticks(kind: KindOfServer) -> list[Tick]:
    """A few round numbers of seconds on a ladder's scale."""
    rough = kind.scale / _TICKS
    magnitude = 10.0 ** ceil(log10(rough) - 1)
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    marks = [number * step for number in range(int(kind.scale / step) + 1)]
    return [Tick(f"{seconds:g} s" if seconds else "0", round(seconds / kind.scale * 100, 3)) for seconds in marks]
