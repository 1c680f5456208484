"""``interop sweep``: what runs left on some clouds is shown, then removed, and with it the keys that opened it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException
from rich.text import Text

from harness.cell.keys import clear_out
from harness.clouds import netns
from harness.clouds.config import entry, opened
from harness.clouds.sorting import sort
from harness.errors import InteropError, UsageError
from harness.model import Resource
from harness.ownership import Swept, inventory, owned, run_of, sweep
from harness.rounds import processes
from harness.showing import Format, err, show_data, show_rows

LEAKED = 4
"""The exit code when something is left, or may be."""

SETTLE_S = 5.0
"""How long after the last removal is looked again: a request that was under way when its sender was killed has come to its end by then."""

LOOKS = 6
"""How often is looked again before what still comes is somebody's who is not ended."""


@dataclass(frozen=True)
class Found:
    """Something on ``cloud`` that carries a mark of ours; ``busy`` when the run that made it is under way on this machine."""

    cloud: str
    resource: Resource
    run: str
    busy: bool


def look(clouds: Iterable[str], run: str | None) -> list[Found]:
    """What carries the mark of ``run``, or of any run, on ``clouds``. What a run under way holds is told apart, unless it is named.

    Raises:
        InteropError: a cloud cannot be used.
    """
    alive = {each[-8:] for each in processes.runs_under_way()} if run is None else set()
    found = []
    for name in clouds:
        with netns.inside(entry(name).netns, name):
            try:
                resources = owned(inventory(opened(name)), run)
            except (SDKException, ClientException) as error:
                raise sort(error) from error
        found += [Found(name, each, run_of(each), run_of(each)[-8:] in alive) for each in resources]
    return found


def show_and_sweep(clouds: list[str], run: str | None, reports: Path, form: Format, sure: Callable[[int], bool] | None) -> int:
    """Show what is there, remove it where ``sure`` says so of that many (``None``: it is), and forget the keys of its runs with it.

    Returns the exit code: 4 when something is left, or may be.

    Raises:
        InteropError: a cloud cannot be used, or the run cannot be told.
    """
    wanted = the_run(run)
    left = end_processes(wanted) if wanted and sure is None else []
    found = look(clouds, wanted)
    _show(found, form)
    free = idle(found)
    if not free:
        _say("nothing to remove")
    if sure is not None:
        if not _agreed(wanted, free, sure):
            return 0
        left = end_processes(wanted) if wanted else []
    if free or wanted:
        left += clear(clouds, wanted, free)
    if not left:
        folders = [_folder_of(Path(run), wanted, reports)] if run and wanted else _folders_of(free, reports)
        left = [kept for folder in folders for kept in forget(folder, clouds)]
    for each in left:
        _say(f"still there: {each}")
    return LEAKED if left else 0


def _agreed(run: str | None, free: list[Found], sure: Callable[[int], bool]) -> bool:
    if run and (number := processes_of(run)):
        _say(f"{number} processes of the run are alive on this machine; with --yes they are ended first")
    if free and not sure(len(free)):
        _say("nothing was removed; --yes removes without asking")
        return False
    return bool(free)


def _show(found: list[Found], form: Format) -> None:
    if form in (Format.JSON, Format.YAML):
        rows = [{"cloud": each.cloud, "kind": each.resource.kind, "name": each.resource.name, "id": each.resource.id} for each in found]
        show_data(rows, form)
    elif found:
        show_rows("", ("cloud", "run", "what", "name", ""), [_row(each) for each in found], form)


def _row(found: Found) -> tuple[str, str, str, str, str]:
    """What was found, for a table: a run's last eight characters tell it apart."""
    resource = found.resource
    return found.cloud, found.run[-8:], resource.kind, resource.name or resource.id, "run under way, left alone" if found.busy else ""


def _say(text: str) -> None:
    err().print(Text(text), soft_wrap=True)


def processes_of(run: str) -> int:
    """How many processes of the named run are alive on this machine: they go on making things."""
    return sum(number for each, number in processes.runs_under_way().items() if _is(run, each))


def end_processes(run: str) -> list[str]:
    """End what is left of the named run's processes on this machine; returns, in words, what does not end."""
    if number := processes_of(run):
        _say(f"ending {number} processes of the run that are still alive")
    left = [pid for each in processes.runs_under_way() if _is(run, each) for pid in processes.end_with_conductor(each)]
    return [f"the process {pid} of the run cannot be ended" for pid in left]


def clear(clouds: list[str], run: str | None, found: Iterable[Found]) -> list[str]:
    """Remove what was ``found``, and what comes after it, until a moment later nothing is there; returns what is left, in words."""
    for _ in range(LOOKS):
        try:
            if stuck := remove(found):
                return stuck
            sleep(SETTLE_S)
            found = idle(look(clouds, run))
        except InteropError as error:
            return [f"whether all is gone is not known: {error.message}"]
        if not found:
            return []
    return [f"{each.cloud}: {each.resource.kind} {each.resource.name or each.resource.id}: it came while others went" for each in found]


def idle(found: Iterable[Found]) -> list[Found]:
    """Those that no run under way needs."""
    return [each for each in found if not each.busy]


def remove(found: Iterable[Found]) -> list[str]:
    """Remove what was found, except what is busy; returns what could not be removed, in words."""
    stuck: list[str] = []
    free = idle(found)
    for cloud in dict.fromkeys(each.cloud for each in free):
        with netns.inside(entry(cloud).netns, cloud):
            connection = opened(cloud)
            for run in dict.fromkeys(each.run for each in free if each.cloud == cloud):

                def on_event(word: str, resource: Resource, cloud: str = cloud) -> None:
                    if word == "removed":
                        _say(f"{cloud}: removed {resource.kind} {resource.name or resource.id}")

                try:
                    swept: Swept = sweep(connection, run, on_event)
                except (SDKException, ClientException) as error:
                    stuck.append(f"{cloud}: {sort(error).message}")
                    continue
                stuck += [f"{cloud}: {each.resource.kind} {each.resource.name or each.resource.id}: {each.reason}" for each in swept.stuck]
    return stuck


def the_run(text: str | None) -> str | None:
    """A run's id as typed: whole, or its last eight characters, or a run's folder.

    Raises:
        UsageError: too short to tell runs apart.
    """
    if text is None:
        return None
    run = text.rstrip("/").rpartition("/")[2]
    if len(run) < 8:
        raise UsageError(f"--run {text}: too short to tell runs apart", mend="give the run's id, or its last eight characters")
    return run


def forget(folder: Path, clouds: Iterable[str]) -> list[str]:
    """Remove the secrets of a run's cells on ``clouds``, which are swept, from the run's ``folder``; returns what stays, in words."""
    kept = []
    for plan in folder.glob("cells/*/cell.json"):
        with suppress(ValueError, TypeError, KeyError):
            if json.loads(plan.read_bytes())["cloud"] in clouds:
                try:
                    clear_out(plan.parent / "engine")
                except OSError as error:
                    kept.append(f"{error.filename}: {error.strerror}")
    return kept


def _folder_of(named: Path, run: str, reports: Path) -> Path:
    """The run's folder: the one that was ``named``, or the one of this id among ``reports``; it need not be there."""
    if (named / "cells").is_dir():
        return named
    return next((each for each in sorted(reports.glob("*")) if _is(run, each.name)), reports / run)


def _folders_of(found: Iterable[Found], reports: Path) -> list[Path]:
    """The folders among ``reports`` of the runs that made what was ``found``; those of other machines are not there."""
    runs = {each.run for each in found}
    return [folder for folder in sorted(reports.glob("*")) if any(_is(run, folder.name) for run in runs)]


def _is(run: str, other: str) -> bool:
    """Whether ``run``, an id or the last eight characters of one, means the run ``other``."""
    return run in (other, other[-8:])
