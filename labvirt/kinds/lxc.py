"""A system container with an init system of its own, by LXC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nova import exception
from nova.compute import power_state

from labvirt import image, limits
from labvirt.conf import CONF
from labvirt.disk import Disk
from labvirt.folder import Folder
from labvirt.network import Namespace
from labvirt.shell import run, wait_until

__all__ = ["Guest"]

CLEAN_INTERFACES = """#!/bin/sh
# a virtual machine's interfaces lose their settings when it restarts; these outlive the container
for device in $(ls /sys/class/net) $(ip -brief link | cut -d@ -f1 | cut -d' ' -f1); do
  case $device in eth*) ip link set "$device" down; ip address flush dev "$device" ;; esac
done 2>/dev/null
exit 0
"""

MACHINE = Path("/proc/cpuinfo")
"""What a guest would see of the machine's processors; its quota is that of its flavor."""

STATES = {"RUNNING": power_state.RUNNING, "FROZEN": power_state.PAUSED, "FREEZING": power_state.PAUSED}


class Guest:
    """One container. Its network namespace is made beforehand and kept, and LXC is always called inside of it."""

    def __init__(self, instance: Any, folder: Folder) -> None:
        self.instance = instance
        self.folder = folder
        self.disk = Disk(folder)
        self.name = instance.uuid[:13]
        self.namespace = Namespace(f"g-{self.name}")

    def create(self, base: Path) -> None:
        """Make the upper layer, at least as large as the flavor's disk."""
        image.check_fits(base, self.instance.flavor.root_gb)
        self.disk.make(self.instance.flavor.root_gb)
        self.disk.assemble(base)

    def plug(self, vif: dict[str, Any], index: int) -> None:
        """Connect a port."""
        self.namespace.plug(vif, index, self.instance.uuid)

    def unplug(self, port: str) -> None:
        """Disconnect a port."""
        self.namespace.unplug(port)

    def start(self, base: Path) -> None:
        """Mount the root and boot it."""
        if self.power_state() != power_state.SHUTDOWN:
            return
        self.namespace.make()
        self.disk.assemble(base)
        self._configure()
        self._lxc("lxc-start", "--daemon", "--logfile", str(self.folder / "lxc.log"), "--logpriority", "INFO")

    def stop(self, limit_s: int) -> None:
        """Shut down cleanly in time, or kill."""
        state = self.power_state()
        if state == power_state.SHUTDOWN:
            return
        if limit_s and state == power_state.RUNNING:
            self._lxc("lxc-stop", "--timeout", str(limit_s), limit_s=limit_s + 30)
        else:
            self._lxc("lxc-stop", "--kill")

    def restart(self) -> bool:
        """Ask process 1 to reboot, and wait until there is another process 1."""
        before = self._init()
        if not before:
            return False
        self._lxc("lxc-stop", "--reboot", "--nokill", check=False)
        return wait_until(lambda: self._init() not in {0, before}, CONF.lab.soft_reboot_s)

    def pause(self) -> None:
        """Freeze all its processes."""
        self._lxc("lxc-freeze")

    def unpause(self) -> None:
        """Thaw them."""
        self._lxc("lxc-unfreeze")

    def power_state(self) -> int:
        """As LXC reports it."""
        if not self.namespace.path.exists() or not self._configuration.exists():
            return int(power_state.SHUTDOWN)
        return int(STATES.get(self._lxc("lxc-info", "--state", "--no-humanize", check=False), power_state.SHUTDOWN))

    def grow(self, disk_gb: int) -> None:
        """Make the upper layer larger."""
        self.disk.grow(disk_gb)

    def pack(self, base: Path, out: Path) -> None:
        """Copy the merged root while everything in it is frozen."""
        self.disk.assemble(base)
        running = self.power_state() == power_state.RUNNING
        if running:
            self.pause()
        try:
            image.pack(self.disk.root, out)
        finally:
            if running:
                self.unpause()

    def unmount(self) -> None:
        """Unmount the layers of its root, of which one is about to be copied."""
        self.disk.write_out()
        self.disk.take_apart()

    def release(self) -> None:
        """Unmount, and remove the network namespace."""
        self.disk.take_apart()
        self.namespace.remove()

    @property
    def _configuration(self) -> Path:
        return Path(self.folder / "lxc", self.name, "config")

    def _init(self) -> int:
        """Process 1 of the guest as seen from here; 0 when there is none."""
        number = self._lxc("lxc-info", "--pid", "--no-humanize", check=False)
        return int(number) if number.isdigit() else 0

    def _lxc(self, tool: str, *arguments: str, check: bool = True, limit_s: float = 120) -> str:
        if not self.namespace.path.exists():
            raise exception.InstanceNotRunning(instance_id=self.instance.uuid)
        inside = ("nsenter", f"--net={self.namespace.path}", tool, "--name", self.name, "--lxcpath", str(self.folder / "lxc"))
        return run(*inside, *arguments, check=check, limit_s=limit_s)

    def _configure(self) -> None:
        """Write LXC's configuration; the flavor and the hostname may have changed since the last start."""
        hook = self.folder / "clean-interfaces"
        hook.write_text(CLEAN_INTERFACES, encoding="utf-8")
        hook.chmod(0o755)
        cpuinfo = self.folder / "cpuinfo"
        cpuinfo.write_text(limits.processors(MACHINE.read_text(encoding="utf-8"), self.instance.flavor.vcpus), encoding="utf-8")
        lines = [
            f"lxc.uts.name = {limits.nodename(self.instance.hostname or '')}",
            f"lxc.rootfs.path = dir:{self.disk.root}",
            "lxc.namespace.keep = net user",  # with net alone LXC would make a user namespace
            "lxc.init.cmd = /sbin/init systemd.show_status=1",
            "lxc.environment = product_name=OpenStack Nova",  # how cloud-init recognises Nova where there is no DMI
            "lxc.mount.auto = proc:rw sys:rw cgroup:rw:force",
            "lxc.apparmor.profile = unconfined",
            "lxc.cap.drop =",
            "lxc.pty.max = 256",
            "lxc.tty.max = 0",
            "lxc.autodev = 1",
            "lxc.signal.halt = SIGRTMIN+3",
            f"lxc.console.logfile = {self.folder / 'console.log'}",
            f"lxc.hook.pre-start = {hook}",
            f"lxc.mount.entry = {cpuinfo} proc/cpuinfo none bind,ro 0 0",
            *limits.configuration(self.instance.flavor.memory_mb, self.instance.flavor.vcpus),
        ]
        drive = self.folder / "config-drive"
        if drive.exists():
            lines.append(f"lxc.mount.entry = {drive} config-drive none bind,ro,create=dir 0 0")
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text("\n".join([*lines, ""]), encoding="utf-8")
