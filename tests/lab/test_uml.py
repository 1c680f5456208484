"""A server with a kernel of its own, on lab3: user-mode Linux, which needs nothing of the machine but that programs run."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from harness.lab.bundle import Bundle

from .conftest import Lab
from .member import Member, Server, keys

BOOT = "cat /proc/sys/kernel/random/boot_id"
METADATA = "curl -s --max-time 20 http://169.254.169.254/openstack/latest/meta_data.json"
DRIVE = "sudo mount -o ro -L config-2 /mnt && cat /mnt/openstack/latest/meta_data.json; sudo umount /mnt"
CLOUD = "lab3"
SNAPSHOT_LIMIT_S = 300


@pytest.fixture(scope="module")
def bundle(lab: Lab) -> Bundle:
    """The tests' lab, with lab3 in it too."""
    lab.interop("lab", "install", CLOUD)
    lab.interop("lab", "up", CLOUD)
    return lab.bundle


@pytest.fixture(scope="module")
def member(lab: Lab, bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    member = Member(lab.clouds_file, CLOUD, keys(tmp_path_factory.mktemp("key")))
    try:
        yield member
    finally:
        member.clean()


@pytest.fixture(scope="module")
def server(member: Member) -> Server:
    return member.boot()


def test_its_kernel_is_not_the_machines_and_has_what_this_one_lacks(server: Server) -> None:
    assert server.ssh("uname -r") != os.uname().release
    server.ssh("sudo modprobe -a ip_vs vxlan overlay")
    assert server.ssh("grep -c 'physical id\\|^processor' /proc/cpuinfo") == "1"


def test_cloud_init_finishes_from_the_config_drive(server: Server) -> None:
    assert "status: done" in server.ssh("cloud-init status --wait")
    result = json.loads(server.ssh("cat /run/cloud-init/result.json"))["v1"]
    assert result["datasource"].startswith("DataSourceConfigDrive")
    assert result["errors"] == []
    assert server.ssh("cat /var/lib/test-user-data") == "ran"


def test_the_metadata_service_and_the_config_drive_say_the_same(server: Server) -> None:
    served, given = (json.loads(server.ssh(command)) for command in (METADATA, DRIVE))
    assert served["uuid"] == given["uuid"] == server.id
    assert served["public_keys"] == given["public_keys"]


def test_its_addresses_come_by_dhcp_and_by_router_advertisement(server: Server) -> None:
    assert f"fixed-address {server.fixed};" in server.ssh("cat /var/lib/dhcp/dhclient*.leases")
    addresses = server.ssh("ip -oneline address show vec0")
    assert f" {server.fixed}/" in addresses
    assert f" {server.address6}/" in addresses


def test_it_is_reached_directly_by_ipv6(server: Server) -> None:
    directly = Server(server.owner, server.id, server.fixed, server.address6)
    assert directly.ssh("hostname") == "test"


def test_it_has_the_flavors_memory_and_disk(server: Server) -> None:
    memory_kb = int(server.ssh("grep MemTotal /proc/meminfo").split()[1])
    assert 600 << 10 < memory_kb < 768 << 10
    disk_bytes = int(server.ssh("df --output=size --block-size=1 /").split()[1])
    assert 4 << 30 < disk_bytes <= 5 << 30


def test_services_that_the_image_brings_are_off(server: Server) -> None:
    said = server.ssh("systemctl is-active docker apache2 mariadb haproxy || true")
    assert said.split() == ["inactive"] * 4


def test_its_console_is_kept(server: Server) -> None:
    text = server.console()
    assert "Linux version" in text or "Welcome to" in text
    assert "cloud-init" in text


def test_a_soft_reboot_starts_the_kernel_anew(server: Server) -> None:
    before = server.ssh(BOOT)
    server.ask_nova(lambda compute: compute.reboot_server(server.id, "SOFT"))
    assert server.ssh(BOOT, unlike=before) != before
    assert server.ssh("cat /var/lib/test-user-data") == "ran"


def test_it_can_be_paused(server: Server) -> None:
    server.ask_nova(lambda compute: compute.pause_server(server.id))
    server.await_status("PAUSED")
    assert server.try_ssh("true").returncode
    server.ask_nova(lambda compute: compute.unpause_server(server.id))
    server.await_status("ACTIVE")
    assert server.ssh("hostname") == "test"


def test_a_snapshot_has_what_was_written_a_moment_before(member: Member, server: Server) -> None:
    written = server.ssh("head -c 8M /dev/urandom | sudo tee /var/lib/test-data | sha256sum").split()[0]
    image = server.ask_nova(lambda compute: compute.create_server_image(server.id, "test", wait=True, timeout=SNAPSHOT_LIMIT_S))
    member.made.append(lambda: member.connect().image.delete_image(image))
    restored = member.boot()  # from the newest image
    assert restored.details().image.id == image.id
    assert restored.ssh("sudo sha256sum /var/lib/test-data").split()[0] == written
    server.await_status("ACTIVE")


def test_nothing_of_a_deleted_server_stays(bundle: Bundle, server: Server) -> None:
    assert processes_of(server)
    server.owner.clean()
    assert not processes_of(server)
    assert not (bundle.lab / CLOUD / "instances" / server.id).exists()
    devices = bundle.run(["ip", "-brief", "link"], netns=CLOUD).stdout.split()
    assert [name for name in devices if name.startswith(("u", "b", "w")) and name[1:9].isalnum() and name[9:10] == "-"] == []


def processes_of(server: Server) -> list[str]:
    """The command lines of the machine's processes that name the server's folder."""
    found = subprocess.run(["pgrep", "--list-full", "--full", server.id], capture_output=True, text=True, check=False).stdout
    return [line for line in found.splitlines() if "linux.uml" in line]
