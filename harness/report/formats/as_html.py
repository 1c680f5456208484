"""``report.html``: one file that opens from a disk, without a network and without script, reads without colour, and prints.

The template decides the wording and the order, this module the numbers that drawings need. Every text from outside passes through
the template engine's escaping; the policy in the file's head allows nothing but the one style sheet in it, by its hash.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from math import ceil, log10

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.model import LADDER
from harness.report.blame import blames, details, unknowns
from harness.report.headline import sentences
from harness.report.inequality import Likeness, branches, inputs
from harness.report.ladder import Climb, KindOfServer, ladders
from harness.report.matrix import Group, tables
from harness.report.record import Run
from harness.report.summary import summaries
from harness.report.values import worded
from harness.report.words import MEANINGS, NOT_A_SUBJECT, RUNG_TITLES, SYMBOLS, Standing, count, duration, listed, short_digest

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
    style = files("harness.report.formats").joinpath("report.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("harness.report", "formats"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(listed=listed, worded=worded, duration=duration, short=short_digest)
    environment.globals.update(count=count, details=details, summaries=summaries, by_cloud=by_cloud, ticks=ticks, places=places)
    return environment.get_template("report.html.jinja").render(
        run=run,
        style=style,
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        sentences=sentences(run),
        tables=tables(run),
        blames=blames(run),
        unknowns=unknowns(run),
        ladders=ladders(run),
        inputs=inputs(run),
        branches=branches(run),
        groups=Group,
        standings=Standing,
        symbols=SYMBOLS,
        meanings=MEANINGS,
        rungs=LADDER[1:],
        rung_titles=RUNG_TITLES,
        likeness=Likeness,
        nobody=NOT_A_SUBJECT,
        many=_MANY_COLUMNS,
        longest=_LONGEST_IN_NARROW_COLUMN,
    )


def by_cloud(climbs: Iterable[Climb]) -> list[tuple[str, list[Climb]]]:
    """Climbs together with those of the same cloud, which stand beside each other already."""
    return [(cloud, list(group)) for cloud, group in groupby(climbs, lambda each: each.cloud)]


def places(climb: Climb, scale: float) -> list[tuple[str, float, float]]:
    """Rung, start and width in percent of ``scale`` of each stretch of a climb's bar."""
    return [(rung, round(start / scale * 100, 3), round((end - start) / scale * 100, 3)) for rung, start, end in climb.segments()]


def ticks(kind: KindOfServer) -> list[Tick]:
    """A few round numbers of seconds on a ladder's scale."""
    rough = kind.scale / _TICKS
    magnitude = 10.0 ** ceil(log10(rough) - 1)
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    marks = [number * step for number in range(int(kind.scale / step) + 1)]
    return [Tick(f"{seconds:g} s" if seconds else "0", round(seconds / kind.scale * 100, 3)) for seconds in marks]
