"""The database's port is open to everybody, though its security group admits the web servers alone.

Subtle: everything works, and every other port is as closed as the rules say.
"""

from __future__ import annotations

from harness.lab import quirks
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "security-groups.members-port", "security-groups", "lampstack"

TRAFFIC = "tcp.dst == 3306"


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Add the ACL."""
    quirks.let_in(cloud, TRAFFIC)


def remove(cloud: Cloud) -> None:
    """Delete it."""
    quirks.as_before(cloud, TRAFFIC)
