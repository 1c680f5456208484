"""The files that people write: a workload's manifest, an overlay, a scenario. Whatever is wrong in one is said once, and clearly."""

from harness.manifest.finding import digest, find_scenario, find_workload, names
from harness.manifest.scenario import Participant, Require, Scenario, read_scenario
from harness.manifest.workload import InputSpec, Overlay, Workload, read_overlay, read_workload

__all__ = [
    "InputSpec",
    "Overlay",
    "Participant",
    "Require",
    "Scenario",
    "Workload",
    "digest",
    "find_scenario",
    "find_workload",
    "names",
    "read_overlay",
    "read_scenario",
    "read_workload",
]
