"""From the journals of a run's folder to one :class:`~harness.report.record.Run`.

A journal may end anywhere: the writer may have been killed. What is there is taken, what should follow is named in ``lacks``.
A journal that says something impossible is refused by its file and event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from harness.errors import JournalError
from harness.journal import read
from harness.model import CheckInfo, Waiver
from harness.report.cellreading import CellReader
from harness.report.clean import clean
from harness.report.record import Cell, Limit, Participant, Require, Run, Workload

_PARTICIPANT = ("vendor", "product", "release", "region", "servers")


def read_run(folder: Path) -> Run:
    """The run whose journals lie in ``folder``.

    Raises:
        JournalError: ``folder`` is not a run's, or one of its journals cannot be understood; names the file.
    """
    reader = RunReader()
    feed(folder / "journal.jsonl", reader.take)
    started = reader.started
    if not started:
        raise JournalError(f"{folder / 'journal.jsonl'}: ends before the run began", mend="nothing was recorded; start the round again")
    cells = _cells(folder, reader.planned)
    catalogue, unlisted = _with_unlisted(reader.catalogue, cells)
    scenario = started["scenario"]
    return Run(
        id=str(started.get("run") or folder.resolve().name),
        scenario=scenario["name"],
        title=scenario.get("title") or scenario["name"],
        scenario_digest=scenario.get("digest", ""),
        require=_require(scenario.get("require") or {}),
        started=started["at"],
        finished=reader.finished.get("at", ""),
        exit_code=reader.finished.get("exit_code"),
        reasons=tuple(reader.finished.get("reasons", ())),
        participants=_with_unnamed(reader.participants, cells),
        workloads=reader.workloads,
        versions=started.get("versions") or {},
        catalogue=catalogue,
        cells=cells,
        schema=int(started.get("schema", 0)),
        score_files={str(kind): str(digest) for kind, digest in (started.get("score_files") or {}).items()},
        waivers=tuple(Waiver(**each) for each in scenario.get("waivers") or ()),
        lacks=() if reader.finished else ("the round's journal ends before the round does: its exit code is unknown",),
        unlisted=unlisted,
    )


class RunReader:
    """Takes the events of the round's own journal, one after another."""

    def __init__(self) -> None:
        self.started: dict[str, Any] = {}
        self.finished: dict[str, Any] = {}
        self.planned: dict[str, Cell] = {}
        self.participants: tuple[Participant, ...] = ()
        self.workloads: tuple[Workload, ...] = ()
        self.catalogue: tuple[CheckInfo, ...] = ()

    def take(self, event: dict[str, Any]) -> None:
        """Remember what ``event`` says. A resumed round starts again: its later words stand."""
        match event["event"]:
            case "run.started":
                self.started = event
                self.finished = {}
                known = event["scenario"].get("participants") or {}
                self.participants = tuple(_participant(name, known.get(name) or {}) for name in event["clouds"])
                self.workloads = tuple(_workload(each) for each in event["workloads"])
                self.catalogue = tuple(_check(each) for each in event["catalogue"])
            case "cell.planned":
                self.planned[event["cell"]] = Cell(id=event["cell"], cloud=event["cloud"], workload=event["workload"])
            case "run.finished":
                self.finished = event


def feed(path: Path, take: Callable[[dict[str, Any]], None]) -> None:
    """Hand every event of a journal, cleaned, to ``take``.

    Raises:
        JournalError: the journal cannot be read, or an event of it lacks something or says something impossible.
    """
    for number, event in enumerate(read(path), 1):
        try:
            take(clean(event))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise JournalError(
                f"{path}: event {number} ({event['event']}): {problem}", mend="the file was changed, or another version wrote it"
            ) from error


def _cells(folder: Path, planned: dict[str, Cell]) -> tuple[Cell, ...]:
    """Planned cells in the order of the plan, then those that only have a journal, by name."""
    journals = {path.parent.name: path for path in sorted(folder.glob("cells/*/journal.jsonl"))}
    found = []
    for name in [*planned, *sorted(set(journals) - set(planned))]:
        reader = CellReader(planned.get(name))
        if name in journals:
            feed(journals[name], reader.take)
        if reader.known:
            found.append(reader.cell())
    return tuple(found)


def _participant(name: str, known: dict[str, Any]) -> Participant:
    return Participant(name, **{key: str(known.get(key) or "") for key in _PARTICIPANT})


def _with_unnamed(participants: tuple[Participant, ...], cells: Iterable[Cell]) -> tuple[Participant, ...]:
    """The participants, and the clouds that only a cell's journal names."""
    names = {each.name for each in participants}
    if len(names) < len(participants):
        raise JournalError("the round's journal names a cloud twice", mend="the file was changed by hand; restore it")
    return participants + tuple(Participant(name) for name in dict.fromkeys(each.cloud for each in cells) if name not in names)


def _workload(data: dict[str, Any]) -> Workload:
    must_have = tuple(data.get("must_have") or ())
    limits = {name: Limit(float(each["good"]), float(each["limit"])) for name, each in (data.get("limits") or {}).items()}
    return Workload(
        data["name"], data.get("title") or data["name"], data["digest"], must_have, tuple(data.get("required", must_have)), limits
    )


def _require(data: dict[str, Any]) -> Require:
    must_have = data.get("must_have", "all")
    return Require(must_have if must_have == "all" else tuple(must_have), data.get("to_page"), tuple(data.get("facets") or ()))


def _check(data: dict[str, Any]) -> CheckInfo:
    return CheckInfo(**{**data, "needs": tuple(data["needs"])})


def _with_unlisted(catalogue: tuple[CheckInfo, ...], cells: Iterable[Cell]) -> tuple[tuple[CheckInfo, ...], frozenset[str]]:
    """The catalogue, and the checks that have outcomes though it does not list them."""
    listed = {each.id for each in catalogue}
    unlisted: dict[str, CheckInfo] = {}
    for outcome in (each for cell in cells for each in cell.outcomes if each.check not in listed):
        title = "not in the catalogue that the run recorded"
        unlisted[outcome.check] = CheckInfo(outcome.check, outcome.facet, outcome.phase, (), "", title, "", "", "")
    return catalogue + tuple(unlisted[each] for each in sorted(unlisted)), frozenset(unlisted)
