"""From the events of one cell's journal to one :class:`~harness.report.record.Cell`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.model import LADDER, Deployment, Facts, Input, Observation, Outcome, Resource
from harness.report.clean import a_time
from harness.report.record import Cell, PhaseTime, Rung, Status, Tool
from harness.report.traces import Tracer
from harness.report.typed import typed

_FAILED_TASK = ("failed", "unreachable")
_TIMES = ("s", "ms")


class CellReader:
    """Takes the events of the cell ``name`` one after another; :meth:`cell` is what they come to."""

    def __init__(self, name: str, planned: Cell | None) -> None:
        self._name = name
        self._cell = planned
        self.begun = False
        self._phases: list[PhaseTime] = []
        self._ladder: dict[tuple[str, str], Rung] = {}
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        self._running: dict[tuple[str, str], None] = {}
        self._tools: dict[str, Tool] = {}
        self._tasks: list[str] = []
        self._notes: list[str] = []
        self._unreadable: list[str] = []
        self._compared = False
        self._tracer = Tracer()
        self._readers: dict[str, Callable[[dict[str, Any]], None]] = {
            "cell.started": self._begin,
            "phase.started": lambda event: self._phases.append(typed(PhaseTime(event["phase"], None, None))),
            "phase.finished": self._phase_ends,
            "facts.found": lambda event: self._set(facts=_facts(event["facts"])),
            "engine.tool": lambda event: self._tools.update({event["name"]: _tool(event)}),
            "engine.task": self._task,
            "deployment.made": lambda event: self._set(deployment=_deployment(event["deployment"])),
            "ladder": lambda event: self._rung(typed(Rung(event["subject"], event["rung"], 0.0)), event["seconds"]),
            "check.started": lambda event: self._running.update({(event["check"], event["subject"]): None}),
            "outcome": lambda event: self._outcome(_outcome(event["outcome"])),
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
            tools=tuple(self._tools.values()),
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
        self._cell = typed(replace(self._known_cell(), **changes))

    def _begin(self, event: dict[str, Any]) -> None:
        planned, self._cell = (
            self._cell,
            typed(
                Cell(
                    id=event["cell"],
                    cloud=event["cloud"],
                    workload=event["workload"],
                    attempt=event["attempt"],
                    digest=event["digest"],
                    engine=event["engine"],
                    mark=event["mark"],
                    global_request_id=event["global_request_id"],
                    status=Status.CUT,
                )
            ),
        )
        if self.begun:
            raise ValueError("begins a second time")
        if self._cell.id != self._name:
            raise ValueError(f"is of the cell {self._cell.id}")
        if planned and (planned.cloud, planned.workload) != (self._cell.cloud, self._cell.workload):
            raise ValueError(f"is of {self._cell.workload} on {self._cell.cloud}; planned was {planned.workload} on {planned.cloud}")
        if self._cell.attempt < 1:
            raise ValueError(f"the attempt {self._cell.attempt} is none")
        self.begun = True

    def _phase_ends(self, event: dict[str, Any]) -> None:
        """A cell may be in a phase more than once (it takes two inventories): what ends is the last that began."""
        began = [place for place, each in enumerate(self._phases) if each.phase == event["phase"]]
        if not began:
            raise ValueError(f"{event['phase']} ends and never began")
        seconds = self._time(event["seconds"], f"the phase {event['phase']}")
        self._phases[began[-1]] = typed(PhaseTime(event["phase"], seconds, event["ok"]))

    def _time(self, value: Any, what: str) -> float | None:
        """A time as recorded; of what is none is told, by name, that it is missing."""
        time = a_time(value)
        if time is None:
            self._unreadable.append(f"a time that is none: {value!r:.40} for {what}")
        return time

    def _task(self, event: dict[str, Any]) -> None:
        if event["status"] in _FAILED_TASK:
            where = f" on {event['host']}" if event.get("host") else ""
            self._tasks.append(f"{event['name']}{where}: {event.get('message') or event['status']}")

    def _inventories(self, event: dict[str, Any]) -> None:
        self._compared = True
        ours, made, gone = (tuple(Resource(**each) for each in event[key]) for key in ("ours", "strangers_made", "strangers_gone"))
        self._set(leftovers=ours, strangers_made=made, strangers_gone=gone)

    def _end(self, event: dict[str, Any]) -> None:
        words = {name: event.get(name) or "" for name in ("kind", "error", "mend")}
        self._set(status=Status(event["status"]), exit_code=event.get("exit_code"), kept=event.get("kept") or False, **words)

    def _rung(self, reached: Rung, seconds: Any) -> None:
        if reached.rung not in LADDER:
            self._unreadable.append(f"a rung that no ladder has: {reached.rung} of {reached.subject}")
        elif (time := self._time(seconds, f"{reached.rung} of {reached.subject}")) is not None:
            self._ladder[reached.subject, reached.rung] = replace(reached, seconds=time)

    def _outcome(self, outcome: Outcome) -> None:
        """Of a cell that is another's, numbers would count for this one; of a time that is none, a wrong one would be shown."""
        cell = self._known_cell()
        if not self.begun:
            raise ValueError("comes before cell.started")
        if (outcome.cell, outcome.cloud, outcome.workload, outcome.attempt) != (cell.id, cell.cloud, cell.workload, cell.attempt):
            raise ValueError(f"is of {outcome.cell}, attempt {outcome.attempt} of {outcome.workload} on {outcome.cloud}")
        about = f"{outcome.check} on {outcome.subject or 'the cloud'}"
        seconds = self._time(outcome.seconds, about)
        values = tuple(self._readable(each, about) for each in outcome.observations)
        self._outcomes[outcome.check, outcome.subject] = replace(outcome, seconds=seconds or 0.0, observations=values)
        self._running.pop((outcome.check, outcome.subject), None)

    def _readable(self, observation: Observation, about: str) -> Observation:
        """An observed time that is none becomes a text, which nothing takes for a number."""
        if observation.unit not in _TIMES:
            return observation
        values = observation.value if isinstance(observation.value, list) else [observation.value]
        if None not in [self._time(each, f"{observation.name}, {about}") for each in values]:
            return observation
        return replace(observation, value=f"no time: {observation.value!r:.40}")

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


def _tool(event: dict[str, Any]) -> Tool:
    return typed(Tool(event["name"], event["version"], event.get("hash") or ""))


def _facts(data: dict[str, Any]) -> Facts:
    inputs = tuple(Input(**each) for each in data["inputs"])
    return typed(Facts(**{**data, "inputs": inputs, "notes": tuple(data.get("notes", ()))}))


def _deployment(data: dict[str, Any]) -> Deployment:
    if a_time(data["seconds"]) is None:
        raise ValueError(f"a time that is none: {data['seconds']!r:.40}")
    return typed(Deployment.from_json(data))


def _outcome(data: dict[str, Any]) -> Outcome:
    """An outcome whose time may still be none, or missing."""
    time: Any = data.get("seconds")
    return replace(typed(Outcome.from_json({**data, "seconds": 0.0})), seconds=time)
