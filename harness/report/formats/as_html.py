"""``report.html``: one file that opens from a disk, without a network, reads without colour and without script, and prints.

The templates decide the wording and the order, this module the numbers that drawings need.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from harness.model import Outcome
from harness.report.blame import Unknown, blames, unknowns
from harness.report.charts.climbs import by_cloud, places, ticks, whisker
from harness.report.charts.pairs import Pairs, band, bands
from harness.report.headline import sentences
from harness.report.inequality import Likeness, branches, inputs
from harness.report.ladder import ladders
from harness.report.matrix import tables
from harness.report.moving import debts, facet_weights, known, moving
from harness.report.moving import sentences as moving_sentences
from harness.report.page import document
from harness.report.proof import proofs
from harness.report.record import Run
from harness.report.requirement import requirements, standing
from harness.report.squares import Square
from harness.report.summary import summaries
from harness.report.traces import Event
from harness.report.words import NOT_A_SUBJECT
from harness.score import in_plain_words

FILE = "report.html"

_MANY_COLUMNS = 6
_FEW_ROWS = 12
_LONGEST_IN_NARROW_COLUMN = 16
_NAMED_PAIRS = 4


def render(run: Run) -> str:
    """The report as one HTML document."""
    links = Links(run)
    found = moving(run)
    return document(
        "report.html.jinja",
        run=run,
        sentences=sentences(run),
        how_well=moving_sentences(run),
        moving=found,
        pairs=Pairs(found),
        bands=bands,
        band=band,
        debts=debts,
        known=known,
        facet_weights=facet_weights,
        plain_words=in_plain_words(),
        named=_NAMED_PAIRS,
        requirements=requirements(run),
        met_standing=standing,
        tables=tables(run),
        blames=blames(run),
        unknowns=unknowns(run),
        ladders=ladders(run),
        inputs=inputs(run),
        branches=branches(run),
        proofs=proofs(run),
        likeness=Likeness,
        nobody=NOT_A_SUBJECT,
        many=_MANY_COLUMNS,
        few=_FEW_ROWS,
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


def beside(run: Run) -> Iterator[tuple[str, str]]:
    """Where there are too many pairs of clouds for one file: name and text of a file for every cloud, with the moves from it."""
    found = moving(run)
    pairs = Pairs(found)
    for number, comparison in enumerate(found.comparisons, 1):
        for there in () if pairs.are_inline(number) else comparison.clouds:
            moves = [move for move in comparison.matrix.moves.values() if move.there == there]
            about = {"run": run, "report": FILE, "n": number, "comparison": comparison, "there": there, "moves": moves, "pairs": pairs}
            yield pairs.file(number, there), document("pairs.html.jinja", **about)


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
