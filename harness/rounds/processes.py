"""The processes of a cell, and what is left of them when the cell's own was killed: each carries the cell in its environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from harness.engines.workplace import BELONGS_TO
from harness.model import CellPlan

RUN_VARIABLE, CELL_VARIABLE = BELONGS_TO
_LIFELINE = "--lifeline"
_GONE_S = 10.0


def start(folder: Path, plan: CellPlan, lifeline: int, *, clean_up: bool = False) -> subprocess.Popen[bytes]:
    """Start a cell's process, in a session of its own, so that the terminal's Ctrl-C does not reach it."""
    arguments = [sys.executable, "-m", "harness.cell", str(folder), _LIFELINE, str(lifeline), *(["--clean-up"] if clean_up else [])]
    environment = {**os.environ, RUN_VARIABLE: plan.run, CELL_VARIABLE: plan.cell}
    with (folder / "process.log").open("ab") as log:
        return subprocess.Popen(
            arguments,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lifeline,),
        )


def of_run(run: str, cell: str | None = None) -> list[int]:
    """The processes of this user that belong to the run ``run``, or to one cell of it."""
    wanted = {f"{RUN_VARIABLE}={run}".encode()} | ({f"{CELL_VARIABLE}={cell}".encode()} if cell else set())
    return [pid for pid, words in _environments() if wanted <= words]


def runs_under_way() -> dict[str, int]:
    """How many processes of cells are alive on this machine, by run."""
    found: dict[str, int] = {}
    for _, words in _environments():
        for word in words:
            name, _, value = word.partition(b"=")
            if name.decode(errors="replace") == RUN_VARIABLE:
                run = value.decode(errors="replace")
                found[run] = found.get(run, 0) + 1
    return found


def end(run: str, cell: str | None = None) -> list[int]:
    """Kill what is left of a run's or a cell's processes, and wait until it is gone; returns what does not go."""
    return _kill(lambda: of_run(run, cell))


def end_with_conductor(run: str) -> list[int]:
    """The same for a whole run and, before it, for the process that conducts it, which would start cells anew."""
    return _kill(lambda: conductors_of(run)) + end(run)


def conductors_of(run: str) -> list[int]:
    """The processes that started cells of ``run`` and still hold the other end of their lifelines."""
    return sorted({parent for pid in of_run(run) if (pipe := _lifeline_of(pid)) and pipe in _pipes_of(parent := _parent_of(pid))})


def _kill(left: Callable[[], list[int]]) -> list[int]:
    until = time.monotonic() + _GONE_S
    while (those := left()) and time.monotonic() < until:
        for pid in those:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    return those


def _lifeline_of(pid: int) -> str:
    """The pipe that a cell's process was given as its lifeline; empty for any other process."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
        if _LIFELINE in words:
            return str(Path(f"/proc/{pid}/fd/{words[words.index(_LIFELINE) + 1]}").readlink())
    return ""


def _pipes_of(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(each.readlink()))
    return found


def _parent_of(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    return 0


def _environments() -> list[tuple[int, set[bytes]]]:
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            with suppress(OSError):
                found.append((int(place.name), set((place / "environ").read_bytes().split(b"\0"))))
    return found
