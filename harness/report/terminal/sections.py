"""The terminal report's smaller sections: clouds, what failed, inputs and branches, leftovers, what the record lacks."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group as Together
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from harness.model import Outcome
from harness.report.blame import CloudBlame, Root
from harness.report.inequality import BranchOnClouds, InputOnClouds, Likeness, branches, inputs
from harness.report.matrix import Table
from harness.report.record import Cell, Run
from harness.report.summary import summaries
from harness.report.terminal.style import marked
from harness.report.values import worded
from harness.report.words import NOT_A_SUBJECT, count, listed

_RESOURCES_SHOWN = 12
_MANY = 6


def clouds(run: Run, table: Table) -> Grid:
    """A line for every cloud: name, what it is, kind of server, what became of it."""
    grid = _grid(4)
    for each in summaries(run, table):
        what = Text(each.participant.kind_of_server)
        if each.participant.description:
            what = Text(each.participant.description).append(f", {each.participant.kind_of_server}", "dim")
        became = marked(each.standing, each.state + (f": {each.reason}" if each.reason else ""))
        if each.mend:
            became.append(f"\nmend: {each.mend}", "dim")
        grid.add_row(Text(each.participant.name, "bold"), what, became, Text(each.counted(), "dim"))
    return grid


def blame(found: CloudBlame) -> Together:
    """The root failures on one cloud: the one with the blame first, each with what was expected and seen, and what followed."""
    first, *others = found.roots
    parts: list[RenderableType] = [_root(first)]
    if others:
        parts.append(Text("Failing on their own, besides:", "dim"))
        parts += [_root(each) for each in others]
    return Together(*parts)


def rest(run: Run) -> Iterator[tuple[str, RenderableType]]:
    """Heading and drawing of each remaining section that has something to say."""
    if drawing := _differing_inputs(run):
        yield "What the clouds gave the workload, where it differs", drawing
    for cell in run.cells:
        if cell.leftovers:
            yield f"{'Kept' if cell.kept else 'Left behind'} on {cell.cloud} ({cell.id})", _resources(cell)
    lacks = [f"{cell.id}: {each}" for cell in run.cells for each in cell.lacks] + list(run.lacks)
    if lacks:
        yield "What the record lacks", Together(*(Text(each, "yellow") for each in lacks))


def _grid(columns: int) -> Grid:
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(columns):
        grid.add_column(overflow="fold")
    return grid


def _root(root: Root) -> RenderableType:
    outcome = root.outcomes[0]
    heading = marked(root.standing, f"{root.check} ({root.facet})")
    subjects = [each for each in root.subjects if each not in NOT_A_SUBJECT]
    if subjects:
        heading.append(f" on {listed(subjects)}", "default not bold")
    grid = _grid(2)
    for label, text in _details(outcome):
        grid.add_row(Text(label, "dim"), Text(text))
    if root.consequences:
        grid.add_row(Text("so not run", "dim"), Text(listed(root.consequences, _MANY)))
    return Together(heading, Padding(grid, (0, 0, 0, 2)))


def _details(outcome: Outcome) -> Iterator[tuple[str, str]]:
    labelled = {"reason": outcome.reason, "expected": outcome.expected, "seen": outcome.seen}
    labelled |= {"request id": outcome.request_id, "try next": outcome.next_step}
    return ((label, text) for label, text in labelled.items() if text)


def _differing_inputs(run: Run) -> RenderableType | None:
    differing_inputs = [each for each in inputs(run) if each.likeness is not Likeness.SAME]
    differing_branches = [each for each in branches(run) if each.differs]
    if not differing_inputs and not differing_branches:
        return None
    grid = _grid(3)
    for each in differing_inputs:
        _input(grid, each)
    for branch in differing_branches:
        _branch(grid, branch)
    return grid


def _input(grid: Grid, differing: InputOnClouds) -> None:
    flag = Text(differing.likeness.value, "bold red" if differing.flagged else "dim")
    if differing.differing:
        flag.append(f": {listed(differing.differing)}")
    grid.add_row(Text(differing.name, "bold"), flag, Text(""))
    for cloud, each in differing.values.items():
        detail = ", ".join(f"{name} {worded(each.detail[name])}" for name in differing.differing)
        grid.add_row(Text(f"  {cloud}"), Text(worded(each.value)), Text(each.source + (f", {detail}" if detail else ""), "dim"))


def _branch(grid: Grid, branch: BranchOnClouds) -> None:
    grid.add_row(Text(branch.name, "bold"), Text("the workload's own branch", "dim"), Text(""))
    for cloud, way in branch.values.items():
        grid.add_row(Text(f"  {cloud}"), Text(way), Text(""))


def _resources(cell: Cell) -> RenderableType:
    grid = _grid(3)
    for each in cell.leftovers[:_RESOURCES_SHOWN]:
        grid.add_row(Text(each.kind), Text(each.name), Text(each.id, "dim"))
    hidden = len(cell.leftovers) - _RESOURCES_SHOWN
    return Together(grid, Text(f"and {count(hidden, 'more', 'more')}", "dim")) if hidden > 0 else grid
