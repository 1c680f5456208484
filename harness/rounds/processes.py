"""The processes of a cell, and what is left of them when the cell's own was killed: each carries the cell in its environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from harness.model import CellPlan

RUN_VARIABLE = "INTEROP_RUN"
CELL_VARIABLE = "INTEROP_CELL"
_GONE_S = 10.0


def start(folder: Path, plan: CellPlan, lifeline: int, *, clean_up: bool = False) -> subprocess.Popen[bytes]:
    """Start a cell's process, in a session of its own, so that the terminal's Ctrl-C does not reach it."""
    arguments = [sys.executable, "-m", "harness.cell", str(folder), "--lifeline", str(lifeline), *(["--clean-up"] if clean_up else [])]
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


def end(run: str, cell: str | None = None) -> None:
    """Kill what is left of a run's or a cell's processes, and wait until it is gone."""
    until = time.monotonic() + _GONE_S
    while (left := of_run(run, cell)) and time.monotonic() < until:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def _environments() -> list[tuple[int, set[bytes]]]:
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            with suppress(OSError):
                found.append((int(place.name), set((place / "environ").read_bytes().split(b"\0"))))
    return found
