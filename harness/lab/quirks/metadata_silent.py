"""The metadata service gives no answer: servers find nothing that initialises them.

Neutron's metadata agent is stopped (SIGSTOP), so that no server's question gets further than its own network.
"""

from __future__ import annotations

from harness.lab import quirks
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "initialisation.datasource", "initialisation", "two-servers"


def fits(spec: CloudSpec) -> bool:
    """Where there is such a service."""
    return spec.has_metadata_service


def apply(cloud: Cloud) -> None:
    """Stop the agent."""
    quirks.signal(cloud, "metadata", "STOP")


def remove(cloud: Cloud) -> None:
    """Let it go on."""
    quirks.signal(cloud, "metadata", "CONT")
