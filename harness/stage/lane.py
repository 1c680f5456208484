"""One cloud on the wallboard: what is known of it at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.report.roots import AGAINST


class State(StrEnum):
    """How a cloud stands. ``unknown`` is what says nothing about the cloud: a quota, a fault of the harness, a record that ends."""

    WAITING = "waiting"
    RUNNING = "running"
    RUNS = "runs"
    FAILED = "does not run"
    REFUSED = "refused"
    INTERRUPTED = "stopped"
    UNKNOWN = "unknown"

    @property
    def is_end(self) -> bool:
        """Whether nothing more is to come."""
        return self not in (State.WAITING, State.RUNNING)


@dataclass(frozen=True)
class Found:
    """What one check came to on one subject. ``applies`` is false where that has nothing that the check is about."""

    check: str
    subject: str
    verdict: str
    reason: str = ""
    expected: str = ""
    seen: str = ""
    blame: str = ""
    applies: bool = True

    @property
    def is_against(self) -> bool:
        """Whether it is evidence against the cloud."""
        return self.verdict in AGAINST


@dataclass(frozen=True)
class Ended:
    """How one cell of a cloud came to its end."""

    cell: str
    state: State
    sentence: str


@dataclass(frozen=True)
class Lane:
    """One cloud and the cell that runs there, or ran there last; times are seconds since the round began.

    ``climbs`` has the rungs that each server reached, with the seconds it took. ``has_page`` is ``None`` until the deployment
    tells whether anything is to answer. ``picture`` is a file below the run's folder ``cells``.
    ``left`` is what could not be removed, ``sentence`` how it ended, in words for everybody. ``past`` are the cells before.
    """

    cloud: str
    about: str = ""
    servers: str = ""
    cell: str = ""
    workload: str = ""
    state: State = State.WAITING
    doing: str = "waiting"
    detail: str = ""
    since: float | None = None
    until: float | None = None
    climbs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    has_page: bool | None = None
    answered: float | None = None
    picture: str = ""
    found: Mapping[tuple[str, str], Found] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    sentence: str = ""
    past: tuple[Ended, ...] = ()
    heard: float = 0.0

    @property
    def ended(self) -> tuple[Ended, ...]:
        """Every cell that came to its end here, the last of them last."""
        return (*self.past, Ended(self.cell, self.state, self.sentence)) if self.state.is_end else self.past
