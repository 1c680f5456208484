"""From the journals of a run's folder to one :class:`~harness.report.record.Run`.

A journal may end anywhere: the writer may have been killed. What is there is taken, what should follow is named in ``lacks``.
A journal that says something impossible is refused by its file and event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import JournalError
from harness.journal import SCHEMA, read
from harness.model import CheckInfo, Waiver
from harness.report.cellreading import CellReader
from harness.report.clean import a_time, clean, clean_text
from harness.report.record import Cell, Limit, Participant, Require, Run, Workload
from harness.report.typed import typed

Named = TypeVar("Named")

_PARTICIPANT = ("vendor", "product", "release", "region", "servers")


def read_run(folder: Path) -> Run:
    """The run whose journals lie in ``folder``.

    Raises:
        JournalError: ``folder`` is not a run's, or one of its journals cannot be understood; names the file.
    """
    reader = RunReader(clean_text(folder.resolve().name))
    feed(folder / "journal.jsonl", reader.take)
    if reader.run is None:
        raise JournalError(f"{folder / 'journal.jsonl'}: ends before the run began", mend="nothing was recorded; start the round again")
    cells = _cells(folder, reader.run, reader.planned)
    catalogue, unlisted = _with_unlisted(reader.run.catalogue, cells)
    strange = tuple(dict.fromkeys(each.cloud for each in cells if each.cloud not in reader.run.clouds))
    return replace(
        reader.run,
        participants=reader.run.participants + tuple(map(Participant, strange)),
        catalogue=catalogue,
        cells=cells,
        lacks=(*reader.lacks(), *(f"the cloud {each} is not one that the round named, only a cell's journal does" for each in strange)),
        unlisted=unlisted,
    )


class RunReader:
    """Takes the events of the round's own journal, one after another; ``run`` is what they come to, still without cells."""

    def __init__(self, name: str) -> None:
        self.run: Run | None = None
        self.planned: dict[str, Cell] = {}
        self._name = name
        self._other_catalogue = False

    def take(self, event: dict[str, Any]) -> None:
        """Remember what ``event`` says. A resumed round starts again: its later words stand."""
        match event["event"]:
            case "run.started":
                before, self.run = self.run, typed(_begun(event, self._name))
                if before and before.catalogue_digest != self.run.catalogue_digest:
                    self._other_catalogue = True
            case "cell.planned":
                self.planned[event["cell"]] = typed(Cell(id=event["cell"], cloud=event["cloud"], workload=event["workload"]))
            case "run.finished" if self.run:
                ended = {"finished": event["at"], "exit_code": event.get("exit_code"), "reasons": tuple(event.get("reasons", ()))}
                self.run = typed(replace(self.run, **ended))

    def lacks(self) -> Iterator[str]:
        """What the round's journal should have and has not."""
        if self.run and self.run.schema < SCHEMA:
            yield f"its journals are of an older schema ({self.run.schema}; this version writes {SCHEMA}): something may be read wrongly"
        if self._other_catalogue:
            yield "the round was started again with another catalogue of checks: outcomes from before may be of other checks"
        if self.run and not self.run.finished:
            yield "the round's journal ends before the round does: its exit code is unknown"


def _begun(event: dict[str, Any], name: str) -> Run:
    """The run as its first event tells it."""
    scenario = event["scenario"]
    known = scenario.get("participants") or {}
    datetime.fromisoformat(event["at"])
    told = [*event["catalogue"], *(event.get("left_out") or ())]
    checks = _once("check", [_check(each) for each in told], lambda each: each.id)
    return Run(
        id=event.get("run") or name,
        scenario=scenario["name"],
        title=scenario.get("title") or scenario["name"],
        scenario_digest=scenario.get("digest", ""),
        require=_require(scenario.get("require") or {}),
        started=event["at"],
        finished="",
        exit_code=None,
        reasons=(),
        participants=_once("cloud", [_participant(each, known.get(each) or {}) for each in event["clouds"]], lambda each: each.name),
        workloads=_once("workload", [_workload(each) for each in event["workloads"]], lambda each: each.name),
        versions=event.get("versions") or {},
        catalogue=checks[: len(event["catalogue"])],
        left_out=checks[len(event["catalogue"]) :],
        cells=(),
        schema=int(event.get("schema", 0)),
        score_files=event.get("score_files") or {},
        waivers=tuple(_waiver(each) for each in scenario.get("waivers") or ()),
    )


def _once(what: str, values: list[Named], name: Callable[[Named], str]) -> tuple[Named, ...]:
    """``values``, if no two have the same name: numbers of one would count for the other."""
    seen: set[str] = set()
    for each in values:
        if name(each) in seen:
            raise ValueError(f"names a {what} twice: {name(each)}")
        seen.add(name(each))
    return tuple(values)


def feed(path: Path, take: Callable[[dict[str, Any]], None]) -> None:
    """Hand every event of a journal, cleaned, to ``take``.

    Raises:
        JournalError: the journal cannot be read, or an event of it lacks something or says something impossible.
    """
    for number, event in enumerate(read(path), 1):
        try:
            take(clean(event))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            problem = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            raise JournalError(
                f"{path}: event {number} ({event['event']}): {problem}", mend="the file was changed, or another version wrote it"
            ) from error


def _cells(folder: Path, run: Run, planned: dict[str, Cell]) -> tuple[Cell, ...]:
    """Planned cells in the order of the plan, then those that only have a journal, by name."""
    journals = {clean_text(path.parent.name): path for path in sorted(folder.glob("cells/*/journal.jsonl"))}
    found: list[Cell] = []
    begun: dict[tuple[str, str, int], str] = {}
    for name in [*planned, *sorted(set(journals) - set(planned))]:
        place = journals.get(name, folder / "journal.jsonl")
        reader = CellReader(name, planned.get(name))
        if name in journals:
            feed(place, reader.take)
        if not reader.known:
            continue
        cell = reader.cell()
        if cell.workload not in {each.name for each in run.workloads}:
            raise JournalError(f"{place}: {cell.workload} is not a workload of this round", mend="take the cell of another round out")
        if reader.begun and (twin := begun.setdefault((cell.cloud, cell.workload, cell.attempt), name)) != name:
            raise JournalError(f"{place}: is the same attempt on the same cloud as {twin}", mend="take the copy out")
        found.append(cell)
    return tuple(found)


def _participant(name: str, known: dict[str, Any]) -> Participant:
    return Participant(name, **{key: str(known.get(key) or "") for key in _PARTICIPANT})


def _workload(data: dict[str, Any]) -> Workload:
    must_have = tuple(data.get("must_have") or ())
    limits = {name: _limit(each) for name, each in (data.get("limits") or {}).items()}
    return Workload(
        data["name"],
        data.get("title") or data["name"],
        data["digest"],
        must_have,
        tuple(data.get("required", must_have)),
        limits,
        tuple(data.get("checks") or ()),
        tuple(data.get("left_out") or ()),
    )


def _limit(data: dict[str, Any]) -> Limit:
    good, limit = a_time(data["good"]), a_time(data["limit"])
    if good is None or limit is None or good > limit:
        raise ValueError(f"a limit that is none: {data!r:.60}")
    return Limit(good, limit)


def _require(data: dict[str, Any]) -> Require:
    must_have = data.get("must_have", "all")
    ids = must_have if must_have == "all" else tuple(must_have)
    return Require(ids, data.get("move"), data.get("to_page"), tuple(data.get("facets") or ()))


def _check(data: dict[str, Any]) -> CheckInfo:
    return CheckInfo(**{**data, "needs": tuple(data["needs"])})


def _waiver(data: dict[str, Any]) -> Waiver:
    date.fromisoformat(data["expires"])
    return Waiver(**data)


def _with_unlisted(catalogue: tuple[CheckInfo, ...], cells: Iterable[Cell]) -> tuple[tuple[CheckInfo, ...], frozenset[str]]:
    """The catalogue, and the checks that have outcomes though it does not list them."""
    listed = {each.id for each in catalogue}
    unlisted: dict[str, CheckInfo] = {}
    for outcome in (each for cell in cells for each in cell.outcomes if each.check not in listed):
        title = "not in the catalogue that the run recorded"
        unlisted[outcome.check] = CheckInfo(outcome.check, outcome.facet, outcome.phase, (), "", title, "", "", "")
    return catalogue + tuple(unlisted[each] for each in sorted(unlisted)), frozenset(unlisted)
