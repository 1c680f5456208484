"""Checks × clouds, differences first: the middle of every form of the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from harness.model import CheckInfo
from harness.report.record import Run, Workload
from harness.report.squares import Square, by_check, folded
from harness.report.words import Standing, facet_order


class Group(StrEnum):
    """What a row says when its clouds are looked at together, in the order in which rows are shown."""

    DIFFERS = "differs"
    FAILS_ALIKE = "fails alike"
    FOLLOWS = "follows from a failure"
    UNKNOWN = "unknown somewhere"
    ALIKE = "alike"


GROUP_TITLES = {
    Group.DIFFERS: "Differs between clouds",
    Group.FAILS_ALIKE: "Fails alike wherever it was seen",
    Group.FOLLOWS: "Not run somewhere, because of a failure above",
    Group.UNKNOWN: "Unknown on at least one cloud",
    Group.ALIKE: "Alike on every cloud",
}
ONE_CLOUD_TITLES = {**GROUP_TITLES, Group.FAILS_ALIKE: "Failed", Group.FOLLOWS: "Not run, because of a failure above"}
ONE_CLOUD_TITLES |= {Group.UNKNOWN: "Unknown", Group.ALIKE: "Held"}


@dataclass(frozen=True)
class Row:
    """A check on every cloud of the run. ``differing`` are the names of the values that differ, empty when only verdicts do."""

    check: CheckInfo
    squares: tuple[Square, ...]
    group: Group
    differing: frozenset[str] = frozenset()

    def square(self, cloud: str) -> Square:
        """What the check came to on ``cloud``."""
        return next(each for each in self.squares if each.cloud == cloud)

    def variants(self, clouds: tuple[str, ...]) -> tuple[Variant, ...]:
        """The ways that ``clouds`` behaved, the most frequent first; values that do not differ are left out."""
        ways: dict[tuple[Standing, str], list[str]] = {}
        for square in map(self.square, clouds):
            observed = replace(square, values=tuple(each for each in square.values if each.name in self.differing)).observed()
            passed = square.standing is Standing.HOLDS and observed
            text = (
                observed if passed else ": ".join(filter(None, (square.word + (f" ({square.waived})" if square.waived else ""), observed)))
            )
            ways.setdefault((square.standing, text), []).append(square.cloud)
        found = (Variant(standing, text, tuple(clouds)) for (standing, text), clouds in ways.items())
        return tuple(sorted(found, key=lambda each: -len(each.clouds)))

    def numbered(self, clouds: tuple[str, ...]) -> dict[str, int]:
        """For each cloud that holds, the number of its way of doing so; nothing when there is one way only."""
        holding = [way for way in self.variants(clouds) if way.standing is Standing.HOLDS]
        if len(holding) < 2:
            return {}
        return {cloud: number for number, way in enumerate(holding, 1) for cloud in way.clouds}

    def longest_way(self, clouds: tuple[str, ...]) -> int:
        """Characters of the longest of its variants."""
        return max((len(way.text) for way in self.variants(clouds)), default=0)


@dataclass(frozen=True)
class Variant:
    """One of the ways that clouds behaved in a row, and the clouds that behaved so."""

    standing: Standing
    text: str
    clouds: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The matrix of one workload. Of its ``clouds``, the ``columns`` are those where any check came to anything."""

    workload: Workload
    clouds: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def group(self, group: Group) -> tuple[Row, ...]:
        """The rows of ``group``, facet by facet."""
        return tuple(each for each in self.rows if each.group is group)

    def groups(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Title and rows of every group that has rows, differences first."""
        for group in Group:
            if rows := self.group(group):
                yield (ONE_CLOUD_TITLES if len(self.columns) == 1 else GROUP_TITLES)[group], rows

    def column(self, cloud: str) -> tuple[Square, ...]:
        """A cloud's squares, in the order of the rows."""
        return tuple(each.square(cloud) for each in self.rows)

    @property
    def unseen(self) -> tuple[str, ...]:
        """The clouds where no check came to anything: refused, never started, failed at once."""
        return tuple(each for each in self.clouds if each not in self.columns)


def by_facet(rows: tuple[Row, ...]) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Rows that stand facet by facet, as :meth:`Table.group` has them, under the names of their facets."""
    return tuple((facet, tuple(found)) for facet, found in groupby(rows, lambda row: row.check.facet))


@lru_cache(maxsize=1)
def tables(run: Run) -> tuple[Table, ...]:
    """One matrix for every workload of the run; remembered, since every form of its report asks for them."""
    return tuple(_table(run, workload) for workload in run.workloads)


def _table(run: Run, workload: Workload) -> Table:
    clouds = tuple(each for each in run.clouds if run.cells_of(workload.name, each)) or run.clouds
    marks = tuple(each.mark for each in run.cells if each.mark)
    cells = {cloud: run.cells_of(workload.name, cloud) for cloud in clouds}
    columns = tuple(cloud for cloud in clouds if any(cell.outcomes for cell in cells[cloud]))
    known = {cloud: by_check(cells[cloud]) for cloud in clouds}
    squares = {
        check: tuple(_with_waiver(run, folded(known[cloud].get(check.id), cloud, check, marks, cells[cloud])) for cloud in clouds)
        for check in checks_of(run, workload)
    }
    rows = [_row(check, found, columns) for check, found in squares.items()]
    order = list(Group)
    rows.sort(key=lambda row: (order.index(row.group), facet_order(row.check.facet)))
    return Table(workload, clouds, columns, tuple(rows))


def _with_waiver(run: Run, square: Square) -> Square:
    if square.standing is Standing.HOLDS:
        return square
    return replace(square, waived="; ".join(each.state(run.day) for each in run.waived(square.check, square.cloud)))


def checks_of(run: Run, workload: Workload) -> Iterator[CheckInfo]:
    """The catalogue, but for checks that look at another workload of the same run alone.

    Where the journal does not tell which do, they are those that only another workload has outcomes of.
    """
    own = {each.check for each in run.outcomes() if each.workload == workload.name}
    others = {each.id for each in run.catalogue} - set(workload.checks) if workload.checks else {each.check for each in run.outcomes()}
    return (check for check in run.catalogue if check.id not in others - own)


def _row(check: CheckInfo, squares: tuple[Square, ...], columns: tuple[str, ...]) -> Row:
    shown = [each for each in squares if each.cloud in columns]
    seen = [each for each in shown if each.standing.is_evidence]
    differing = _differing(seen)
    return Row(check, squares, _group(shown, seen, differing), differing)


def _group(shown: list[Square], seen: list[Square], differing: frozenset[str]) -> Group:
    if differing or len({each.verdict for each in seen}) > 1:
        return Group.DIFFERS
    if any(each.standing is not Standing.HOLDS for each in seen):
        return Group.FAILS_ALIKE
    if any(each.standing is Standing.FOLLOWS for each in shown):
        return Group.FOLLOWS
    return Group.ALIKE if shown and len(seen) == len(shown) else Group.UNKNOWN


def _differing(seen: list[Square]) -> frozenset[str]:
    """The names of values that were compared on several clouds and are not the same on all of them."""
    compared: dict[str, set[frozenset[str]]] = {}
    for value in (value for square in seen for value in square.values if value.compared is not None):
        compared.setdefault(value.name, set()).add(value.compared or frozenset())
    return frozenset(name for name, found in compared.items() if len(found) > 1)
