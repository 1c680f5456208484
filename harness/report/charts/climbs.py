"""The numbers that the drawings of ladders need: stretches of a bar, the spread of its attempts, and a scale; all in percent of a width."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import ceil, log10

from harness.report.ladder import Climb, KindOfServer

_TICKS = 5


@dataclass(frozen=True)
class Tick:
    """A mark of a ladder's scale, ``place`` in percent of its width."""

    label: str
    place: float


def by_cloud(climbs: Iterable[Climb]) -> list[tuple[str, list[Climb]]]:
    """Climbs together with those of the same cloud, which stand beside each other already."""
    return [(cloud, list(group)) for cloud, group in groupby(climbs, lambda each: each.cloud)]


def places(climb: Climb, scale: float) -> list[tuple[str, float, float]]:
    """Rung, start and width in percent of ``scale`` of each stretch of a climb's bar."""
    return [(rung, round(start / scale * 100, 3), round((end - start) / scale * 100, 3)) for rung, start, end in climb.segments()]


def whisker(climb: Climb, scale: float) -> tuple[float, float]:
    """From the fastest to the slowest attempt at the top of a climb's bar, in percent of ``scale``; both the same for one attempt."""
    top = max(climb.seconds, key=lambda rung: climb.seconds[rung], default="")
    times = climb.times.get(top) or (climb.top,)
    return round(times[0] / scale * 100, 3), round(times[-1] / scale * 100, 3)


def ticks(kind: KindOfServer) -> list[Tick]:
    """A few round numbers of seconds on a ladder's scale."""
    rough = kind.scale / _TICKS
    magnitude = 10.0 ** ceil(log10(rough) - 1)
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    marks = [number * step for number in range(int(kind.scale / step) + 1)]
    return [Tick(f"{seconds:g} s" if seconds else "0", round(seconds / kind.scale * 100, 3)) for seconds in marks]
