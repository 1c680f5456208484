"""A floating address is given and shown as ACTIVE, but nothing that comes to it reaches the server.

Flows on the external bridge drop what opens a conversation from outside; what servers begin themselves goes on.
"""

from __future__ import annotations

from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "reachability.public-answers", "reachability", "two-servers"

COOKIE = "cookie=0x52"


def fits(spec: CloudSpec) -> bool:
    """Where there are floating addresses."""
    return spec.networks.kind == "project"


def apply(cloud: Cloud) -> None:
    """Add the flows."""
    for outside in (cloud.spec.gateway, cloud.spec.api_address):
        there = f"{COOKIE},priority=1000,nw_src={outside},nw_dst={cloud.spec.outside}"
        cloud.ofctl("add-flow", "br-ex", f"{there},tcp,tcp_flags=+syn-ack,actions=drop")
        cloud.ofctl("add-flow", "br-ex", f"{there},icmp,icmp_type=8,actions=drop")


def remove(cloud: Cloud) -> None:
    """Delete them."""
    cloud.ofctl("del-flows", "br-ex", f"{COOKIE}/-1")
