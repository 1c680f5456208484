"""A cell's checks, in a process of their own: they write their outcomes into the cell's journal as they come."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Thread
from typing import IO

from harness.cell.stop import Stop
from harness.checks.catalogue import SHIPPED
from harness.checks.command import command
from harness.errors import HarnessFault
from harness.manifest.finding import CHECKS
from harness.model import Phase
from harness.redact import redact

_RAN = (0, 1, 5)
_POLL_S = 0.1
_GRACE_S = 30
_FAULT = "INTERNALERROR> "


def folders_of(workload: Path) -> list[Path]:
    """Where the checks of a workload are: the shipped ones, and those that lie beside its payload."""
    own = workload / CHECKS
    return [SHIPPED, *([own] if own.is_dir() else [])]


def run_checks(cell: Path, phases: Iterable[Phase], folders: Iterable[Path], stop: Stop, limit_s: float) -> None:
    """Run the checks of ``phases`` against the cell whose folder is ``cell``.

    Raises:
        HarnessFault: they could not run, or did not end within ``limit_s`` seconds.
        Interrupted: the cell was told to stop meanwhile; the checks were, too.
    """
    arguments, environment = command(cell, phases, folders)
    until = time.monotonic() + limit_s
    said: list[str] = []
    overdue = False
    with subprocess.Popen(
        arguments, cwd=cell, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        reader = Thread(target=_copy, args=(process.stdout, cell / "checks.log", said), daemon=True)
        reader.start()
        while process.poll() is None:
            overdue = time.monotonic() > until
            if stop.requested or overdue:
                _end(process)
            time.sleep(_POLL_S)
        reader.join(timeout=_GRACE_S)
    stop.check()
    if overdue:
        raise HarnessFault(
            f"the checks had not ended after {limit_s:.0f} s, the cell's own deadline", mend="raise limits.cell in the scenario"
        )
    if process.returncode not in _RAN:
        why = f"pytest ended with {process.returncode}): {_reason(said)}"
        raise HarnessFault(f"the checks could not run ({why}", mend=f"read {cell / 'checks.log'}")


def _reason(said: list[str]) -> str:
    """What pytest says of a file that cannot be collected, or of a fault; else its last words."""
    lines = [line.strip() for line in said if line.strip()]
    files = [line.removeprefix("ERROR ") for line in lines if line.startswith("ERROR ")]
    errors = [line.removeprefix("E ").strip() for line in lines if line.startswith("E  ")]
    faults = [line.removeprefix(_FAULT) for line in lines if line.startswith(_FAULT) and line.removeprefix(_FAULT)[:1].strip()]
    return " / ".join([*files, *errors[-1:]] if files else faults[-1:] or lines[-5:])


def _end(process: subprocess.Popen[str]) -> None:
    """Ask politely, so that what is under way can be written; then insist."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _copy(source: IO[str], target: Path, said: list[str]) -> None:
    with target.open("a", encoding="utf-8") as log:
        for line in source:
            log.write(redact(line))
            log.flush()
            said.append(redact(line))
