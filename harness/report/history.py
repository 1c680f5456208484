"""One cloud over several runs: what was fixed, what broke, what became slower."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import median

from harness.errors import UsageError
from harness.report.comparison import Comparison, compare
from harness.report.record import Run
from harness.report.words import duration, listed, short_digest
from harness.score import Cloud, Kind, Membership, fleet, gate

_NAMED = 6


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

    ``runs`` says whether the must-haves held (``None``: unknown). ``changes`` are since the last run with the same workload;
    ``remarks`` say what kept something from being set beside it.
    """

    run: str
    started: str
    digest: str
    holds: Fraction | None
    runs: bool | None
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """One workload on one cloud, run by run, the oldest first."""

    cloud: str
    workload: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class _Moment:
    """What one run says of the cloud."""

    run: Run
    comparison: Comparison
    cloud: Cloud


def history(runs: Sequence[Run], cloud: str, weights: str = "equal") -> tuple[History, ...]:
    """The history of ``cloud`` for every workload that it ran, in the order in which runs started.

    Raises:
        UsageError: no run has the cloud; or what :func:`~harness.report.comparison.compare` refuses of a run.
    """
    moments: dict[str, list[_Moment]] = {}
    for run in sorted(runs, key=lambda each: (each.started, each.id)):
        for comparison in compare([run], weights):
            found = next((each for each in comparison.matrix.clouds if each.name == cloud), None)
            if found:
                moments.setdefault(comparison.workload.name, []).append(_Moment(run, comparison, found))
    if not moments:
        there = sorted({each for run in runs for each in run.clouds})
        raise UsageError(f"no run has the cloud {cloud}", mend=f"the clouds are {', '.join(there)}")
    return tuple(History(cloud, workload, tuple(_stages(each))) for workload, each in moments.items())


def _stages(moments: Sequence[_Moment]) -> Iterator[Stage]:
    last: dict[str, _Moment] = {}
    for number, now in enumerate(moments):
        workload, matrix = now.comparison.workload, now.comparison.matrix
        before = last.get(workload.digest)
        passed = gate(matrix.catalogue.must_have, now.cloud)
        yield Stage(
            now.run.id,
            now.run.started,
            workload.digest,
            fleet(matrix.catalogue, matrix.weights, [now.cloud]).score,
            None if passed.point is None and not passed.failing else passed.point == 1,
            tuple(_changes(before, now)) if before else (),
            (*_incomparable(before, now, first=number == 0), *now.comparison.remarks),
        )
        last[workload.digest] = now


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
    how = "held" if known.point == 1 else "did not hold" if known.point == 0 else f"held in {float(known.point):.0%} of attempts"
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


def _incomparable(before: _Moment | None, now: _Moment, *, first: bool) -> Iterator[str]:
    if before is None:
        if not first:
            yield f"the workload has another digest ({short_digest(now.comparison.workload.digest)}): not set beside earlier runs"
        return
    if changed := sorted(_other_checks(before.run, now.run) & set(now.comparison.matrix.catalogue.facet_of)):
        yield f"other checks than in run {before.run.id}, not set beside each other: {listed(changed, _NAMED)}"
    if before.cloud.servers != now.cloud.servers:
        yield "another kind of server, or none stated: times are not set beside each other"


def _other_checks(before: Run, now: Run) -> set[str]:
    """The checks that are not the same in two runs."""
    was, is_ = ({each.id: each.digest for each in run.catalogue} for run in (before, now))
    return {check for check in was.keys() | is_.keys() if was.get(check) != is_.get(check)}
