"""A round on lab1 in the background: begun, watched, killed; ended and swept whatever becomes of the test."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.journal import follow
from harness.lab.processes import Process, end, with_descendants

from .conftest import Lab

KINDS = {
    "server": "Name",
    "port": "ID",
    "floating ip": "ID",
    "network": "Name",
    "subnet": "Name",
    "router": "Name",
    "security group": "Name",
    "keypair": "Name",
}


@contextmanager
def in_background(lab: Lab, scenario: str, reports: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A round in the background, with its reports in an empty folder."""
    command = lab.command("run", scenario, "--cloud", "lab1", "--reports", str(reports), *options)
    running = subprocess.Popen(command, env=lab.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield running
    except BaseException:
        running.terminate()
        running.communicate(timeout=180)
        for run in reports.glob("*/journal.jsonl"):
            lab.interop("sweep", "--cloud", "lab1", "--run", run.parent.name, "--yes", check=False)
        raise
    finally:
        running.communicate(timeout=240)


def folder_of(reports: Path) -> Path:
    """The folder of the only round under ``reports``."""
    return next(reports.glob("*/journal.jsonl")).parent


def until(holds: Callable[[], bool], limit_s: float) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.5)


def family(running: subprocess.Popen[str]) -> list[Process]:
    """A round's own process and all that it has started, the first first."""
    first = Process.of(running.pid)
    assert first is not None, "it has ended"
    return with_descendants([first])


def kill(processes: list[Process]) -> None:
    """``kill -9``; one that has ended by itself meanwhile is as dead."""
    assert end(processes, grace_s=0) == []


def what_there_is(lab: Lab, cloud: str = "lab1") -> dict[str, set[str]]:
    """Everything in the project of ``cloud``, by kind."""
    return {kind: {each[key] for each in lab.openstack(cloud, *kind.split(), "list")} for kind, key in KINDS.items()}


def told(reports: Path, event: str, **keys: str) -> bool:
    """Whether a cell of the only round under ``reports`` has recorded an ``event`` with these ``keys``."""
    return any(
        each["event"] == event and keys.items() <= each.items()
        for journal in reports.glob("*/cells/*/journal.jsonl")
        for each in follow(journal, 0)[0]
    )
