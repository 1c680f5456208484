"""What a scenario requires, judged for every workload on every cloud from recorded data alone.

A cloud meets it when the workload was deployed there in every attempt, each check that is required passed, the page came in time,
the facets are whole, and every move to it from another cloud of the round scores enough. What is unknown is neither met nor held
against the cloud. A waiver is said beside a finding and changes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from harness.errors import UsageError
from harness.report.clean import a_time, one_line
from harness.report.comparison import compare
from harness.report.matrix import Table, tables
from harness.report.met import Met, but, of_check, of_failed_cell
from harness.report.record import Cell, Run, Status
from harness.report.words import ANSWERS, Standing, count, listed
from harness.score import Move, percent

_NAMED = 4
_LONGEST_TEXT = 160


class Demand(StrEnum):
    """The kinds of demand, in the order in which they are judged and named."""

    DEPLOYED = "deployed"
    MUST_HAVE = "must_have"
    TO_PAGE = "to_page"
    FACET = "facets"
    MOVE = "move"


@dataclass(frozen=True)
class Finding:
    """A demand that a cloud does not meet, or is not known to meet. ``about`` is the cell, check or facet; ``text`` a clause."""

    demand: Demand
    about: str
    met: Met
    text: str
    waivers: tuple[str, ...] = ()


@dataclass(frozen=True)
class OnCloud:
    """What the demands came to on one cloud: met where there is no finding."""

    cloud: str
    findings: tuple[Finding, ...]

    @property
    def met(self) -> Met:
        """No as soon as one demand is not met; unknown where none is, and one is unknown."""
        found = {each.met for each in self.findings}
        return next((each for each in (Met.NO, Met.UNKNOWN) if each in found), Met.YES)

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        parts = [f"{each.text}{but(each.waivers)}" for each in self.worst_first()]
        return f"{self.cloud}: {self.met}{': ' if parts else ''}{'; '.join(parts)}."

    def worst_first(self) -> tuple[Finding, ...]:
        """The findings, those not met before those unknown."""
        return tuple(sorted(self.findings, key=lambda each: each.met is not Met.NO))

    @property
    def briefly(self) -> str:
        """The cloud, its first finding, and how many more there are."""
        first, *others = self.worst_first()
        more = f", and {len(others)} more" if others else ""
        return f"{self.cloud} ({one_line(first.text, _LONGEST_TEXT)}{but(first.waivers)}{more})"


@dataclass(frozen=True)
class Requirement:
    """What was required of a workload, in words, and what it came to on every cloud. ``waivers`` are all that the scenario has."""

    workload: str
    demands: tuple[str, ...]
    clouds: tuple[OnCloud, ...]
    sentence: str
    waivers: tuple[str, ...]

    @property
    def met(self) -> Met:
        """The weightiest of its clouds, by the order of exit codes: unknown stands above not met."""
        found = {each.met for each in self.clouds}
        return next((each for each in (Met.UNKNOWN, Met.NO) if each in found), Met.YES)


@lru_cache(maxsize=1)
def requirements(run: Run) -> tuple[Requirement, ...]:
    """What the run's scenario requires of each workload, judged; remembered, since every form of its report asks for it."""
    return tuple(_requirement(run, table) for table in tables(run))


def standing(met: Met) -> Standing:
    """The sign that a demand gets in a report."""
    return {Met.YES: Standing.HOLDS, Met.NO: Standing.FAILS, Met.UNKNOWN: Standing.UNKNOWN}[met]


def besides(run: Run) -> Iterator[tuple[int, str]]:
    """Exit code and reason of what was required beyond the must-haves, which each cell tells by itself.

    Of a cloud whose cells did not come to their end only what is not met: that the rest is unknown is said by their end.
    """
    for required in requirements(run):
        for on in required.clouds:
            whole = all(each.status is Status.DONE for each in run.cells_of(required.workload, on.cloud))
            for each in on.findings:
                if each.demand not in (Demand.DEPLOYED, Demand.MUST_HAVE) and (whole or each.met is Met.NO):
                    yield each.met.exit_code, f"{on.cloud}, {required.workload}: {each.text}{but(each.waivers)}"


def _requirement(run: Run, table: Table) -> Requirement:
    moves = _Moves(run, table)
    clouds = tuple(OnCloud(cloud, (*_findings(run, table, cloud), *moves.to(cloud))) for cloud in table.clouds)
    waivers = tuple(
        f"{each.id} on {each.cloud or 'every cloud'}{_absent(run, each.cloud)}: {each.words(run.day)}"
        for each in run.waivers
        if any(row.check.id == each.id for row in table.rows)
    )
    return Requirement(table.workload.name, tuple(_demands(run, table)), clouds, _sentence(run, table, clouds), waivers)


def _absent(run: Run, cloud: str) -> str:
    return ", which is not in this round" if cloud and cloud not in run.clouds else ""


def _demands(run: Run, table: Table) -> Iterator[str]:
    """What is asked for, in words."""
    yield "deployed" + (f"; these pass: {listed(table.workload.required)}" if table.workload.required else "")
    if run.require.to_page is not None and _answer(table):
        yield f"the page within {run.require.to_page:g} s"
    if run.require.facets:
        yield f"whole: {listed(run.require.facets)}"
    if run.require.move is not None:
        yield f"a move score of {percent(_exactly(run.require.move))} or more between any two clouds"


def _sentence(run: Run, table: Table, clouds: tuple[OnCloud, ...]) -> str:
    digests = {cell.digest for cell in run.cells if cell.workload == table.workload.name and cell.digest}
    how = "runs unchanged" if len(digests) < 2 else "runs, though not the same everywhere,"
    by_met = {met: [each for each in clouds if each.met is met] for met in Met}
    text = f"{table.workload.name} {how} as required on {len(by_met[Met.YES])} of {count(len(clouds), 'cloud')}"
    if missing := by_met[Met.NO]:
        text += f"; on {len(missing)}, not: {listed([each.briefly for each in missing], _NAMED)}"
    if unknown := by_met[Met.UNKNOWN]:
        text += f"; on {len(unknown)} it is unknown: {listed([each.briefly for each in unknown], _NAMED)}"
    return text + "."


def _findings(run: Run, table: Table, cloud: str) -> Iterator[Finding]:
    cells = run.cells_of(table.workload.name, cloud)
    if not cells:
        yield Finding(Demand.DEPLOYED, cloud, Met.UNKNOWN, "it was not planned")
    attempts: dict[Finding, list[int]] = {}
    for cell in cells:
        for finding in _in_cell(run, table, cell):
            attempts.setdefault(finding, []).append(cell.attempt)
    for finding, found in attempts.items():
        yield replace(finding, text=f"{_named(found)}: {finding.text}") if len(cells) > 1 else finding
    if cloud in table.columns:
        for facet in run.require.facets:
            yield from _facet(run, table, cloud, facet)


def _named(attempts: list[int]) -> str:
    return f"attempt {attempts[0]}" if len(attempts) == 1 else f"attempts {listed([str(each) for each in attempts])}"


def _in_cell(run: Run, table: Table, cell: Cell) -> Iterator[Finding]:
    yield from _deployed(cell)
    if cell.outcomes or cell.status is Status.DONE:
        yield from _must_haves(run, table, cell)
        if run.require.to_page is not None and (answer := _answer(table)):
            yield from _to_page(run.require.to_page, answer, cell)


def _deployed(cell: Cell) -> Iterator[Finding]:
    if cell.deployed and cell.status is Status.DONE:
        return
    met = of_failed_cell(cell.exit_code, cell.outcomes) if cell.status is Status.FAILED else Met.UNKNOWN
    why = cell.reason or next(iter(cell.lacks), "it was not deployed")
    state = "" if cell.status is Status.DONE else f"{cell.status.value}: "
    yield Finding(Demand.DEPLOYED, cell.id, met, state + one_line(why, _LONGEST_TEXT))


def _must_haves(run: Run, table: Table, cell: Cell) -> Iterator[Finding]:
    for check in table.workload.required:
        met, word = of_check(check, cell.outcomes)
        if met is not Met.YES:
            yield Finding(Demand.MUST_HAVE, check, met, f"{check} {one_line(word)}", _waivers(run, check, cell.cloud))


def _to_page(limit: float, check: str, cell: Cell) -> Iterator[Finding]:
    """The slowest page of the cell, as ``check`` saw it. One that did not come because of a failure did not come in time; one that was
    not seen, or without a time that is one, may have.
    """
    name = ANSWERS[check]
    told = [a_time(each.value) for outcome in cell.outcomes for each in outcome.observations if each.name == name and each.unit == "s"]
    times = [each for each in told if each is not None]
    met, word = of_check(check, cell.outcomes)
    if times and max(times) > limit:
        text = f"the page took {max(times):g} s, and at most {limit:g} s is required"
        yield Finding(Demand.TO_PAGE, name, Met.NO, text)
    elif met is not Met.YES or not times or len(times) < len(told):
        unseen = "not every page has a time" if met is Met.YES else "not every page was seen in time"
        text = f"{unseen if times else 'no time to the page'}: {check} {one_line(word)}"
        yield Finding(Demand.TO_PAGE, name, Met.UNKNOWN if met is Met.YES else met, text)


def _facet(run: Run, table: Table, cloud: str, facet: str) -> Iterator[Finding]:
    squares = [row.square(cloud) for row in table.rows if row.check.facet == facet]
    missing = [each.check for each in squares if each.standing in (Standing.FAILS, Standing.LACKS, Standing.FOLLOWS)]
    unknown = [each.check for each in squares if each.standing is Standing.UNKNOWN]
    waivers = _of_all(missing or unknown, lambda check: _waivers(run, check, cloud))
    if missing:
        yield Finding(Demand.FACET, facet, Met.NO, f"{facet} is not whole: {listed(missing, _NAMED)}", waivers)
    elif unknown:
        yield Finding(Demand.FACET, facet, Met.UNKNOWN, f"whether {facet} is whole is unknown: {listed(unknown, _NAMED)}", waivers)
    elif not squares:
        yield Finding(Demand.FACET, facet, Met.UNKNOWN, f"no check of {facet} was recorded")


def _of_all(checks: list[str], waivers: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(f"{check}: {each}" for check in checks for each in waivers(check))


def _waivers(run: Run, check: str, cloud: str) -> tuple[str, ...]:
    return tuple(each.words(run.day) for each in run.waived(check, cloud))


def _answer(table: Table) -> str | None:
    """The check that sees the workload answer; ``None`` where it has no page."""
    return next((row.check.id for row in table.rows if row.check.id in ANSWERS), None)


class _Moves:
    """The move scores of a workload's pairs of clouds, if the scenario requires any."""

    def __init__(self, run: Run, table: Table) -> None:
        self._least = None if run.require.move is None else _exactly(run.require.move)
        self._clouds = table.clouds
        self._moves: dict[tuple[str, str], Move] = {}
        self._problem = "their workloads were not the same"
        if self._least is None:
            return
        try:
            for each in compare([run]):
                if each.workload.name == table.workload.name:
                    self._moves |= each.matrix.moves
        except UsageError as error:
            self._problem = error.message

    def to(self, here: str) -> Iterator[Finding]:
        """The lowest of the moves to ``here`` that are below the least score, and of those without a score the first.

        The point is judged; its bounds are said. Where there is none, the move is unknown.
        """
        if self._least is None:
            return
        moves = {there: self._moves.get((there, here)) for there in self._clouds if there != here}
        low = [each for each in moves.values() if each and each.score is not None and each.score < self._least]
        if low:
            worst = min(low, key=lambda each: each.score or Fraction(0))
            text = f"moving here from {worst.there} scores {percent(worst.score or Fraction(0))} ({_bounds(worst)})"
            text += f", and {percent(self._least)} is required{_of_how_many(len(low), len(moves))}"
            yield Finding(Demand.MOVE, worst.there, Met.NO, text)
        unproven = [(there, each) for there, each in moves.items() if each is None or each.score is None]
        if unproven:
            there, first = unproven[0]
            why = f"{first.why} ({_bounds(first)})" if first else self._problem
            text = f"moving here from {there} has no score: {why}{_of_how_many(len(unproven), len(moves))}"
            yield Finding(Demand.MOVE, there, Met.UNKNOWN, text)
        if not moves:
            yield Finding(Demand.MOVE, here, Met.UNKNOWN, "no other cloud took part, so that no move has a score")


def _exactly(number: float) -> Fraction:
    """A number as it was written, not as a float holds it."""
    return Fraction(str(number))


def _bounds(move: Move) -> str:
    return f"bounds {percent(move.low)} to {percent(move.high)}"


def _of_how_many(some: int, every: int) -> str:
    return f"; so it is from {some} of {every} clouds" if some > 1 else ""
