"""neutron-ovn-metadata-agent: leads servers' questions to Nova's metadata service."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from .home import Home, enter

MODULES = (
    "neutron.cmd.agents.ovn_metadata",  # first: it chooses native threads
    "neutron.agent.ovn.metadata_agent",
    "neutron.privileged",
    "neutron.agent.linux.ip_lib",
)

IMPORTS_EVENTLET = True
"""oslo.service's WSGI server does, though the agent that uses it runs with native threads."""


def serve(home: Home) -> None:
    """Run the agent in the cloud's network namespace, with its privileged code in this process: it is root's already."""
    home.wait_for_switch()
    enter(home.cloud)
    privileged = import_module("neutron.privileged")
    contexts = [value for value in vars(privileged).values() if hasattr(value, "set_client_mode")]
    for context in contexts:
        context.set_client_mode(False)
    without_offload(import_module("neutron.agent.ovn.metadata.agent").MetadataAgent)
    sys.argv = ["neutron-ovn-metadata-agent", "--config-file", home.config("metadata.conf")]
    import_module("neutron.cmd.agents.ovn_metadata").main()


def without_offload(agent: Any) -> None:
    """Have ``agent`` switch transmit offloads off on each interface it makes: the userspace datapath drops what needs them."""
    provision = agent.provision_datapath

    def provision_datapath(self: Any, *args: Any, **options: Any) -> Any:
        result = provision(self, *args, **options)
        for namespace in Path("/run/netns").glob("ovnmeta-*"):
            script = "for tap in $(ls /sys/class/net | grep ^tap); do ethtool -K $tap tx off; done"
            subprocess.run(["ip", "netns", "exec", namespace.name, "sh", "-c", script], capture_output=True, check=False)
        return result

    agent.provision_datapath = provision_datapath
