"""A machine with a kernel of its own, by user-mode Linux: an ordinary process, which needs no hardware for virtual machines."""

# ruff: noqa: ARG002 -- a kind of guest takes what another needs
from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from nova import exception
from nova.compute import power_state
from oslo_log import log

from labvirt import image, kernel, mconsole
from labvirt.conf import CONF
from labvirt.folder import Folder
from labvirt.network import Tap
from labvirt.shell import run, wait_until

__all__ = ["Guest", "prepare"]

LOG = log.getLogger(__name__)

SUPERVISOR = Path(__file__).parents[1] / "supervise.py"
MEMORY = "/dev/shm"  # noqa: S108  # where the kernel keeps its memory, in a file without a name; it ends with its process
STARTED_WITHIN_S = 10
KILLED_WITHIN_S = 20
SYNCED_WITHIN_S = 30
SYNCED = b"Emergency Sync complete"
"""The kernel's word on its console; it is not told to a console that wants errors alone."""

# who starts it may be killed at any moment: so it says itself which process it is, the one whose end is that of all its others
LAUNCH = 'cut -d" " -f1,22 "/proc/$$/stat" >"$0.new"; mv "$0.new" "$0"; exec unshare --pid --fork --kill-child --mount-proc "$@"'


def prepare(base: Path) -> None:
    """Put the modules into an image."""
    kernel.with_modules(base)


class Guest:
    """One machine: a supervisor in a process namespace of its own, and below it the kernel, of which there is one processor."""

    def __init__(self, instance: Any, folder: Folder) -> None:
        self.instance = instance
        self.folder = folder
        self.disk = folder / "disk"

    def create(self, base: Path) -> None:
        """A disk of the flavor's size with the image and the kernel's modules on it."""
        image.check_fits(base, self.instance.flavor.root_gb)
        run("cp", "--sparse=always", kernel.with_modules(base), self.disk)
        self._enlarge(self.instance.flavor.root_gb)

    def plug(self, vif: dict[str, Any], index: int) -> None:
        """Connect a port; a running guest sees it when it is switched on again."""
        Tap(vif["id"]).plug(vif, self.instance.uuid)
        self.folder.keep(macs=self.folder.state.get("macs", {}) | {vif["id"]: vif["address"]})

    def unplug(self, port: str) -> None:
        """Disconnect a port."""
        Tap(port).unplug()

    def start(self, base: Path) -> None:
        """Boot it."""
        if self._alive():
            return
        for stale in (self._stopping, self._paused, self._process):
            stale.unlink(missing_ok=True)
        run("rm", "--recursive", "--force", self._console.parent)
        self._make_drive()
        command = self._command()
        self.folder.keep(command=command)
        supervisor = ("/usr/bin/python3", "-I", "-S", str(SUPERVISOR), str(self._log), str(self._stopping))
        subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{CONF.lab.namespace}", "sh", "-ec", LAUNCH, str(self._process), *supervisor, *command],
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder.path), "TMPDIR": MEMORY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if not wait_until(self._process.exists, STARTED_WITHIN_S):
            raise exception.InstancePowerOnFailure(reason="its process was not started")

    def stop(self, limit_s: int) -> None:
        """Shut down cleanly in time, or kill."""
        if limit_s and self.power_state() == power_state.RUNNING:
            self._stopping.touch()
            self._press_keys()
            wait_until(lambda: not self._alive(), limit_s)
        if self._alive():
            os.kill(self._pid_and_start()[0], signal.SIGKILL)
            wait_until(lambda: not self._alive(), KILLED_WITHIN_S)

    def restart(self) -> bool:
        """Ask process 1 to reboot, and wait until the kernel was started anew.

        Its interfaces are arguments of the kernel's. Where it has others by now it is shut down instead, to be switched on with them.
        """
        if self.folder.state.get("command") != self._command():
            self.stop(CONF.lab.soft_reboot_s)
            return False
        before = self._boot()
        if not before or not self._press_keys():
            return False
        return wait_until(lambda: self._boot() not in {0, before}, CONF.lab.soft_reboot_s)

    def pause(self) -> None:
        """Stop the kernel."""
        mconsole.ask(self._console, "stop")
        self._paused.touch()

    def unpause(self) -> None:
        """Let it go on."""
        mconsole.ask(self._console, "go")
        self._paused.unlink(missing_ok=True)

    def power_state(self) -> int:
        """By its process, and by whether it was paused."""
        if not self._alive():
            return int(power_state.SHUTDOWN)
        return int(power_state.PAUSED if self._paused.exists() else power_state.RUNNING)

    def grow(self, disk_gb: int) -> None:
        """Make the disk larger."""
        kernel.check(self.disk)
        self._enlarge(disk_gb)

    def pack(self, base: Path, out: Path) -> None:
        """Copy the disk while the kernel holds still, with all on it that was written."""
        running = self.power_state() == power_state.RUNNING
        if running:
            self._sync()
            self.pause()
        try:
            run("cp", "--sparse=always", self.disk, out)
        finally:
            if running:
                self.unpause()
        kernel.check(out)

    def unmount(self) -> None:
        """Nothing of it is mounted here."""

    def release(self) -> None:
        """All it has are files, interfaces and processes."""

    @property
    def _console(self) -> Path:
        """The kernel's management console."""
        return self.folder / "uml/u/mconsole"

    @property
    def _log(self) -> Path:
        """What the kernel writes to its console."""
        return self.folder / "console.log"

    @property
    def _stopping(self) -> Path:
        return self.folder / "stopping"

    @property
    def _process(self) -> Path:
        return self.folder / "process"

    @property
    def _paused(self) -> Path:
        return self.folder / "paused"

    def _press_keys(self) -> bool:
        """Ctrl-Alt-Del; whether there was a kernel to notice."""
        try:
            mconsole.ask(self._console, "cad")
        except mconsole.ConsoleError:
            return False
        return True

    def _sync(self) -> None:
        """Have on the disk all that was written; the console answers as soon as that has begun."""
        said = self._log.stat().st_size
        mconsole.ask(self._console, "sysrq s")
        if not wait_until(lambda: SYNCED in self._said_since(said), SYNCED_WITHIN_S):
            LOG.warning("not synced within %d s: a copy may lack what was written last", SYNCED_WITHIN_S, instance=self.instance)

    def _said_since(self, length: int) -> bytes:
        """What the kernel wrote to its console after that many bytes."""
        with self._log.open("rb") as log_file:
            log_file.seek(length)
            return log_file.read()

    def _alive(self) -> bool:
        pid, started = self._pid_and_start()
        return bool(pid) and _started(pid) == started

    def _pid_and_start(self) -> tuple[int, int]:
        """Which process it is, as that wrote down itself; zeros when there was none."""
        try:
            pid, started = self._process.read_text(encoding="ascii").split()
        except (FileNotFoundError, ValueError):
            return 0, 0
        return int(pid), int(started)

    def _boot(self) -> int:
        """When the kernel was started last; 0 while there is none."""
        try:
            return self._console.with_name("pid").stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _enlarge(self, disk_gb: int) -> None:
        run("truncate", f"--size=>{disk_gb}G", self.disk)
        run("resize2fs", self.disk)

    def _make_drive(self) -> None:
        """The config drive as the kind of disk that a machine has: ISO 9660, labelled as Nova does."""
        folder = self.folder / "config-drive"
        if folder.exists():
            run("genisoimage", "-quiet", "-J", "-r", "-V", "config-2", "-o", self._drive, folder)

    @property
    def _drive(self) -> Path:
        return self.folder / "config-drive.iso"

    def _command(self) -> list[str]:
        """The kernel's command line; what is not for the kernel is for process 1."""
        ports, macs = self.folder.state["ports"], self.folder.state.get("macs", {})
        # without gro TCP stalls
        nics = [
            f"vec{index}:transport=tap,ifname={Tap(port).name},mac={macs[port]},depth=128,gro=1"
            for index, port in enumerate(ports)
            if port in macs
        ]
        drives = [f"ubdbr={self._drive}"] if self._drive.exists() else []
        return [
            str(kernel.PROGRAM),
            f"mem={self.instance.flavor.memory_mb}M",
            f"ubda={self.disk}",
            *drives,
            *nics,
            "root=/dev/ubda",
            "rw",
            "noreboot",  # the supervisor does it
            "umid=u",
            f"uml_dir={self.folder / 'uml'}/",
            "con=null",
            "con0=null,fd:1",
            "ssl=null",
            "net.ifnames=0",
            "systemd.show_status=1",
            'product_name="OpenStack Nova"',  # how cloud-init recognises Nova where there is no DMI
        ]


def _started(pid: int) -> int:
    """When a process was started, in clock ticks since the machine was; 0 for one that is no more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in {"Z", "X"} else int(fields[19])
