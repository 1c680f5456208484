"""``interop runs``: the runs of a folder, each in a line."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import JournalError, UsageError
from harness.report import read_run
from harness.report.clean import clean_text
from harness.rounds.processes import runs_under_way
from harness.showing import Format, err, show_data, show_rows

_ENDED = {
    0: "met",
    1: "not met",
    2: "could not be used",
    3: "inconclusive",
    4: "leaked",
    130: "interrupted",
}
_KIB = 1024


@dataclass(frozen=True)
class Listed:
    """A folder with journals of a run. ``run`` is empty for a damaged one, of which ``ended`` says what is wrong."""

    folder: str
    run: str
    started: str
    scenario: str
    workloads: tuple[str, ...]
    clouds: tuple[str, ...]
    ended: str
    exit_code: int | None
    size_bytes: int
    damaged: bool = False


def runs_in(folder: Path) -> tuple[Listed, ...]:
    """Every run of ``folder``, the earliest first; damaged ones, whose start nobody knows, come last.

    Raises:
        UsageError: there is no such folder, or it cannot be read.
    """
    try:
        places = sorted(each for each in folder.iterdir() if (each / "journal.jsonl").is_file() or (each / "cells").is_dir())
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}", mend="name a folder that `interop run` wrote to") from error
    under_way = runs_under_way()
    found = [_listed(each, under_way) for each in places]
    return tuple(sorted(found, key=lambda each: (each.damaged, each.started, each.folder)))


def show_runs(folder: Path, form: Format) -> None:
    """List the runs of ``folder`` on standard output."""
    found = runs_in(folder)
    if form in (Format.JSON, Format.YAML):
        show_data([{**vars(each), "workloads": list(each.workloads), "clouds": list(each.clouds)} for each in found], form)
    elif found:
        columns = ("run", "started", "scenario", "workloads", "clouds", "ended", "exit", "KiB")
        show_rows("", columns, [_row(each) for each in found], form)
    else:
        err().print(f"no runs in {folder}", markup=False)


def _listed(folder: Path, under_way: dict[str, int]) -> Listed:
    name = clean_text(folder.name)
    size = sum(map(_size, folder.rglob("*")))
    try:
        run = read_run(folder)
    except JournalError as error:
        return Listed(name, "", "", "", (), (), clean_text(error.message), None, size, damaged=True)
    alive = "under way" if run.id in under_way else "did not come to its end"
    ended = alive if run.exit_code is None else _ENDED.get(run.exit_code, "")
    workloads = tuple(each.name for each in run.workloads)
    return Listed(name, run.id, run.started, run.scenario, workloads, run.clouds, ended, run.exit_code, size)


def _size(file: Path) -> int:
    """Bytes of a file; nothing, where it is none, or is gone since it was listed: a round may be writing here."""
    with suppress(OSError):
        if file.is_file() and not file.is_symlink():
            return file.stat().st_size
    return 0


def _row(each: Listed) -> tuple[str, ...]:
    return (
        each.folder if each.run in ("", each.folder) else f"{each.folder} ({each.run})",
        each.started[: len("2026-01-31T12:00")].replace("T", " "),
        each.scenario,
        " ".join(each.workloads),
        " ".join(each.clouds),
        f"DAMAGED: {each.ended}" if each.damaged else each.ended,
        "" if each.exit_code is None else str(each.exit_code),
        str(-(-each.size_bytes // _KIB)),
    )
