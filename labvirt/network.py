"""Lead a port of Neutron into a guest: a veth pair from the integration bridge to the guest's network namespace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labvirt.conf import CONF
from labvirt.shell import run

__all__ = ["Namespace", "device_name", "tap_name"]


def tap_name(port: str) -> str:
    """The bridge's end, named as Neutron expects."""
    return f"tap{port[:11]}"


def device_name(index: int) -> str:
    """The guest's end."""
    return f"eth{index}"


def ovs(*command: str, check: bool = True) -> str:
    """ovs-vsctl on the cloud's database."""
    return run("ovs-vsctl", f"--db={CONF.lab.ovsdb}", "--timeout=10", *command, check=check)


class Namespace:
    """A guest's network namespace; it outlives the guest's processes, so that a restart finds its interfaces."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def path(self) -> Path:
        """Where it is bound."""
        return Path("/run/netns") / self.name

    def make(self) -> None:
        """Make it once."""
        if not self.path.exists():
            run("ip", "netns", "add", self.name)
            run("ip", "-n", self.name, "link", "set", "lo", "up")

    def remove(self) -> None:
        """Remove it with all interfaces in it."""
        if self.path.exists():
            run("ip", "netns", "delete", self.name, check=False)

    def plug(self, vif: dict[str, Any], index: int, uuid: str) -> None:
        """Give the guest the interface of ``vif`` and tell the bridge whose it is; does nothing twice."""
        self.make()
        outside, tap = CONF.lab.namespace, tap_name(vif["id"])
        device, mtu = device_name(index), str(vif["network"].get_meta("mtu") or 1500)
        if not run("ip", "-n", outside, "-brief", "link", "show", tap, check=False):
            run("ip", "link", "add", tap, "mtu", mtu, "netns", outside, "type", "veth", "peer", "name", device, "netns", self.name)
            run("ip", "-n", self.name, "link", "set", device, "address", vif["address"], "mtu", mtu)
            # a userspace datapath neither completes checksums nor cuts segments that the guest's kernel left to hardware
            run("ip", "netns", "exec", self.name, "ethtool", "-K", device, "tx", "off")
            run("ip", "-n", outside, "link", "set", tap, "addrgenmode", "none", "up")
            ovs("--if-exists", "del-port", CONF.lab.bridge, tap)  # the switch would go on with an interface of that name that is gone
        ids = {"iface-id": vif["id"], "attached-mac": vif["address"], "vm-uuid": uuid, "iface-status": "active"}
        settings = [f'external_ids:{key}="{value}"' for key, value in ids.items()]
        ovs("--may-exist", "add-port", CONF.lab.bridge, tap, "--", "set", "Interface", tap, *settings)

    @staticmethod
    def unplug(port: str) -> None:
        """Take a port from the bridge and from the guest."""
        tap = tap_name(port)
        ovs("--if-exists", "del-port", CONF.lab.bridge, tap, check=False)
        run("ip", "-n", CONF.lab.namespace, "link", "delete", tap, check=False)
