"""Root failures and what follows from them, for each cloud; and what is unknown, and why.

A check that could not run because another did not pass is no failure of its own: the first failure of the chain carries the
blame. Where several failures stand beside each other, none the reason of another, the one lowest in the ladder (the order of the
recorded catalogue) is named first, and the rest as failing on their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.model import CheckInfo, Outcome, Verdict
from harness.report.matrix import tables
from harness.report.record import Run, Workload
from harness.report.words import Standing, judged


@dataclass(frozen=True)
class Root:
    """A failure that no other explains. ``outcomes`` are its own, one a subject; ``consequences`` the checks it kept from running.

    ``waivers`` say who waived it, until when and why.
    """

    check: str
    facet: str
    outcomes: tuple[Outcome, ...]
    consequences: tuple[str, ...]
    waivers: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """Whether something else was seen, or the cloud lacks it."""
        return Standing.FAILS if any(each.verdict is Verdict.FAIL for each in self.outcomes) else Standing.LACKS

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects it was seen on."""
        return tuple(dict.fromkeys(each.subject for each in self.outcomes))


@dataclass(frozen=True)
class CloudBlame:
    """What stood against ``workload`` on ``cloud``. ``roots`` begins with the one lowest in the ladder, which carries the blame."""

    cloud: str
    workload: str
    roots: tuple[Root, ...]


def blames(run: Run) -> tuple[CloudBlame, ...]:
    """A value for every workload and cloud with evidence against it."""
    found = (_blame(run, workload, cloud) for workload in run.workloads for cloud in run.clouds)
    return tuple(each for each in found if each.roots)


def _blame(run: Run, workload: Workload, cloud: str) -> CloudBlame:
    known = [pair for cell in run.cells_of(workload.name, cloud) for pair in judged(cell.outcomes)]
    against = {each.check for each, standing in known if standing in (Standing.FAILS, Standing.LACKS)}
    return CloudBlame(cloud, workload.name, tuple(_root(run, cloud, check, known) for check in run.catalogue if check.id in against))


def _root(run: Run, cloud: str, check: CheckInfo, known: list[tuple[Outcome, Standing]]) -> Root:
    own = tuple(each for each, standing in known if each.check == check.id and standing in (Standing.FAILS, Standing.LACKS))
    following = (each.check for each, standing in known if standing is Standing.FOLLOWS and (each.blame or each.because) == check.id)
    waivers = tuple(each.words(run.day) for each in run.waived(check.id, cloud))
    return Root(check.id, check.facet, own, tuple(dict.fromkeys(following)), waivers)


@dataclass(frozen=True)
class Unknown:
    """Checks that say nothing about some clouds, all for one ``reason``."""

    clouds: tuple[str, ...]
    workload: str
    verdict: Verdict
    reason: str
    checks: tuple[str, ...]

    @property
    def why(self) -> str:
        """Verdict and reason in words."""
        return ": ".join(filter(None, (self.verdict.value.replace("-", " "), self.reason)))


def details(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Label and text of everything that explains a verdict, in the order in which it is read; nothing is said twice."""
    said_below = bool(outcome.expected and outcome.seen) and outcome.expected in outcome.reason and outcome.seen in outcome.reason
    labelled = {
        "reason": "" if said_below else outcome.reason,
        "expected": outcome.expected,
        "seen": outcome.seen,
        "request id": outcome.request_id,
        "try next": outcome.next_step,
    }
    return ((label, text) for label, text in labelled.items() if text)


def unknowns(run: Run) -> tuple[Unknown, ...]:
    """What is unknown on clouds where something was seen; why nothing was seen on the others stands beside their names."""
    checks: dict[tuple[str, str, Verdict, str], list[str]] = {}
    for table in tables(run):
        for square in (square for cloud in table.columns for square in table.column(cloud) if square.standing is Standing.UNKNOWN):
            reason = f"because of {square.because}" if square.because else square.reason
            checks.setdefault((square.cloud, table.workload.name, square.verdict, reason), []).append(square.check)
    clouds: dict[tuple[str, Verdict, str, tuple[str, ...]], list[str]] = {}
    for (cloud, workload, verdict, reason), ids in checks.items():
        clouds.setdefault((workload, verdict, reason, tuple(ids)), []).append(cloud)
    return tuple(Unknown(tuple(names), *about) for about, names in clouds.items())
