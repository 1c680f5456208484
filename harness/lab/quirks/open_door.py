"""Security groups are not enforced: every port of every server is open to everybody.

An ACL above those that Neutron wrote lets all traffic to servers through.
"""

from __future__ import annotations

from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "security-groups.unlisted-port", "security-groups", "two-servers"

EVERY_PORT = "neutron_pg_drop"
"""Neutron's port group of all ports that have port security; its ACLs drop what no rule allows (at priority 1001)."""

ACL = ("to-lport", "2000", f"outport == @{EVERY_PORT} && ip")


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Add the ACL."""
    cloud.nbctl("--type=port-group", "--may-exist", "acl-add", EVERY_PORT, *ACL, "allow-related")


def remove(cloud: Cloud) -> None:
    """Delete it."""
    cloud.nbctl("--type=port-group", "acl-del", EVERY_PORT, *ACL)
