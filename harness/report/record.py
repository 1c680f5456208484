"""One run as recorded: the frozen value that every form of the report is a function of.

:func:`harness.report.reading.read_run` makes it from a run's folder. Nothing is judged here but what a journal lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from harness.model import CheckInfo, Deployment, Facts, Input, Json, Outcome, Resource, Waiver
from harness.report.traces import Event


class Status(StrEnum):
    """How a cell ended. The last two are not written by a cell: they are what its journal comes to without an end."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CUT = "cut off"
    NEVER_STARTED = "never started"


@dataclass(frozen=True)
class Participant:
    """How the report names a cloud; all but ``name`` as the scenario wrote it, and ``servers`` is the kind of its servers."""

    name: str
    vendor: str = ""
    product: str = ""
    release: str = ""
    region: str = ""
    servers: str = ""

    @property
    def kind_of_server(self) -> str:
        """``servers``, or that nobody said it."""
        return self.servers or "kind of server not stated"

    @property
    def description(self) -> str:
        """Vendor, product, release and region, as far as they are known."""
        return " · ".join(filter(None, (self.vendor, self.product, self.release, self.region)))


@dataclass(frozen=True)
class Limit:
    """A time that is good, and the one past which a wait fails, in seconds."""

    good: float
    limit: float


@dataclass(frozen=True)
class Workload:
    """A workload of the run. Without ``must_have`` (older journals) a workload counts as running once it is deployed.

    ``required`` are the checks that the scenario asks for: those same, unless it names others. ``checks`` are all that look at it (in older
    journals none are told), ``left_out`` those that would and that the scenario leaves out. ``limits`` are the manifest's, by name.
    """

    name: str
    title: str
    digest: str
    must_have: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Require:
    """What the scenario asks besides each workload's ``required``: ``to_page`` in seconds, ``move`` as a share of 1."""

    must_have: str | tuple[str, ...] = "all"
    move: float | None = None
    to_page: float | None = None
    facets: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhaseTime:
    """A phase of a cell; ``seconds`` and ``ok`` are ``None`` when the journal ends before the phase does."""

    phase: str
    seconds: float | None
    ok: bool | None


@dataclass(frozen=True)
class Tool:
    """A program that the engine found and used, with the ``hash`` of its build where one is known."""

    name: str
    version: str
    hash: str = ""


@dataclass(frozen=True)
class Rung:
    """A rung of a subject's ladder, in seconds from the moment its creation was accepted."""

    subject: str
    rung: str
    seconds: float


@dataclass(frozen=True)
class Cell:
    """One attempt of one workload on one cloud. ``lacks`` says in words what its journal should have, and has not.

    ``traces`` are, by check and subject, the journal's events behind what is no pass.
    """

    id: str
    cloud: str
    workload: str
    attempt: int = 1
    digest: str = ""
    engine: str = ""
    mark: str = ""
    global_request_id: str = ""
    status: Status = Status.NEVER_STARTED
    kind: str = ""
    error: str = ""
    mend: str = ""
    exit_code: int | None = None
    kept: bool = False
    facts: Facts | None = None
    deployment: Deployment | None = None
    tools: tuple[Tool, ...] = ()
    phases: tuple[PhaseTime, ...] = ()
    ladder: tuple[Rung, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    failed_tasks: tuple[str, ...] = ()
    leftovers: tuple[Resource, ...] = ()
    strangers_made: tuple[Resource, ...] = ()
    strangers_gone: tuple[Resource, ...] = ()
    cleanup_proven: bool = False
    notes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    traces: dict[tuple[str, str], tuple[Event, ...]] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The error without the cloud's own name before it, since a report says that already."""
        return self.error.removeprefix(f"cloud {self.cloud}: ")

    @property
    def deployed(self) -> bool:
        """Whether the engine came to its end; of a cell that failed, ``deployment`` is what was found of it, for the checks."""
        return self.deployment is not None and self.status is not Status.FAILED

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs as resolved; none when discovery did not get that far."""
        return self.facts.inputs if self.facts else ()

    @property
    def branches(self) -> dict[str, str]:
        """The ways that the payload took; none when it was not deployed."""
        return self.deployment.branches if self.deployment else {}


@dataclass(frozen=True, eq=False)
class Run:
    """A run, whole or as far as its journals go. ``exit_code`` is ``None`` for a run that did not end.

    ``left_out`` are the checks that its scenario left out of the ``catalogue`` (older journals do not tell): they are unknown.
    ``schema`` is the version of its journals' format; ``score_files`` are the digests of the score's data files, by kind, as they were
    when it was made (none in older journals).

    A run equals only itself, so that what was concluded from it can be remembered.
    """

    id: str
    scenario: str
    title: str
    scenario_digest: str
    require: Require
    started: str
    finished: str
    exit_code: int | None
    reasons: tuple[str, ...]
    participants: tuple[Participant, ...]
    workloads: tuple[Workload, ...]
    versions: dict[str, Json]
    catalogue: tuple[CheckInfo, ...]
    cells: tuple[Cell, ...]
    left_out: tuple[CheckInfo, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    schema: int = 0
    score_files: Mapping[str, str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    unlisted: frozenset[str] = field(default_factory=frozenset)
    """Checks with outcomes that the recorded catalogue does not have; ``catalogue`` ends with what their outcomes tell of them."""

    @property
    def clouds(self) -> tuple[str, ...]:
        """The clouds' names, in the order in which they were given."""
        return tuple(each.name for each in self.participants)

    @property
    def day(self) -> str:
        """The day on which the run started (UTC), which decides what a waiver says."""
        return self.started[: len("2026-01-31")]

    def waived(self, check: str, cloud: str) -> tuple[Waiver, ...]:
        """The waivers that speak of ``check`` on ``cloud``."""
        return tuple(each for each in self.waivers if each.covers(check, cloud))

    @property
    def catalogue_digest(self) -> str:
        """One digest over the recorded catalogue's ids and digests, in order of their ids."""
        lines = sorted(f"{each.id} {each.digest}\n" for each in self.catalogue if each.id not in self.unlisted)
        return sha256("".join(lines).encode()).hexdigest()

    def outcomes(self) -> Iterator[Outcome]:
        """Every outcome, cell by cell."""
        for cell in self.cells:
            yield from cell.outcomes

    def gaps(self) -> tuple[str, ...]:
        """What the journals should have and have not, each with the cell it is about."""
        return (*(f"{cell.id}: {each}" for cell in self.cells for each in cell.lacks), *self.lacks)

    def notes(self) -> tuple[str, ...]:
        """What a reader should know besides: why the exit code is what it is, and what cells noted (requests repeated in silence …)."""
        reasons = (f"exit code {self.exit_code}: {each}" for each in self.reasons)
        all_ = len(self.catalogue) + len(self.left_out)
        narrow = [f"the scenario leaves out {len(self.left_out)} of {all_} checks: they are unknown"] if self.left_out else []
        noted = (f"{cell.id}: {each}" for cell in self.cells for each in (*(cell.facts.notes if cell.facts else ()), *cell.notes))
        return (*reasons, *narrow, *noted)

    def cells_of(self, workload: str, cloud: str) -> tuple[Cell, ...]:
        """The attempts of ``workload`` on ``cloud``."""
        return tuple(each for each in self.cells if (each.workload, each.cloud) == (workload, cloud))

    def cells_with(self, workload: str) -> tuple[Cell, ...]:
        """The cells of ``workload`` on every cloud."""
        return tuple(each for each in self.cells if each.workload == workload)

    def participant(self, cloud: str) -> Participant:
        """How ``cloud`` is named."""
        return next(each for each in self.participants if each.name == cloud)
