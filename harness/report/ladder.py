"""The ladder of every server, and of every cloud: how long each rung took, by kind of server.

Times of a container and of a virtual machine are never put on one scale: each kind of server is a group with a scale of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import median

from harness.model import LADDER
from harness.report.record import Cell, Run, Workload
from harness.report.words import count

_CLOUDS_IN_FULL = 4


@dataclass(frozen=True)
class Climb:
    """One subject's ladder on one cloud; over several ``attempts`` the median of each rung. ``seconds`` lacks rungs never reached.

    ``times`` are the seconds that the medians are of, fastest first.
    """

    cloud: str
    subject: str
    seconds: dict[str, float]
    attempts: int
    times: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """The number of the highest rung reached; -1 for none."""
        return max((LADDER.index(each) for each in self.seconds), default=-1)

    @property
    def top(self) -> float:
        """Seconds to the last rung reached."""
        return max(self.seconds.values(), default=0.0)

    def told(self, rung: str) -> str:
        """Seconds to ``rung`` in digits; a dash for a rung that was never reached."""
        return _digits(self.seconds[rung]) if rung in self.seconds else "–"

    def spread(self, rung: str) -> str:
        """The fastest and the slowest attempt, and how many reached ``rung`` where not all did; empty where one attempt says it all."""
        times = self.times.get(rung, ())
        ends = f"{_digits(times[0])}–{_digits(times[-1])}" if len(times) > 1 else ""
        missing = f"{len(times)} of {self.attempts}" if 0 < len(times) < self.attempts else ""
        return ", ".join(filter(None, (ends, missing)))

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
    """Climbs that may stand on one scale, which ends at ``scale`` seconds. ``across`` has one climb a cloud."""

    workload: Workload
    servers: str
    climbs: tuple[Climb, ...]
    across: tuple[Climb, ...] = ()

    def folded(self) -> KindOfServer:
        """One climb a cloud: in each attempt a rung is reached when the last of its servers reached it, and not if one never did.

        The application is reached when all subjects that have it reached it.
        """
        return replace(self, climbs=self.across)

    def ranked(self) -> KindOfServer:
        """:meth:`folded`, the highest climb first, and of equally high ones the fastest."""
        return replace(self, climbs=tuple(sorted(self.across, key=lambda each: (-each.height, each.top))))

    def to_read(self) -> KindOfServer:
        """Every server of a few clouds; of more clouds than that, :meth:`folded`."""
        return self.folded() if len({each.cloud for each in self.climbs}) > _CLOUDS_IN_FULL else self

    @property
    def scale(self) -> float:
        """The longest climb, in seconds, its slowest attempt included; never 0."""
        slowest = (times[-1] for each in self.climbs for times in each.times.values())
        return max((*(each.top for each in self.climbs), *slowest), default=0.0) or 1.0


def ladders(run: Run) -> tuple[KindOfServer, ...]:
    """The climbs of every workload, one group for each kind of server, clouds in their order."""
    groups = []
    for workload in run.workloads:
        by_kind: dict[str, list[str]] = {}
        for participant in run.participants:
            if any(cell.ladder for cell in run.cells_of(workload.name, participant.name)):
                by_kind.setdefault(participant.kind_of_server, []).append(participant.name)
        for kind, clouds in by_kind.items():
            cells = {cloud: [each for each in run.cells_of(workload.name, cloud) if each.ladder] for cloud in clouds}
            climbs = tuple(climb for cloud in clouds for climb in _climbs(cloud, cells[cloud]))
            groups.append(KindOfServer(workload, kind, climbs, tuple(_across(cloud, cells[cloud]) for cloud in clouds)))
    return tuple(groups)


def _climbs(cloud: str, cells: list[Cell]) -> list[Climb]:
    """One climb a subject."""
    subjects = dict.fromkeys(each.subject for cell in cells for each in cell.ladder)
    attempts = {
        subject: [{each.rung: each.seconds for each in cell.ladder if each.subject == subject} for cell in cells] for subject in subjects
    }
    return [_climb(cloud, subject, [each for each in climbed if each]) for subject, climbed in attempts.items()]


def _across(cloud: str, cells: list[Cell]) -> Climb:
    """One climb for all servers of a cloud together."""
    servers = max(len({each.subject for each in cell.ladder}) for cell in cells)
    return _climb(cloud, count(servers, "server"), [_last_to_reach(cell) for cell in cells])


def _last_to_reach(cell: Cell) -> dict[str, float]:
    reached: dict[str, list[float]] = {}
    for each in cell.ladder:
        reached.setdefault(each.rung, []).append(each.seconds)
    subjects = len({each.subject for each in cell.ladder})
    return {rung: max(times) for rung, times in reached.items() if len(times) == subjects or rung == LADDER[-1]}


def _climb(cloud: str, subject: str, attempts: list[dict[str, float]]) -> Climb:
    times = {rung: tuple(sorted(each[rung] for each in attempts if rung in each)) for rung in LADDER}
    times = {rung: found for rung, found in times.items() if found}
    return Climb(cloud, subject, {rung: median(found) for rung, found in times.items()}, len(attempts), times)


def _digits(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 99.95 else f"{seconds:.0f}"
