"""Plans of cells and rounds, as short as can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.clouds.config import CloudEntry
from harness.manifest import Scenario
from harness.model import CellPlan
from harness.rounds.plan import Round

RUN = "20260101T000000Z-0a1b2c3d"


def cell_plan(cloud: str = "acme", attempt: int = 1, **more: Any) -> CellPlan:
    """A cell of the workload ``pair``."""
    known: dict[str, Any] = {
        "run": RUN,
        "cell": f"{cloud}.pair" + (f".{attempt}" if attempt > 1 else ""),
        "cloud": cloud,
        "config_file": None,
        "netns": None,
        "workload": "pair",
        "workload_folder": "/nowhere",
        "workload_digest": "sha256:0",
        "attempt": attempt,
        "global_request_id": "req-1",
        "settings": {},
        "limits": {"cell": {"limit": 60}},
        "must_have": (),
        "checks": (),
        "keep": False,
    }
    return CellPlan(**{**known, **more})


def round_of(folder: Path, clouds: list[CloudEntry], attempts: int = 1, jobs: int | None = None) -> Round:
    """A round of ``pair`` on ``clouds``."""
    cells = tuple(cell_plan(cloud.name, attempt) for cloud in clouds for attempt in range(1, attempts + 1))
    scenario = Scenario(title="T", workloads=["pair"])
    return Round(RUN, folder / RUN, "pair", scenario, "", tuple(clouds), (), (), (), cells, jobs)
