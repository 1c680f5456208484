"""A cell's folder as the plugin reads it, made for tests."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.journal import Journal, read
from harness.model import CellPlan, Deployment, Endpoint, Facts, Outcome, Server, to_json

PLAN = CellPlan(
    run="20261121-083000-abcdefgh",
    cell="acme.two-servers",
    cloud="acme",
    config_file=None,
    netns=None,
    workload="two-servers",
    workload_folder="/nowhere",
    workload_digest="0" * 64,
    attempt=1,
    global_request_id="req-00000000-0000-0000-0000-000000000000",
    settings={},
    limits={},
    must_have=(),
    checks=(),
    keep=False,
)

FACTS = Facts("acme", "one", "demo", {}, "floating", "floating addresses can be made", "made", "networks can be made", ())


def server(name: str, **changes: Any) -> Server:
    """A server of the cell."""
    return replace(Server(f"id-{name}", f"{PLAN.mark.prefix}-{name}", name, "debian", "203.0.113.9"), **changes)


DEPLOYMENT = Deployment(
    servers=(server("one"), server("two")),
    endpoints=(Endpoint("page", "http://203.0.113.9/"),),
    branches={"address": "floating"},
    private_key="/nowhere/key",
    seconds=12.0,
)


def make_cell(folder: Path, deployment: Deployment | None = DEPLOYMENT, events: tuple[dict[str, Any], ...] = (), **plan: Any) -> Path:
    """A cell's folder with a plan and the journal of a deployment."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cell.json").write_text(json.dumps(to_json(replace(PLAN, **plan))))
    journal = Journal(folder / "journal.jsonl")
    journal.write("facts.found", facts=to_json(FACTS))
    if deployment:
        journal.write("deployment.made", deployment=to_json(deployment))
    for each in events:
        journal.write(**each)
    journal.close()
    return folder


def outcomes(folder: Path) -> dict[tuple[str, str], Outcome]:
    """What the journal says the checks came to, by check and subject, in order."""
    found = (Outcome.from_json(event["outcome"]) for event in read(folder / "journal.jsonl") if event["event"] == "outcome")
    return {(each.check, each.subject): each for each in found}
