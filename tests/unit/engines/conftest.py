from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from harness.engines import Job
from harness.journal import Journal, read

Events = Callable[[], list[dict[str, Any]]]


class Workbench:
    """A workload folder of one playbook, the job to deploy it, and the journal that it writes."""

    def __init__(self, folder: Path) -> None:
        self.workload = folder / "workload"
        self.workload.mkdir()
        self.private = folder / "engine"
        self.journal = Journal(folder / "journal.jsonl")

    def job(self, playbook: str, *, limit_s: float = 60, cancelled: Callable[[], bool] = lambda: False, **inputs: Any) -> Job:
        (self.workload / "site.yml").write_text(dedent(playbook))
        return Job(
            workload=self.workload,
            entry="site.yml",
            folder=self.private,
            shared=self.private.parent / "shared",
            cloud="acme",
            config_file=self.workload.parent / "clouds.yaml",
            inputs={"private_key_file": "/keys/cell", **inputs},
            journal=self.journal,
            limit_s=limit_s,
            cancelled=cancelled,
        )

    def tasks(self) -> list[dict[str, Any]]:
        return [event for event in read(self.journal.path) if event["event"] == "engine.task"]


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    bench = Workbench(tmp_path)
    yield bench
    bench.journal.close()
