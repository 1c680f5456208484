"""The database's port is open to everybody, though its security group admits the web servers alone.

Subtle: everything works, and every other port is as closed as the rules say.
"""

from __future__ import annotations

from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec
from harness.lab.quirks.open_door import EVERY_PORT

CHECK, FACET, WORKLOAD = "security-groups.members-port", "security-groups", "lampstack"

ACL = ("to-lport", "2000", f"outport == @{EVERY_PORT} && tcp.dst == 3306")


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Add the ACL."""
    cloud.nbctl("--type=port-group", "--may-exist", "acl-add", EVERY_PORT, *ACL, "allow-related")


def remove(cloud: Cloud) -> None:
    """Delete it."""
    cloud.nbctl("--type=port-group", "acl-del", EVERY_PORT, *ACL)
