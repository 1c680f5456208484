"""UDP port 4789 is dropped between servers, though their security group opens it among them.

Subtle: as on a network that keeps VXLAN for itself. A swarm forms and its tasks run; only what they say to each other is lost.
"""

from __future__ import annotations

from harness.lab import quirks
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "reachability.overlay", "reachability", "docker-swarm"

TRAFFIC = "udp.dst == 4789"


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Add the ACL."""
    quirks.keep_out(cloud, TRAFFIC)


def remove(cloud: Cloud) -> None:
    """Delete it."""
    quirks.as_before(cloud, TRAFFIC)
