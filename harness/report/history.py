"""One cloud over several runs: what was fixed, what broke, what became slower."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from statistics import median

from harness.errors import UsageError
from harness.report.comparison import Comparison, compare, each_once, in_time
from harness.report.merging import difference, traces_of
from harness.report.record import Run
from harness.report.words import duration, listed, short_digest
from harness.score import Cloud, Constants, Kind, Membership, Profile, fleet, percent

_NAMED = 6
_MAY_CHANGE = ("release", "servers")
"""What may become another on one and the same cloud."""


class Turn(StrEnum):
    """Which way something changed from one run to the next."""

    BROKEN = "broken"
    WORSE = "worse"
    SLOWER = "slower"
    FASTER = "faster"
    BETTER = "better"
    FIXED = "fixed"


@dataclass(frozen=True)
class Change:
    """One check or time that is not what it was. ``before`` and ``after`` are in words."""

    turn: Turn
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Stage:
    """The cloud in one run. ``holds`` is the part of the weight that was seen to hold there, in [0, 1]; ``None`` if nothing weighs.

    ``runs`` says whether every attempt ran with all must-haves (``None``: unknown). ``changes`` are since the last run of the same workload
    on the same cloud; ``remarks`` say what kept something from being set beside it. ``profile`` and ``constants`` are what it was weighed
    with.
    """

    run: str
    started: str
    digest: str
    holds: Fraction | None
    runs: bool | None
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]
    profile: Profile
    constants: Constants


@dataclass(frozen=True)
class History:
    """One workload on one cloud, run by run, the oldest first."""

    cloud: str
    workload: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class _Moment:
    """What one run says of the cloud; ``traces`` tell it from another one of its name, ``remarks`` are about it alone."""

    run: Run
    comparison: Comparison
    cloud: Cloud
    traces: dict[str, str]
    remarks: tuple[str, ...]


@dataclass
class _Track:
    """One cloud of the name, as far as it was met: its traces, and by the workload's digest its last moment."""

    traces: dict[str, str] = field(default_factory=dict)
    last: dict[str, _Moment] = field(default_factory=dict)


def history(runs: Sequence[Run], cloud: str, weights: str = "equal") -> tuple[History, ...]:
    """The history of ``cloud`` for every workload that it ran, in the order in which runs started.

    Raises:
        UsageError: no run has the cloud, one is named twice; or what :func:`~harness.report.comparison.compare` refuses of a run.
    """
    each_once(runs)
    moments: dict[str, list[_Moment]] = {}
    for run in in_time(runs):
        remarks = _remarks(run, cloud)
        for comparison in compare([run], weights):
            found = comparison.by_name.get(cloud)
            if found:
                name = comparison.workload.name
                traces = traces_of(run.participant(cloud), run.cells_of(name, cloud))
                own = remarks.get((name, comparison.workload.digest), ())
                moments.setdefault(name, []).append(_Moment(run, comparison, found, traces, own))
    if not moments:
        there = sorted({each for run in runs for each in run.clouds})
        raise UsageError(f"no run has the cloud {cloud}", mend=f"the clouds are {', '.join(there)}")
    return tuple(History(cloud, workload, tuple(_stages(each))) for workload, each in moments.items())


def _remarks(run: Run, cloud: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """By name and digest of a workload, what is to be said of it as if ``run`` had been on ``cloud`` alone."""
    clouds = tuple(each for each in run.participants if each.name == cloud)
    alone = replace(run, participants=clouds, cells=tuple(each for each in run.cells if each.cloud == cloud))
    return {(each.workload.name, each.workload.digest): each.remarks for each in compare([alone])}


def _stages(moments: Sequence[_Moment]) -> Iterator[Stage]:
    tracks: list[_Track] = []
    for now in moments:
        workload, matrix = now.comparison.workload, now.comparison.matrix
        track = next((each for each in tracks if not _another(each.traces, now.traces)), None)
        before = track.last.get(workload.digest) if track else None
        reach = now.comparison.reach
        yield Stage(
            now.run.id,
            now.run.started,
            workload.digest,
            fleet(matrix.catalogue, matrix.weights, [now.cloud]).score,
            None if now.cloud.name in reach.unproven else now.cloud.name in reach.runs,
            tuple(_changes(before, now)) if before else (),
            (*_other_clouds(tracks, track, now), *_incomparable(before, now), *now.remarks),
            matrix.profile,
            now.comparison.constants,
        )
        if track is None:
            tracks.append(track := _Track())
        track.traces |= now.traces
        track.last[workload.digest] = now


def _another(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """What shows that two clouds are not one: nothing that a cloud may change."""
    return [f"{key}: {values}" for key, values in difference(one, other).items() if key not in _MAY_CHANGE]


def _other_clouds(tracks: Sequence[_Track], track: _Track | None, now: _Moment) -> Iterator[str]:
    """Whether the run is of another cloud than those before it, though it has their name."""
    if track is None and tracks:
        yield f"another cloud of this name ({_another(tracks[-1].traces, now.traces)[0]}): not set beside earlier runs"
    if track and now.comparison.workload.digest not in track.last:
        yield f"the workload has another digest ({short_digest(now.comparison.workload.digest)}): not set beside earlier runs"
    if track and (release := difference(track.traces, now.traces).get("release")):
        yield f"another release than before ({release})"


def _changes(before: _Moment, now: _Moment) -> Iterator[Change]:
    """Every check that held and no more, or the other way; then times, which count only between servers of one kind."""
    changed = _other_checks(before.run, now.run)
    found = []
    for trait in now.comparison.matrix.catalogue.traits:
        was, is_ = before.cloud.known.get(trait.id), now.cloud.known.get(trait.id)
        comparable = trait.kind in (Kind.BEHAVIOUR, Kind.FACT) and trait.check not in changed
        if comparable and isinstance(was, Membership) and isinstance(is_, Membership) and was.point != is_.point:
            found.append(Change(_turn(was.point, is_.point), trait.id, _said(was, trait.check), _said(is_, trait.check)))
    if before.cloud.servers == now.cloud.servers:
        found += _slower(before, now)
    order = list(Turn)
    yield from sorted(found, key=lambda each: order.index(each.turn))


def _turn(was: Fraction, now: Fraction) -> Turn:
    if now > was:
        return Turn.FIXED if now == 1 else Turn.BETTER
    return Turn.BROKEN if was == 1 else Turn.WORSE


def _said(known: Membership, check: str) -> str:
    """How far something held, and which other check it was lost to."""
    others = [each for each in known.blame if each != check]
    how = "held" if known.point == 1 else "did not hold" if known.point == 0 else f"held in {percent(known.point)} % of attempts"
    return f"{how}, because of {listed(others)}" if others else how


def _slower(before: _Moment, now: _Moment) -> Iterator[Change]:
    """Times that are notably not what they were, by their medians over attempts."""
    factor = now.comparison.constants.memberships.slower
    for name, times in now.comparison.times[now.cloud.name].items():
        earlier = before.comparison.times[before.cloud.name].get(name, ())
        if not times or not earlier:
            continue
        was, is_ = median(earlier), median(times)
        if is_ > was * factor or was > is_ * factor:
            yield Change(Turn.SLOWER if is_ > was else Turn.FASTER, name, duration(was), duration(is_))


def _incomparable(before: _Moment | None, now: _Moment) -> Iterator[str]:
    if before is None:
        return
    if files := [kind for kind, digest in now.comparison.constants.digests.items() if before.comparison.constants.digests[kind] != digest]:
        yield f"weighed with other data files ({listed(files)}) than run {before.run.id}: what holds is not to be set beside it"
    if changed := sorted(_other_checks(before.run, now.run) & set(now.comparison.matrix.catalogue.facet_of)):
        yield f"other checks than in run {before.run.id}, not set beside each other: {listed(changed, _NAMED)}"
    if before.cloud.servers != now.cloud.servers:
        yield "another kind of server, or none stated: times are not set beside each other"


def _other_checks(before: Run, now: Run) -> set[str]:
    """The checks that are not the same in two runs."""
    was, is_ = ({each.id: each.digest for each in run.catalogue} for run in (before, now))
    return {check for check in was.keys() | is_.keys() if was.get(check) != is_.get(check)}
