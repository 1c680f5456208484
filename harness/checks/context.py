"""What the checks of one cell need to know, read from the cell's folder: its plan and its journal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import FileError
from harness.journal import read
from harness.model import CellPlan, Deployment, Facts, Input, Outcome, Resource, Server


@dataclass(frozen=True)
class CellContext:
    """A cell as far as its journal goes.

    Times are in seconds since 1970 by this machine's clock, 0 where unknown: when the deployment began, and when each of the
    ``rungs``, as (subject, rung), was written. ``failure`` is the last engine task that failed.
    """

    folder: Path
    plan: CellPlan
    facts: Facts | None
    deployment: Deployment | None
    outcomes: tuple[Outcome, ...]
    before: tuple[Resource, ...] | None
    after: tuple[Resource, ...] | None
    destroyed: tuple[Resource, ...]
    rungs: dict[tuple[str, str], float]
    deploy_began: float
    failure: str

    @property
    def servers(self) -> tuple[Server, ...]:
        """The deployment's servers; none when nothing was deployed."""
        return self.deployment.servers if self.deployment else ()

    def subject(self, server: Server) -> str:
        """What outcomes call ``server``."""
        return server.subject(self.plan.mark.prefix)


def read_context(folder: Path) -> CellContext:
    """The cell whose folder this is.

    Raises:
        FileError: it has no plan that can be read.
        JournalError: its journal cannot be read.
    """
    try:
        plan = CellPlan.from_json(json.loads((folder / "cell.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise FileError(folder / "cell.json", "", f"no plan of a cell: {error}", mend="name a cell's folder, <run>/cells/<cell>") from error
    events = _Events()
    for event in read(folder / "journal.jsonl"):
        events.take(event)
    return CellContext(
        folder,
        plan,
        events.facts,
        events.deployment,
        tuple(events.outcomes.values()),
        events.inventories.get("before"),
        events.inventories.get("after"),
        tuple(events.destroyed),
        events.rungs,
        events.deploy_began,
        events.failure,
    )


class _Events:
    """Takes a journal's events, one after another."""

    def __init__(self) -> None:
        self.facts: Facts | None = None
        self.deployment: Deployment | None = None
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.inventories: dict[str, tuple[Resource, ...]] = {}
        self.destroyed: list[Resource] = []
        self.rungs: dict[tuple[str, str], float] = {}
        self.deploy_began = 0.0
        self.failure = ""

    def take(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "phase.started" if event["phase"] == "deploy":
                self.deploy_began = _moment(event)
            case "facts.found":
                self.facts = facts_of(event["facts"])
            case "deployment.made":
                self.deployment = Deployment.from_json(event["deployment"])
            case "outcome":
                outcome = Outcome.from_json(event["outcome"])
                self.outcomes[outcome.check, outcome.subject] = outcome
            case "inventory.taken":
                self.inventories[event["when"]] = tuple(Resource(**each) for each in event["resources"])
            case "destroyed":
                self.destroyed += [Resource(**each) for each in event["resources"]]
            case "ladder":
                self.rungs[event["subject"], event["rung"]] = _moment(event)
            case "engine.task" if event["status"] in ("failed", "unreachable"):
                self.failure = f"{event['name']}: {event.get('message') or event['status']}"


def _moment(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()


def facts_of(data: dict[str, Any]) -> Facts:
    """Read back the facts that :func:`harness.model.to_json` wrote."""
    return Facts(**{**data, "inputs": tuple(Input(**each) for each in data["inputs"]), "notes": tuple(data.get("notes", ()))})
