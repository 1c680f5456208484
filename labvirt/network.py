"""Lead a port of Neutron into a guest: a veth pair from the integration bridge to its network namespace, or to a tap that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labvirt.conf import CONF
from labvirt.shell import run

__all__ = ["Namespace", "Tap", "device_name", "tap_name"]


def tap_name(port: str) -> str:
    """The bridge's end, named as Neutron expects."""
    return f"tap{port[:11]}"


def device_name(index: int) -> str:
    """The guest's end."""
    return f"eth{index}"


def ovs(*command: str, check: bool = True) -> str:
    """ovs-vsctl on the cloud's database."""
    return run("ovs-vsctl", f"--db={CONF.lab.ovsdb}", "--timeout=10", *command, check=check)


def connect(vif: dict[str, Any], uuid: str) -> None:
    """Put a port's bridge end on the integration bridge and say whose it is; does nothing twice."""
    tap = tap_name(vif["id"])
    ids = {"iface-id": vif["id"], "attached-mac": vif["address"], "vm-uuid": uuid, "iface-status": "active"}
    settings = [f'external_ids:{key}="{value}"' for key, value in ids.items()]
    ovs("--may-exist", "add-port", CONF.lab.bridge, tap, "--", "set", "Interface", tap, *settings)


def disconnect(port: str) -> None:
    """Take a port from the integration bridge, and its bridge end away."""
    tap = tap_name(port)
    ovs("--if-exists", "del-port", CONF.lab.bridge, tap, check=False)
    run("ip", "-n", CONF.lab.namespace, "link", "delete", tap, check=False)


def mtu_of(vif: dict[str, Any]) -> str:
    """The MTU of a port's network."""
    return str(vif["network"].get_meta("mtu") or 1500)


def exists(device: str) -> bool:
    """Whether the cloud's network namespace has an interface of that name."""
    return bool(run("ip", "-n", CONF.lab.namespace, "-brief", "link", "show", device, check=False))


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
        device, mtu = device_name(index), mtu_of(vif)
        if not exists(tap):
            run("ip", "link", "add", tap, "mtu", mtu, "netns", outside, "type", "veth", "peer", "name", device, "netns", self.name)
            run("ip", "-n", self.name, "link", "set", device, "address", vif["address"], "mtu", mtu)
            # a userspace datapath neither completes checksums nor cuts segments that the guest's kernel left to hardware
            run("ip", "netns", "exec", self.name, "ethtool", "-K", device, "tx", "off")
            run("ip", "-n", outside, "link", "set", tap, "addrgenmode", "none", "up")
            ovs("--if-exists", "del-port", CONF.lab.bridge, tap)  # the switch would go on with an interface of that name that is gone
        connect(vif, uuid)

    @staticmethod
    def unplug(port: str) -> None:
        """Take a port from the bridge and from the guest."""
        disconnect(port)


class Tap:
    """A port as a tap of the cloud's network namespace, which a process there reads.

    What a tap's reader sends may lack its checksum or be longer than a packet, which a userspace datapath passes on as it is. So the tap
    is led through a bridge of the kernel's and a veth pair without offloads, where the kernel completes both.
    """

    def __init__(self, port: str) -> None:
        self.port = port
        self.name, self._bridge, self._wire = (f"{letter}{port[:11]}" for letter in "ubw")

    def plug(self, vif: dict[str, Any], uuid: str) -> None:
        """Make it and connect it; does nothing twice."""
        tap, mtu = tap_name(self.port), mtu_of(vif)
        if not exists(tap):
            self.unplug()
            self._ip("tuntap", "add", self.name, "mode", "tap")
            self._ip("link", "add", self._bridge, "type", "bridge")
            self._ip("link", "add", self._wire, "type", "veth", "peer", "name", tap)
            run("ip", "netns", "exec", CONF.lab.namespace, "ethtool", "-K", self._wire, "tx", "off")
            for end in (self.name, self._wire):
                self._ip("link", "set", end, "master", self._bridge)
            for device in (self.name, self._wire, self._bridge, tap):
                self._ip("link", "set", device, "mtu", mtu, "addrgenmode", "none", "up")
        connect(vif, uuid)

    def unplug(self) -> None:
        """Take it from the switch, and away."""
        disconnect(self.port)
        for device in (self.name, self._bridge):
            self._ip("link", "delete", device, check=False)

    @staticmethod
    def _ip(*command: str, check: bool = True) -> None:
        run("ip", "-n", CONF.lab.namespace, *command, check=check)
