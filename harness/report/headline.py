"""The first sentence of every form: what happened, in plain words."""

from __future__ import annotations

from harness.report.clean import one_line
from harness.report.matrix import Group, Table, tables
from harness.report.met import Met, of_check
from harness.report.record import Cell, Run, Status
from harness.report.words import count, listed, short_digest

_NAMED_CLOUDS = 4
_LONGEST_ERROR = 160


def headline(run: Run) -> str:
    """The :func:`sentences` as one text."""
    return " ".join(sentences(run))


def sentences(run: Run) -> tuple[str, ...]:
    """One sentence for every workload, and one for whatever else the reader must know before anything: refusals, failures, leaks, a cut."""
    about = [_workload_sentence(run, table) for table in tables(run)] or ["The run has no workload."]
    return (*about, *_ends(run, Status.REFUSED, "was refused"), *_ends(run, Status.FAILED, "failed"), *_leaks(run), *_cuts(run))


def ran(run: Run, workload: str, cloud: str) -> bool:
    """Whether ``workload`` was deployed on ``cloud`` in every attempt, and each of its must-haves was seen to hold."""
    cells = run.cells_of(workload, cloud)
    must_have = next(each.must_have for each in run.workloads if each.name == workload)
    return bool(cells) and all(cell.deployed and all(_held(cell, check) for check in must_have) for cell in cells)


def _held(cell: Cell, check: str) -> bool:
    return of_check(check, cell.outcomes)[0] is Met.YES


def _workload_sentence(run: Run, table: Table) -> str:
    name = table.workload.name
    running = [each for each in table.clouds if ran(run, name, each)]
    where = f"on {len(running)} of {count(len(table.clouds), 'cloud')}"
    digests = {cell.digest for cell in run.cells if cell.workload == name and cell.digest} or {table.workload.digest}
    if len(digests) > 1:
        return f"{name} was not the same everywhere ({count(len(digests), 'digest')}) and ran {where}; {_behaviours(table)}."
    return f"{name} ran unchanged {where} (digest {short_digest(*digests)}); {_behaviours(table)}."


def _behaviours(table: Table) -> str:
    total = count(len(table.rows), "behaviour")
    if not table.columns:
        return f"none of {total} was seen"
    alone = len(table.columns) == 1
    differ, fail, follow, unknown, alike = (len(table.group(each)) for each in Group)
    first = f"{alike} of {total} held" if alone else f"{differ} of {total} {'differs' if differ == 1 else 'differ'}"
    failing = f"{fail} did not" if alone else f"{fail} {'fails' if fail == 1 else 'fail'} alike"
    unseen = f"{follow + unknown} could not be seen" + ("" if alone else " everywhere")
    return ", ".join([first, *([failing] if fail else []), *([unseen] if follow + unknown else [])])


def _ends(run: Run, status: Status, verb: str) -> list[str]:
    """A sentence for every error that ended cells with ``status``, and the clouds that had it; of too many errors their number."""
    clouds: dict[str, dict[str, None]] = {}
    for cell in (each for each in run.cells if each.status is status):
        clouds.setdefault(cell.reason, {})[cell.cloud] = None
    ended = list(dict.fromkeys(cloud for names in clouds.values() for cloud in names))
    if len(clouds) > _NAMED_CLOUDS:
        return [f"{len(ended)} clouds {_plural(verb)}: {listed(ended, _NAMED_CLOUDS)}."]
    return [
        f"{listed(list(names), _NAMED_CLOUDS)} {verb if len(names) == 1 else _plural(verb)}: {one_line(error, _LONGEST_ERROR).rstrip('.')}."
        for error, names in clouds.items()
    ]


def _plural(verb: str) -> str:
    return verb.replace("was ", "were ")


def _leaks(run: Run) -> list[str]:
    leaking = {cell.cloud: 0 for cell in run.cells if cell.leftovers and not cell.kept}
    for cell in run.cells:
        if cell.cloud in leaking:
            leaking[cell.cloud] += len(cell.leftovers)
    if not leaking:
        return []
    number = sum(leaking.values())
    were = "was" if number == 1 else "were"
    return [f"{count(number, 'resource')} of the run {were} left behind on {listed(list(leaking), _NAMED_CLOUDS)}."]


def _cuts(run: Run) -> list[str]:
    cut = [cell.id for cell in run.cells if cell.status in (Status.CUT, Status.NEVER_STARTED, Status.INTERRUPTED)]
    if cut:
        return [f"The record is not whole: {listed(cut, _NAMED_CLOUDS)} did not come to an end."]
    return [] if run.finished else ["The record is not whole: the round did not come to an end."]
