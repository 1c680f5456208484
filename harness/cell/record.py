"""The cell's journal in the cell's words: phases that are timed, resources that come and go."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from harness.cell.ending import Ending
from harness.journal import SCHEMA, Journal
from harness.model import CellPlan, Deployment, Facts, Resource, to_json
from harness.ownership import Leftovers


class Record:
    """Writes a cell's events."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.jsonl")

    def started(self, plan: CellPlan, engine: str) -> None:
        """The cell begins."""
        self.journal.write(
            "cell.started",
            schema=SCHEMA,
            cell=plan.cell,
            cloud=plan.cloud,
            workload=plan.workload,
            digest=plan.workload_digest,
            engine=engine,
            attempt=plan.attempt,
            mark=plan.mark.prefix,
            global_request_id=plan.global_request_id,
        )

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is done in a ``with``; ``ok`` says whether it came to its end."""
        self.journal.write("phase.started", phase=name)
        since, ok = time.monotonic(), False
        try:
            yield
            ok = True
        finally:
            self.journal.write("phase.finished", phase=name, seconds=round(time.monotonic() - since, 3), ok=ok)

    def facts(self, facts: Facts) -> None:
        """What was found on the cloud."""
        self.journal.write("facts.found", facts=to_json(facts))

    def inventory(self, when: str, resources: Iterable[Resource]) -> None:
        """What the project has, ``before`` or ``after``."""
        self.journal.write("inventory.taken", when=when, resources=[to_json(each) for each in resources])

    def deployment(self, deployment: Deployment) -> None:
        """What the engine returned, or what was found of it when it did not."""
        self.journal.write("deployment.made", deployment=to_json(deployment))

    def destroyed(self, word: str, resource: Resource) -> None:
        """One thing of ours is gone; that it is about to go is no event of its own, since the phase says so."""
        if word == "removed":
            self.journal.write("destroyed", resources=[to_json(resource)])

    def leftovers(self, leftovers: Leftovers) -> None:
        """How the inventories differ."""
        self.journal.write("leftovers", **to_json(leftovers))

    def note(self, text: str) -> None:
        """Something a reader should know."""
        self.journal.write("note", text=text)

    def finished(self, ending: Ending) -> None:
        """The cell's last event."""
        self.journal.write("cell.finished", **asdict(ending))
