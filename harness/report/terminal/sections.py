"""The terminal report's smaller sections: clouds, what failed, what is unknown, inputs and branches, leftovers, gaps of the record."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group as Together
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from harness.report.blame import CloudBlame, Root, Unknown, details, unknowns
from harness.report.clean import one_line
from harness.report.inequality import Likeness, Way, branches, inputs
from harness.report.matrix import Table
from harness.report.met import Met
from harness.report.record import Cell, Run
from harness.report.requirement import Requirement, standing
from harness.report.summary import summaries
from harness.report.terminal.style import marked
from harness.report.words import NOT_A_SUBJECT, Standing, count, listed

_RESOURCES_SHOWN = 12
_MANY = 6
_LONGEST_REASON = 240
_GAP = 2


def clouds(run: Run, table: Table, letters: dict[str, str], width: int) -> Grid:
    """A line for every cloud: its letter if it has one, name, what it is, and what became of it."""
    lines = summaries(run, table)
    names = max(len(each.participant.name) for each in lines)
    counted = max(len(each.counted()) for each in lines)
    became = max(len(each.became) for each in lines) + _GAP
    free = width - names - _GAP - (max(map(len, letters.values())) + _GAP if letters else 0)
    kinds = max(len(each.participant.kind_of_server) for each in lines)
    free = max(kinds, free - min(became, free // 2) - min(counted, free // 3) - 2 * _GAP)
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, _GAP, 0, 0))
    for _ in range(5 if letters else 4):
        grid.add_column(overflow="fold")
    for each in lines:
        letter = [Text(letters.get(each.participant.name, ""), "bold")] if letters else []
        kind = each.participant.kind_of_server
        what = " · ".join(filter(None, (kind, each.participant.description)))
        ended = marked(each.standing, one_line(each.became, _LONGEST_REASON))
        if each.mend:
            ended.append(f"\nmend: {each.mend}", "dim not bold")
        what = what if len(what) <= free else kind
        grid.add_row(*letter, Text(each.participant.name, "bold"), Text(what), ended, Text(each.counted(), "dim"))
    return grid


def requirement(required: Requirement) -> Together:
    """What was asked for, what it came to, a line for every cloud unless all meet it, and the waivers."""
    parts: list[RenderableType] = [Text("; ".join(required.demands), "dim"), marked(standing(required.met), required.sentence)]
    if required.met is not Met.YES:
        parts += [marked(standing(each.met), each.sentence) for each in required.clouds]
    if required.waivers:
        parts.append(Text("Waivers, which raise no score and change no verdict:", "dim"))
        parts += [Padding(Text(each), (0, 0, 0, _GAP)) for each in required.waivers]
    return Together(*parts)


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
    if unknown := [_unknown(each) for each in unknowns(run)]:
        yield "What is unknown, and why", Together(*unknown)
    if drawing := _differing_inputs(run):
        yield "What the clouds gave the workload, where it differs", drawing
    for cell in run.cells:
        if cell.leftovers:
            yield f"{'Kept' if cell.kept else 'Left behind'} on {cell.cloud} ({cell.id})", _resources(cell)
    if notes := run.notes():
        yield "Besides", Together(*map(Text, notes))
    if gaps := run.gaps():
        yield "What the record lacks", Together(*(Text(each, "yellow") for each in gaps))


def _grid(columns: int) -> Grid:
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, _GAP, 0, 0))
    for _ in range(columns):
        grid.add_column(overflow="fold")
    return grid


def _root(root: Root) -> RenderableType:
    heading = marked(root.standing, f"{root.check} ({root.facet})")
    subjects = [each for each in root.subjects if each not in NOT_A_SUBJECT]
    if subjects:
        heading.append(f" on {listed(subjects)}", "default not bold")
    grid = _grid(2)
    for label, text in details(root.outcomes[0]):
        grid.add_row(Text(label, "dim"), Text(text))
    for waiver in root.waivers:
        grid.add_row(Text("but", "dim"), Text(waiver))
    if root.consequences:
        grid.add_row(Text("so not run", "dim"), Text(listed(root.consequences, _MANY)))
    return Together(heading, Padding(grid, (0, 0, 0, _GAP)))


def _unknown(found: Unknown) -> Text:
    text = marked(Standing.UNKNOWN, listed(found.clouds, _MANY)).append(f" {found.why}", "default")
    return text.append(f"  {listed(found.checks, _MANY)}", "dim default")


def _differing_inputs(run: Run) -> RenderableType | None:
    grid = _grid(3)
    for each in inputs(run):
        if each.likeness is not Likeness.SAME:
            flag = Text(each.likeness.value, "bold red" if each.flagged else "dim")
            grid.add_row(Text(each.name, "bold"), flag.append(f": {listed(each.differing)}" if each.differing else ""), Text(""))
            _ways(grid, each.ways())
    for branch in branches(run):
        if branch.differs:
            grid.add_row(Text(branch.name, "bold"), Text("a branch of the workload's own", "dim"), Text(""))
            _ways(grid, branch.ways())
    return grid if grid.row_count else None


def _ways(grid: Grid, ways: tuple[Way, ...]) -> None:
    for each in ways:
        grid.add_row(Text(""), Text(each.text), Text(listed(each.clouds), "dim"))


def _resources(cell: Cell) -> RenderableType:
    grid = _grid(3)
    for each in cell.leftovers[:_RESOURCES_SHOWN]:
        grid.add_row(Text(each.kind), Text(each.name), Text(each.id, "dim"))
    hidden = len(cell.leftovers) - _RESOURCES_SHOWN
    return Together(grid, Text(f"and {count(hidden, 'more', 'more')}", "dim")) if hidden > 0 else grid
