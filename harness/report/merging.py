"""Several runs laid together: the same workload by its digest, the same cloud by what is known of it, the same check by its digest.

What is not the same is named, and never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_

from harness.model import CheckInfo
from harness.report.matrix import checks_of
from harness.report.record import Cell, Participant, Run, Workload
from harness.report.words import count, listed, short_digest

_NAMED = 6


@dataclass
class Member:
    """One cloud with all its attempts at one workload. ``runs`` are their ids; ``name`` says the run where another cloud has its name.

    The kind of its servers is stated where every run states it, and the same; ``traces`` have it where one of them does.
    """

    name: str
    participant: Participant
    cells: list[Cell] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    traces: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Together:
    """One workload, by its digest, in all runs that have it. ``apart`` says why of the checks that are not the same in all of them.

    ``checks`` are all that any of them lists, or that its scenario left out: what nobody looked at is as much a part of the whole.
    """

    workload: Workload
    runs: tuple[Run, ...]
    members: tuple[Member, ...]
    checks: tuple[CheckInfo, ...]
    apart: Mapping[str, str]
    remarks: tuple[str, ...]


def merged(runs: Sequence[Run]) -> tuple[Together, ...]:
    """Every workload of ``runs`` by name and digest, in the order of first mention."""
    keys = dict.fromkeys(key for run in runs for key in _keys(run))
    empty = tuple(f"run {run.id} is empty: no cell was planned" for run in runs if not run.cells)
    return tuple(_together(name, digest, runs, (*empty, *_other_digests(name, digest, keys))) for name, digest in keys)


def _keys(run: Run) -> Iterator[tuple[str, str]]:
    """Name and digest of each workload, as planned and as its cells recorded it."""
    for workload in run.workloads:
        yield workload.name, workload.digest
    for cell in run.cells:
        yield cell.workload, _digest(run, cell)


def _digest(run: Run, cell: Cell) -> str:
    return cell.digest or next((each.digest for each in run.workloads if each.name == cell.workload), "")


def _other_digests(name: str, digest: str, keys: Iterable[tuple[str, str]]) -> Iterator[str]:
    for other_name, other in keys:
        if other_name == name and other != digest:
            yield f"{name} with another digest ({short_digest(other) or 'none recorded'}) is another workload, and compared by itself"


def _together(name: str, digest: str, runs: Sequence[Run], remarks: tuple[str, ...]) -> Together:
    with_it = tuple(run for run in runs if (name, digest) in set(_keys(run)))
    known = [each for run in with_it for each in run.workloads if (each.name, each.digest) == (name, digest)]
    by_name = next((each for run in with_it for each in run.workloads if each.name == name), Workload(name, name, digest))
    workload = known[0] if known else with_(by_name, digest=digest)
    members, about_clouds = _members(with_it, name, digest)
    checks, apart, about_checks = _checks(with_it, workload)
    about_runs = tuple(remark for run in with_it for remark in _about(run, name))
    return Together(workload, with_it, members, checks, apart, (*remarks, *about_clouds, *about_checks, *about_runs))


def _members(runs: Iterable[Run], name: str, digest: str) -> tuple[tuple[Member, ...], list[str]]:
    """The clouds, and what is to be said of those that several runs have."""
    by_name: dict[str, list[Member]] = {}
    for run in runs:
        for cloud in run.clouds:
            cells = [each for each in run.cells_of(name, cloud) if _digest(run, each) == digest]
            if cells:
                _add(by_name.setdefault(cloud, []), run, cloud, cells)
    remarks = []
    for cloud, members in by_name.items():
        if len(members) > 1:
            remarks.append(f"{count(len(members), 'different cloud')} are called {cloud} ({_difference(members)}): they are kept apart")
            for each in members:
                each.name = f"{cloud} ({each.runs[0]})"
        remarks += [
            f"{each.name}: attempts of {count(len(each.runs), 'run')} are taken together: {listed(each.runs, _NAMED)}"
            for each in members
            if len(each.runs) > 1
        ]
    return tuple(each for members in by_name.values() for each in members), remarks


def _add(members: list[Member], run: Run, cloud: str, cells: list[Cell]) -> None:
    """To the cloud of that name of which nothing is known to be different; else it is another one."""
    participant = run.participant(cloud)
    traces = traces_of(participant, cells)
    same = next((each for each in members if not difference(each.traces, traces)), None)
    if same is None:
        same = Member(cloud, participant)
        members.append(same)
    if same.participant.servers != participant.servers:
        same.participant = with_(same.participant, servers="")
    same.cells += cells
    same.runs.append(run.id)
    same.traces = traces | same.traces


def traces_of(participant: Participant, cells: Iterable[Cell]) -> dict[str, str]:
    """What tells one cloud from another of its name, as far as it is known."""
    said = {key: getattr(participant, key) for key in ("vendor", "product", "release", "region", "servers")}
    for cell in cells:
        if cell.facts:
            said |= {"region of its APIs": cell.facts.region, "identity": cell.facts.services.get("identity", "")}
    return {key: value for key, value in said.items() if value}


def difference(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """By trace that both have and that is not the same, what it is in each, in words; none where they may be one cloud."""
    return {key: f"{one[key]}, {other[key]}" for key in one if key in other and one[key] != other[key]}


def _difference(members: Sequence[Member]) -> str:
    key, values = next(iter(difference(members[0].traces, members[1].traces).items()))
    return f"{key}: {values}"


def _checks(runs: Sequence[Run], workload: Workload) -> tuple[tuple[CheckInfo, ...], dict[str, str], list[str]]:
    """All checks that any run lists or left out, why some are not known to be the same everywhere, and what is to be said of that."""
    listing = {run.id: {each.id: each for each in _listed(run, workload)} for run in runs}
    left_out = {run.id: {each.id: each for each in run.left_out if each.id in left_out_by(run, workload.name)} for run in runs}
    checks = {id_: each for catalogue in (*left_out.values(), *listing.values()) for id_, each in catalogue.items()}
    digests = {id_: {catalogue[id_].digest for catalogue in listing.values() if id_ in catalogue} for id_ in checks}
    strange = {run.id: run.unlisted & {each.check for each in run.outcomes() if each.workload == workload.name} for run in runs}
    changed = {id_ for id_, found in digests.items() if len(found) > 1}
    unproven = checks.keys() & set().union(*strange.values()) - changed
    apart = dict.fromkeys(changed, "not the same check in all runs") | dict.fromkeys(unproven, "not listed by every run that tried it")
    remarks = []
    if changed:
        remarks.append(f"{_of(changed)} not the same in all runs and unknown everywhere: {listed(sorted(changed), _NAMED)}")
    if unproven:
        remarks.append(f"{_of(unproven)} not listed by every run that tried it, and unknown everywhere: {listed(sorted(unproven), _NAMED)}")
    for run in runs:
        if left_out[run.id]:
            names = listed(sorted(left_out[run.id]), _NAMED)
            remarks.append(f"run {run.id}: its scenario left out {count(len(left_out[run.id]), 'check')}, unknown there: {names}")
        missing = sorted(checks.keys() - listing[run.id].keys() - left_out[run.id].keys() - strange[run.id])
        if missing:
            remarks.append(f"run {run.id} did not have {count(len(missing), 'check')}, never tried there: {listed(missing, _NAMED)}")
        if strange[run.id]:
            names = listed(sorted(strange[run.id]), _NAMED)
            remarks.append(f"run {run.id}: left out are outcomes of checks that its catalogue does not list: {names}")
    return tuple(checks.values()), apart, remarks


def left_out_by(run: Run, workload: str) -> frozenset[str]:
    """The checks that would have looked at ``workload`` and that the run's scenario left out."""
    return frozenset(check for each in run.workloads if each.name == workload for check in each.left_out)


def _listed(run: Run, workload: Workload) -> Iterator[CheckInfo]:
    """The checks that ``run`` itself lists for ``workload``."""
    own = next((each for each in run.workloads if each.name == workload.name), workload)
    return (each for each in checks_of(run, own) if each.id not in run.unlisted)


def _of(checks: Iterable[str]) -> str:
    return count(len(list(checks)), "check is", "checks are")


def _about(run: Run, workload: str) -> Iterator[str]:
    """What is missing in one run's record."""
    yield from (f"run {run.id}: {cell.id}: {lack}" for cell in run.cells if cell.workload == workload for lack in cell.lacks)
    yield from (f"run {run.id}: {lack}" for lack in run.lacks)
