"""What a long command shows on stderr: a bar a step on a terminal, a line a step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

__all__ = ["Step", "Steps"]


class Step:
    """One step under way."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def reached(self, done: float, total: float) -> None:
        """How far it is, in any unit."""
        self._progress.update(self._task, completed=done, total=total)

    def say(self, line: str) -> None:
        """What it is doing at the moment."""
        self._progress.update(self._task, doing=" ".join(line.split())[:60])


class Steps:
    """Steps of one command, one after another; use it in a ``with`` statement."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[doing]}", style="dim", markup=False),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )

    def __enter__(self) -> Steps:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """One step: a bar while it lasts, and a line that stays when it is done."""
        begin = time.monotonic()
        task = self._progress.add_task(title, total=None, doing="")
        try:
            yield Step(self._progress, task)
        finally:
            self._progress.remove_task(task)
        took = (f" ({time.monotonic() - begin:.0f} s)", "dim")
        self._console.print(Text.assemble(("done", "green"), f" {title}", took))
