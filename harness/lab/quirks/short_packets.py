"""Full-size packets between servers vanish without a word, as on an underlay whose MTU is too small.

Subtle: logins, small pages and the outside work. A flow before the switch's last table drops what is larger than 1,300 bytes
when both ends are servers of a project network.
"""

from __future__ import annotations

from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "addresses.full-size-packets", "addresses", "two-servers"

LAST_STEP, TO_WIRE, OURS = 64, 65, 251
"""OVN's tables before the output (it saves the input port in 64 and puts out in 65), and a table that OVN does not use."""

LOOPBACK = 1
"""OVN's flag of what goes back to the port that it came from, such as its own answers to DHCP; that takes another way."""

LARGEST = 1300 + 14
PROJECTS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
COOKIE = "cookie=0x51"


def fits(spec: CloudSpec) -> bool:
    """Where projects make networks: there both ends of a packet tell that it never leaves the network."""
    return spec.networks.kind == "project"


def apply(cloud: Cloud) -> None:
    """Add the flows."""
    for network in PROJECTS:
        between = f"table={LAST_STEP},priority=60000,reg10=0/{LOOPBACK},ip,nw_src={network},nw_dst={network}"
        measure = f"check_pkt_larger({LARGEST})->NXM_NX_REG10[31],resubmit(,{OURS})"
        cloud.ofctl("add-flow", "br-int", f"{COOKIE},{between},actions={measure}")
    cloud.ofctl("add-flow", "br-int", f"{COOKIE},table={OURS},priority=2,reg10=0x80000000/0x80000000,actions=drop")
    cloud.ofctl("add-flow", "br-int", f"{COOKIE},table={OURS},priority=1,actions=resubmit(,{TO_WIRE})")


def remove(cloud: Cloud) -> None:
    """Delete them."""
    cloud.ofctl("del-flows", "br-int", f"{COOKIE}/-1")
