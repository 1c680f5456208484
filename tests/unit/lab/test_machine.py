from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import LabError
from harness.lab import machine
from harness.lab.cloudspec import find_specs
from harness.lab.paths import Cache

MOUNTS = (
    "20 1 254:0 / / rw - ext4 /dev/vda rw\n"
    "21 20 0:40 / /home rw - overlay overlay rw,lowerdir=/a\n"
    "22 20 0:41 / /mnt/with\\040space rw - fuse.sshfs host:/ rw\n"
)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_a_folder_is_on_the_file_system_that_is_mounted_nearest() -> None:
    assert machine.filesystem(Path("/var/cache/none"), MOUNTS) == "ext4"
    assert machine.filesystem(Path("/home/user/.cache"), MOUNTS) == "overlay"
    assert machine.filesystem(Path("/mnt/with space/a"), MOUNTS) == "fuse.sshfs"


def test_without_root_the_lab_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match="the lab needs root") as refused:
        machine.require_root()
    assert "sudo" in refused.value.mend


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("require", [machine.require_for_install, machine.require_for_bundle])
def test_a_processor_that_the_lab_does_not_run_on_is_refused_with_those_that_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, require: Callable[[Cache], None]
) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="ppc64le"))
    with pytest.raises(LabError, match="this machine's processor is of the kind ppc64le, which the lab does not run on") as refused:
        require(Cache(tmp_path))
    assert refused.value.mend == "use a machine with one of the kinds x86_64, aarch64, riscv64"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("root")
def test_a_folder_that_cannot_be_an_upper_layer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "filesystem", lambda *_: "overlay")
    with pytest.raises(LabError, match="is on overlay, which cannot be the upper layer") as refused:
        machine.require_for_bundle(Cache(tmp_path))
    assert "INTEROP_LAB_HOME" in refused.value.mend


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("driver", "node"), [("loop", "loop-control"), ("tun", "net/tun")])
def test_a_kernel_without_a_device_that_the_lab_needs_is_refused_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str, node: str
) -> None:
    absent = {f"/dev/{node}", f"/sys/class/misc/{Path(node).name}"}
    monkeypatch.setattr(Path, "exists", lambda path: str(path) not in absent)
    with pytest.raises(LabError, match=f"this machine's kernel offers no {driver} devices") as refused:
        machine.require_for_bundle(Cache(tmp_path))
    assert refused.value.mend == f"load them: `modprobe {driver}`"


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("place", ["/dev/net/tun", "/sys/class/misc/tun"])
def test_a_device_that_the_kernel_offers_is_enough_though_nobody_made_its_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    there = {"/dev/loop-control", place}
    monkeypatch.setattr(Path, "exists", lambda path: str(path) in there or not str(path).startswith(("/dev/", "/sys/")))
    monkeypatch.setattr(machine, "filesystem", lambda *_: "ext4")
    machine.require_for_bundle(Cache(tmp_path))


def test_a_disk_without_room_for_what_is_to_be_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    machine.require_for_making(Cache(tmp_path / "not" / "yet"), 1000)
    with pytest.raises(LabError, match=r"the lab's installation needs 1001 MB in .*, and 1000 MB are free") as refused:
        machine.require_for_making(Cache(tmp_path / "not" / "yet"), 1001)
    assert "INTEROP_LAB_HOME" in refused.value.mend


@pytest.mark.usefixtures("root")
def test_a_folder_that_no_search_path_can_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="has a colon in its name"):
        machine.require_for_install(Cache(tmp_path / "a:b"))


@pytest.mark.usefixtures("root")
def test_every_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="apt-get, apt-config, dpkg-deb"):
        machine.require_for_install(Cache(tmp_path))


def test_a_processs_inotify_instances_are_counted(tmp_path: Path) -> None:
    (tmp_path / "fd").mkdir()
    for number, target in enumerate(("anon_inode:inotify", "/dev/null", "anon_inode:inotify", "anon_inode:[eventpoll]")):
        (tmp_path / "fd" / str(number)).symlink_to(target)
    assert machine._inotify_instances(tmp_path) == 2
    assert machine._inotify_instances(tmp_path / "ended") == 0


def test_the_machines_limit_is_read() -> None:
    limit, used = machine.inotify_room()
    assert limit > 0
    assert 0 <= used <= limit


def test_too_little_room_for_servers_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "inotify_room", lambda: (128, 110))
    machine.require_for_servers(3)
    with pytest.raises(LabError, match=r"4 servers need 24 inotify instances, and of this machine's 128 .* 110 are") as refused:
        machine.require_for_servers(4)
    assert "sysctl fs.inotify.max_user_instances=" in refused.value.mend


@pytest.mark.parametrize(
    ("memory_mb", "disk_mb", "clouds", "said"),
    [
        (7600, 4700, ["lab1", "lab2"], []),
        (3000, 4700, ["lab1"], []),
        (0, 0, [], []),
        (
            3000,
            4700,
            ["lab1", "lab2"],
            ["this machine has 3000 MB of memory left, and 2 clouds with a workload on each need about 4300 MB"],
        ),
        (7600, 1500, ["lab2"], ["this machine has 1500 MB of disk for /cache left, and a cloud with a workload on it needs about 2000 MB"]),
        (7600, 4700, ["lab3"], ["this machine has 4700 MB of disk for /cache left, and a cloud with a workload on it needs about 7000 MB"]),
        (
            5800,
            9000,
            ["lab1", "lab3"],
            ["this machine has 5800 MB of memory left, and 2 clouds with a workload on each need about 5850 MB"],
        ),
    ],
)
def test_what_may_not_suffice_is_said_and_refuses_nothing(
    monkeypatch: pytest.MonkeyPatch, memory_mb: int, disk_mb: int, clouds: list[str], said: list[str]
) -> None:
    monkeypatch.setattr(machine, "_available_memory_mb", lambda _: memory_mb)
    monkeypatch.setattr(machine, "_free_disk_mb", lambda _: disk_mb)
    specs = find_specs()
    assert machine.scarce(Cache(Path("/cache")), [specs[name] for name in clouds]) == said


def test_the_memory_that_is_left_is_what_the_kernel_says_is_available() -> None:
    assert machine._available_memory_mb("MemTotal: 8000000 kB\nMemFree: 100 kB\nMemAvailable: 4096000 kB\n") == 4000
