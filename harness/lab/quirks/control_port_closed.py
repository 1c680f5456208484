"""A rule that opens a port to another security group is not kept: TCP port 2377 stays closed to everybody.

The API shows the rule. The manager of a swarm opens that port to the members' group, and nobody can join.
"""

from __future__ import annotations

from harness.lab import quirks
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "security-groups.members-port", "security-groups", "docker-swarm"

TRAFFIC = "tcp.dst == 2377"


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Add the ACL."""
    quirks.keep_out(cloud, TRAFFIC)


def remove(cloud: Cloud) -> None:
    """Delete it."""
    quirks.as_before(cloud, TRAFFIC)
