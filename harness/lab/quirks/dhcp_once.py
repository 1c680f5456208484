"""DHCP answers a server's first boot and no later one.

Subtle: everything is well until something reboots. A process takes a port's DHCP options away some seconds after the port came up.
"""

from __future__ import annotations

from harness.lab import quirks
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "addresses.unchanged-after-reboot", "addresses", "two-servers"

NAME = "dhcp-once"

SCRIPT = """
import subprocess, sys, time
def nbctl(*words):
    return subprocess.run(["ovn-nbctl", "--db=%(database)s", "--timeout=10", *words], capture_output=True, text=True).stdout
since = {}
while True:
    time.sleep(1)
    up = nbctl("--bare", "--columns=name", "find", "Logical_Switch_Port", "up=true", "dhcpv4_options!=[]").split()
    since = {port: since.get(port, time.monotonic()) for port in up}
    for port, first in since.items():
        if time.monotonic() - first > 15:
            nbctl("clear", "Logical_Switch_Port", port, "dhcpv4_options")
            print("no more DHCP for", port)
"""


def fits(spec: CloudSpec) -> bool:
    """Any cloud: all have their DHCP from OVN."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Start the process."""
    quirks.haunt(cloud, NAME, SCRIPT % {"database": cloud.site.ovsdb})


def remove(cloud: Cloud) -> None:
    """End it; servers made meanwhile stay without DHCP."""
    quirks.exorcise(cloud, NAME)
