"""The ladder of every server: how long each rung took, by kind of server.

Times of a container and of a virtual machine are never put on one scale: each kind of server is a group with a scale of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

from harness.model import LADDER
from harness.report.record import Run, Workload
from harness.report.words import count

_CLOUDS_IN_FULL = 4


@dataclass(frozen=True)
class Climb:
    """One subject's ladder on one cloud; over several ``attempts`` the median of each rung. ``seconds`` lacks rungs never reached."""

    cloud: str
    subject: str
    seconds: dict[str, float]
    attempts: int

    @property
    def top(self) -> float:
        """Seconds to the last rung reached."""
        return max(self.seconds.values(), default=0.0)

    def told(self, rung: str) -> str:
        """Seconds to ``rung`` in digits; a dash for a rung that was never reached."""
        if rung not in self.seconds:
            return "–"
        return f"{self.seconds[rung]:.1f}" if self.seconds[rung] < 99.95 else f"{self.seconds[rung]:.0f}"

    def segments(self) -> tuple[tuple[str, float, float], ...]:
        """Rung, start and end of each stretch: from the rung before it that was reached earlier, to the rung.

        Rungs are independent looks, so one may answer before another that is listed above it; it then has no stretch.
        """
        found, reached = [], 0.0
        for rung in LADDER:
            if rung in self.seconds and self.seconds[rung] > reached:
                found.append((rung, reached, self.seconds[rung]))
                reached = self.seconds[rung]
        return tuple(found)


@dataclass(frozen=True)
class KindOfServer:
    """Climbs that may stand on one scale, which ends at ``scale`` seconds."""

    workload: Workload
    servers: str
    climbs: tuple[Climb, ...]

    def folded(self) -> KindOfServer:
        """One climb a cloud: each rung when the last of its servers reached it, and not at all if one never did.

        The application is reached when all subjects that have it reached it.
        """
        clouds = dict.fromkeys(each.cloud for each in self.climbs)
        return replace(self, climbs=tuple(_folded(cloud, [each for each in self.climbs if each.cloud == cloud]) for cloud in clouds))

    def to_read(self) -> KindOfServer:
        """Every server of a few clouds; of more clouds than that, :meth:`folded`."""
        return self.folded() if len({each.cloud for each in self.climbs}) > _CLOUDS_IN_FULL else self

    @property
    def scale(self) -> float:
        """The longest climb, in seconds; never 0."""
        return max((each.top for each in self.climbs), default=0.0) or 1.0


def ladders(run: Run) -> tuple[KindOfServer, ...]:
    """The climbs of every workload, one group for each kind of server, clouds in their order."""
    groups = []
    for workload in run.workloads:
        by_kind: dict[str, list[Climb]] = {}
        for participant in run.participants:
            by_kind.setdefault(participant.kind_of_server, []).extend(_climbs(run, workload, participant.name))
        groups += [KindOfServer(workload, kind, tuple(climbs)) for kind, climbs in by_kind.items() if climbs]
    return tuple(groups)


def _climbs(run: Run, workload: Workload, cloud: str) -> list[Climb]:
    times: dict[str, dict[str, list[float]]] = {}
    attempts: dict[str, int] = {}
    for cell in run.cells_of(workload.name, cloud):
        for subject in dict.fromkeys(each.subject for each in cell.ladder):
            attempts[subject] = attempts.get(subject, 0) + 1
        for each in cell.ladder:
            times.setdefault(each.subject, {}).setdefault(each.rung, []).append(each.seconds)
    return [
        Climb(cloud, subject, {rung: median(rungs[rung]) for rung in LADDER if rung in rungs}, attempts[subject])
        for subject, rungs in times.items()
    ]


def _folded(cloud: str, climbs: list[Climb]) -> Climb:
    reached = {rung: [each.seconds[rung] for each in climbs if rung in each.seconds] for rung in LADDER}
    whole = {rung: max(times) for rung, times in reached.items() if times and (len(times) == len(climbs) or rung == LADDER[-1])}
    return Climb(cloud, count(len(climbs), "server"), whole, max(each.attempts for each in climbs))
