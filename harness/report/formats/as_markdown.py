"""``report.md``: what fits a pull request. What is alike on every cloud is only named.

Everything from outside is escaped: no name makes markup, a mention, a reference or a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.model import LADDER
from harness.report.answers import Section, made_with
from harness.report.blame import CloudBlame, Root, blames, details, unknowns
from harness.report.headline import headline
from harness.report.inequality import Likeness, Way, branches, inputs
from harness.report.ladder import KindOfServer, ladders
from harness.report.markdown import as_table, escaped
from harness.report.matrix import GROUP_TITLES, ONE_CLOUD_TITLES, Group, Row, Table, tables
from harness.report.met import Met
from harness.report.moving import bounds, moving, sentences
from harness.report.record import Run
from harness.report.requirement import requirements, standing
from harness.report.summary import summaries
from harness.report.words import MEANINGS, NOT_A_SUBJECT, RUNG_TITLES, SYMBOLS, Standing, count, listed
from harness.score import Move, percent

FILE = "report.md"

_COLUMNS_AT_MOST = 6
_ONLY_NAMED = (Group.FOLLOWS, Group.ALIKE)
_LONGEST_SQUARE = 80
_LONGEST_REASON = 240


def render(run: Run) -> str:
    """The report as GitHub-flavoured Markdown."""
    return "\n\n".join(_parts(run)) + "\n"


def of_sections(sections: Iterable[Section]) -> str:
    """Sections of a comparison as Markdown."""
    parts = []
    for each in sections:
        parts.append(f"## {escaped(each.title)}")
        parts += [f"{escaped(line)}" for line in each.text.splitlines() if line]
        if each.rows:
            parts.append(as_table([escaped(heading) for heading in each.columns], [[escaped(cell) for cell in row] for row in each.rows]))
    return "\n\n".join(parts)


def _parts(run: Run) -> Iterator[str]:
    yield f"# {escaped(run.title)}"
    yield f"**{escaped(headline(run))}**"
    yield f"Run {escaped(run.id)}, started {escaped(run.started)}."
    yield from _required(run)
    for table in tables(run):
        yield f"## {escaped(table.workload.name)} on {count(len(table.clouds), 'cloud')}"
        yield _clouds(run, table)
        yield from _matrix(table)
    yield from _moves(run)
    if found := [_blame(each) for each in blames(run)]:
        yield "## What failed"
        yield from found
    yield from _unknown(run)
    yield from _ladders(run)
    yield from _differing_inputs(run)
    yield from _left(run)


def _required(run: Run) -> Iterator[str]:
    yield "## What was required"
    for each in requirements(run):
        yield f"{escaped(each.sentence)} ({escaped('; '.join(each.demands))})"
        if lines := [f"- {SYMBOLS[standing(on.met)]} {escaped(on.sentence)}" for on in each.clouds if each.met is not Met.YES]:
            yield "\n".join(lines)
        if each.waivers:
            yield "\n".join(["Waivers, which raise no score and change no verdict:", "", *(f"- {escaped(it)}" for it in each.waivers)])


def _said(standing: Standing, words: str) -> str:
    return f"{SYMBOLS[standing]} {escaped(words, _LONGEST_SQUARE)}"


def _clouds(run: Run, table: Table) -> str:
    rows = []
    for each in summaries(run, table):
        what = ", ".join(filter(None, (each.participant.description, each.participant.kind_of_server)))
        became = f"{SYMBOLS[each.standing]} {escaped(each.became, _LONGEST_REASON)}" + (
            f" (mend: {escaped(each.mend)})" if each.mend else ""
        )
        rows.append([f"**{escaped(each.participant.name)}**", escaped(what), became, each.counted()])
    return as_table(["Cloud", "What it is", "What became of it", "Behaviours"], rows)


def _matrix(table: Table) -> Iterator[str]:
    titles = ONE_CLOUD_TITLES if len(table.columns) == 1 else GROUP_TITLES
    for group in Group:
        rows = table.group(group)
        if not rows or not table.columns:
            continue
        yield f"### {titles[group]} ({len(rows)})"
        if group in _ONLY_NAMED:
            yield ", ".join(escaped(row.check.id) for row in rows) + "."
        elif len(table.columns) > _COLUMNS_AT_MOST:
            yield _by_way(table, rows)
        else:
            yield _by_cloud(table, rows)
    used = {row.square(cloud).standing for row in table.rows for cloud in table.columns}
    yield " · ".join(f"{SYMBOLS[each]} {MEANINGS[each]}" for each in Standing if each in used)


def _moves(run: Run) -> Iterator[str]:
    """How well each workload moves, and between few clouds every move, as point and bounds."""
    if told := sentences(run):
        yield "## How well it moves"
        yield "\n".join(f"- {escaped(each)}" for each in told)
    for comparison in moving(run).comparisons:
        clouds, moves = comparison.clouds, comparison.matrix.moves
        if 1 < len(clouds) <= _COLUMNS_AT_MOST:
            rows = ([escaped(there), *(_move(moves.get((there, here))) for here in clouds)] for there in clouds)
            yield f"{escaped(comparison.workload.name)}, from the row to the column, of 100, and its bounds:"
            yield as_table(["", *(escaped(each) for each in clouds)], rows)
    if told:
        yield from dict.fromkeys(escaped(" ".join(made_with(each.matrix.profile, each.constants))) for each in moving(run).comparisons)


def _move(move: Move | None) -> str:
    if move is None:
        return "–"
    return f"{'no number' if move.score is None else percent(move.score)} ({bounds(move)})"


def _by_cloud(table: Table, rows: tuple[Row, ...]) -> str:
    lines = []
    for row in rows:
        squares = (row.square(cloud) for cloud in table.columns)
        lines.append([escaped(row.check.id), *(_said(each.standing, each.said(row.differing)) for each in squares)])
    return as_table(["Check", *(escaped(each) for each in table.columns)], lines)


def _by_way(table: Table, rows: tuple[Row, ...]) -> str:
    """With many clouds: one line for every way in which clouds behaved."""
    lines = []
    for row in rows:
        for place, way in enumerate(row.variants(table.columns)):
            lines.append(["" if place else escaped(row.check.id), _said(way.standing, way.text), _names(way.clouds)])
    return as_table(["Check", "What was seen", "Clouds"], lines)


def _blame(found: CloudBlame) -> str:
    lines = [f"### {escaped(found.cloud)}, {escaped(found.workload)}", ""]
    for place, root in enumerate(found.roots):
        lines += ["", "Failing on their own, besides:", ""] if place == 1 else []
        lines += [_root(root)]
    return "\n".join(lines)


def _root(root: Root) -> str:
    subjects = [escaped(each) for each in root.subjects if each not in NOT_A_SUBJECT]
    where = f" on {listed(subjects)}" if subjects else ""
    first = root.outcomes[0]
    lines = [f"- {SYMBOLS[root.standing]} **{escaped(root.check)}** ({escaped(root.facet)}){where}"]
    lines += [f"  - {label}: {escaped(text)}" for label, text in details(first)]
    lines += [f"  - {escaped(each)}" for each in root.waivers]
    lines += [f"  - so not run: {_names(root.consequences)}"] if root.consequences else []
    return "\n".join(lines)


def _unknown(run: Run) -> Iterator[str]:
    if lines := [f"- {_names(each.clouds)}: {escaped(each.why)} ({_names(each.checks)})" for each in unknowns(run)]:
        yield "## What is unknown, and why"
        yield "\n".join(lines)


def _ladders(run: Run) -> Iterator[str]:
    groups = ladders(run)
    if groups:
        yield "## Seconds from acceptance until every server got there"
    for kind in groups:
        yield f"{escaped(kind.workload.name)}, {escaped(kind.servers)}:"
        yield _ladder(kind.folded())


def _ladder(kind: KindOfServer) -> str:
    rungs = [rung for rung in LADDER[1:] if any(rung in each.seconds for each in kind.climbs)]
    rows = ([escaped(each.cloud), *(each.told(rung) for rung in rungs)] for each in kind.climbs)
    return as_table(["Cloud", *(RUNG_TITLES[rung] for rung in rungs)], rows)


def _differing_inputs(run: Run) -> Iterator[str]:
    rows = []
    for each in inputs(run):
        if each.likeness is not Likeness.SAME:
            label = f"**{each.likeness.value}**" if each.flagged else each.likeness.value
            rows += _way_rows(each.name, label, each.ways())
    for branch in branches(run):
        if branch.differs:
            rows += _way_rows(branch.name, "branch of the workload", branch.ways())
    if rows:
        yield "## What the clouds gave the workload, where it differs"
        yield as_table(["Input", "", "Value", "Clouds"], rows)


def _way_rows(name: str, label: str, ways: tuple[Way, ...]) -> list[list[str]]:
    first, *others = ([escaped(way.text), _names(way.clouds)] for way in ways)
    return [[escaped(name), label, *first], *(["", "", *other] for other in others)]


def _left(run: Run) -> Iterator[str]:
    for title, kept in (("Left behind", False), ("Kept, as asked", True)):
        lines = [f"- {escaped(cell.cloud)}: {escaped(each.kind)} {escaped(each.name)} ({escaped(each.id)})"
                 for cell in run.cells if cell.kept is kept for each in cell.leftovers]  # fmt: skip
        if lines:
            yield f"## {title}"
            yield "\n".join(lines)
    if notes := run.notes():
        yield "## Besides"
        yield "\n".join(f"- {escaped(each)}" for each in notes)
    if lacks := run.gaps():
        yield "## What the record lacks"
        yield "\n".join(f"- {escaped(each)}" for each in lacks)


def _names(names: Iterable[str]) -> str:
    return ", ".join(escaped(each) for each in names)
