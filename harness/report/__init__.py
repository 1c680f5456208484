"""Reports: pure functions of what a run's journals recorded.

:func:`write_all` writes every form into the run's folder, from its journals alone: the same journals give the same bytes.
:func:`harness.report.terminal.show` draws the run on a terminal.

A form of the report is a module ``as_…`` of :mod:`harness.report.formats`, found by being there, or what an entry point of the
group ``interop.reports`` names: anything that has ``FILE``, the name of the file it fills, and ``render(run)``, the file's text.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from harness.errors import UsageError
from harness.redact import redact
from harness.report import formats
from harness.report.comparison import constants_of
from harness.report.reading import read_run
from harness.report.record import Run

__all__ = ["Format", "Run", "read_run", "registry", "write_all"]


class Format(Protocol):
    """One form of the report: ``FILE`` is its name inside the run's folder.

    A form that needs further files has ``beside(run)``, which gives the name and the text of each.
    """

    FILE: str

    def render(self, run: Run) -> str:
        """The whole text of the file."""


def registry() -> dict[str, Format]:
    """The known forms by name (``json`` is the module ``as_json``), those of :mod:`harness.report.formats` before added ones.

    Raises:
        UsageError: an added form has the name or the file of another.
    """
    names = sorted(each.name for each in pkgutil.iter_modules(formats.__path__))
    found = {name.removeprefix("as_"): cast("Format", import_module(f"{formats.__name__}.{name}")) for name in names}
    for point in sorted(entry_points(group="interop.reports"), key=lambda each: each.name):
        added = cast("Format", point.load())
        if point.name in found or added.FILE in {each.FILE for each in found.values()}:
            raise UsageError(f"the report form {point.name} ({added.FILE}) is already there", mend=f"uninstall {point.value} or rename it")
        found[point.name] = added
    return found


def write_all(folder: Path) -> list[Path]:
    """Write every form of the report of the run in ``folder`` into it, and say where.

    Raises:
        JournalError: ``folder`` is not a run's, or one of its journals cannot be understood.
        UsageError: the folder cannot be written to; or, before anything is written, the run names data files of the score that are not
            part of this version: its scores cannot be made again.
    """
    run = read_run(folder)
    constants_of([run])
    return [_write(folder / name, text) for form in registry().values() for name, text in _files(form, run)]


def _files(form: Format, run: Run) -> Iterator[tuple[str, str]]:
    yield form.FILE, form.render(run)
    if beside := getattr(form, "beside", None):
        yield from beside(run)


def _write(path: Path, text: str) -> Path:
    """Whoever reads ``path`` meanwhile sees the old report or the new one, never half of one."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(exist_ok=True)
        partial.write_text(redact(text), encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}", mend="name a folder that you may write to") from error
    return path
