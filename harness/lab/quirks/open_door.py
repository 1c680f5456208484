"""Security groups are not enforced: every port of every server is open to everybody.

An ACL above those that Neutron wrote lets all traffic to servers through.
"""

from __future__ import annotations

from harness.lab import quirks
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "security-groups.unlisted-port", "security-groups", "two-servers"

TRAFFIC = "ip"


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Add the ACL."""
    quirks.let_in(cloud, TRAFFIC)


def remove(cloud: Cloud) -> None:
    """Delete it."""
    quirks.as_before(cloud, TRAFFIC)
