"""The resolver that servers are told of does not answer.

dnsmasq on the cloud's gateway is ended; mending starts it again.
"""

from __future__ import annotations

from harness.lab import quirks
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "egress.names-resolve", "egress", "two-servers"


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """End it."""
    quirks.signal(cloud, "dnsmasq", "KILL")


def remove(cloud: Cloud) -> None:
    """Start it again."""
    quirks.restart(cloud, "dnsmasq")
