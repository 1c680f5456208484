"""From the events of one cell's journal to one :class:`~harness.report.record.Cell`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.model import LADDER, Deployment, Facts, Input, Outcome, Resource
from harness.report.clean import a_time
from harness.report.record import Cell, PhaseTime, Rung, Status
from harness.report.traces import Tracer

_FAILED_TASK = ("failed", "unreachable")


class CellReader:
    """Takes a cell's events one after another; :meth:`cell` is what they come to."""

    def __init__(self, planned: Cell | None) -> None:
        self._cell = planned
        self._phases: list[PhaseTime] = []
        self._ladder: dict[tuple[str, str], Rung] = {}
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        self._running: dict[tuple[str, str], None] = {}
        self._tasks: list[str] = []
        self._notes: list[str] = []
        self._unreadable: list[str] = []
        self._compared = False
        self._tracer = Tracer()
        self._readers: dict[str, Callable[[dict[str, Any]], None]] = {
            "cell.started": self._begin,
            "phase.started": lambda event: self._phases.append(PhaseTime(event["phase"], None, None)),
            "phase.finished": self._phase_ends,
            "facts.found": lambda event: self._set(facts=_facts(event["facts"])),
            "engine.task": self._task,
            "deployment.made": lambda event: self._set(deployment=Deployment.from_json(event["deployment"])),
            "ladder": lambda event: self._rung(event["subject"], event["rung"], event["seconds"]),
            "check.started": lambda event: self._running.update({(event["check"], event["subject"]): None}),
            "outcome": lambda event: self._outcome(Outcome.from_json(event["outcome"])),
            "leftovers": self._inventories,
            "note": lambda event: self._notes.append(str(event["text"])),
            "cell.finished": self._end,
        }

    @property
    def known(self) -> bool:
        """Whether anything says which cell it is: a plan, or the first event of its journal."""
        return self._cell is not None

    def take(self, event: dict[str, Any]) -> None:
        """Remember what ``event`` says; of two that say the same thing differently, the later stands."""
        if remember := self._readers.get(event["event"]):
            remember(event)
        self._tracer.take(event)

    def cell(self) -> Cell:
        """The cell as far as its journal goes."""
        cell = self._known_cell()
        return replace(
            cell,
            phases=tuple(self._phases),
            ladder=tuple(sorted(self._ladder.values(), key=lambda each: (each.subject, LADDER.index(each.rung)))),
            outcomes=tuple(self._outcomes.values()),
            failed_tasks=tuple(self._tasks),
            cleanup_proven=self._compared and not cell.leftovers,
            notes=tuple(self._notes),
            lacks=tuple(self._lacks(cell)),
            traces=self._tracer.traces,
        )

    def _known_cell(self) -> Cell:
        if self._cell is None:
            raise ValueError("comes before cell.started")
        return self._cell

    def _set(self, **changes: Any) -> None:
        self._cell = replace(self._known_cell(), **changes)

    def _begin(self, event: dict[str, Any]) -> None:
        self._cell = Cell(
            id=event["cell"],
            cloud=event["cloud"],
            workload=event["workload"],
            attempt=int(event["attempt"]),
            digest=event["digest"],
            engine=event["engine"],
            mark=str(event["mark"]),
            global_request_id=event["global_request_id"],
            status=Status.CUT,
        )

    def _phase_ends(self, event: dict[str, Any]) -> None:
        """A cell may be in a phase more than once (it takes two inventories): what ends is the last that began."""
        began = max(place for place, each in enumerate(self._phases) if each.phase == event["phase"])
        self._phases[began] = PhaseTime(event["phase"], a_time(event["seconds"]), bool(event["ok"]))

    def _task(self, event: dict[str, Any]) -> None:
        if event["status"] in _FAILED_TASK:
            where = f" on {event['host']}" if event.get("host") else ""
            self._tasks.append(f"{event['name']}{where}: {event.get('message') or event['status']}")

    def _inventories(self, event: dict[str, Any]) -> None:
        self._compared = True
        ours, made, gone = (tuple(Resource(**each) for each in event[key]) for key in ("ours", "strangers_made", "strangers_gone"))
        self._set(leftovers=ours, strangers_made=made, strangers_gone=gone)

    def _end(self, event: dict[str, Any]) -> None:
        words = {name: str(event.get(name) or "") for name in ("kind", "error", "mend")}
        self._set(status=Status(event["status"]), exit_code=event.get("exit_code"), kept=bool(event.get("kept")), **words)

    def _rung(self, subject: str, rung: str, seconds: Any) -> None:
        if rung not in LADDER:
            self._unreadable.append(f"a rung that no ladder has: {rung} of {subject}")
        elif (time := a_time(seconds)) is None:
            self._unreadable.append(f"a time that is none: {seconds!r} for {rung} of {subject}")
        else:
            self._ladder[subject, rung] = Rung(subject, rung, time)

    def _outcome(self, outcome: Outcome) -> None:
        self._outcomes[outcome.check, outcome.subject] = replace(outcome, seconds=a_time(outcome.seconds) or 0.0)
        self._running.pop((outcome.check, outcome.subject), None)

    def _lacks(self, cell: Cell) -> list[str]:
        lacks = list(self._unreadable)
        if cell.status is Status.NEVER_STARTED:
            return [*lacks, "the cell was planned and never started"]
        if cell.status is Status.CUT:
            lacks.append("the journal ends before the cell does")
        if cell.status is Status.CUT or cell.status is Status.INTERRUPTED:
            lacks += [f"{each.phase} was under way" for each in self._phases if each.ok is None]
            lacks += [f"{check} was running on {subject}" for check, subject in self._running]
        if cell.deployment and not self._compared and not cell.kept:
            lacks.append("no inventory after the run: clean-up is not proven")
        return lacks


def _facts(data: dict[str, Any]) -> Facts:
    inputs = tuple(Input(**each) for each in data["inputs"])
    return Facts(**{**data, "inputs": inputs, "notes": tuple(data.get("notes", ()))})
