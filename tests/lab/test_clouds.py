"""Each cloud of the lab is what its file says: it takes servers from an ordinary member, and refuses what it is to refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openstack.exceptions
import pytest
import requests

from .conftest import Lab
from .member import Member, Server, keys

PROCESS_1_STARTED = "cut -d' ' -f22 /proc/1/stat"
DISK_BYTES = "df --output=size --block-size=1 /var/lib/docker"
DATASOURCE = {"lab1": "DataSourceOpenStackLocal", "lab2": "DataSourceConfigDrive"}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keys(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module", params=["lab1", "lab2"])
def server(lab: Lab, key: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    member = Member(lab.clouds_file, request.param, key)
    try:
        yield member.boot()
    finally:
        member.clean()


def test_cloud_init_finishes_from_the_clouds_own_source(server: Server) -> None:
    assert "status: done" in server.ssh("cloud-init status --wait")
    result = json.loads(server.ssh("cat /run/cloud-init/result.json"))["v1"]
    assert result["datasource"].startswith(DATASOURCE[server.owner.name])
    assert result["errors"] == []
    assert server.ssh("cat /var/lib/test-user-data") == "ran"
    assert server.ssh("hostname") == "test"


def test_the_address_comes_by_dhcp(server: Server) -> None:
    assert f"fixed-address {server.fixed};" in server.ssh("cat /var/lib/dhcp/dhclient*.leases")
    assert f" {server.fixed}/" in server.ssh("ip -4 -oneline address show eth0")


def test_the_console_says_something(server: Server) -> None:
    assert "cloud-init" in server.console()


def test_dockers_folder_lies_on_an_ext4_of_the_servers_own(server: Server) -> None:
    assert server.ssh("findmnt --noheadings --output FSTYPE /") == "overlay"
    assert server.ssh("findmnt --noheadings --output FSTYPE /var/lib/docker") == "ext4"
    server.ssh("sudo touch /var/lib/docker/written")


def test_the_guest_has_no_more_memory_than_its_flavor(server: Server) -> None:
    ram_mb = int(server.details().flavor.ram)
    files = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null || true"
    assert str(ram_mb << 20) in server.ssh(files).split()


def test_a_soft_reboot_restarts_process_1(server: Server) -> None:
    before = server.ssh(PROCESS_1_STARTED)
    server.ask_nova(lambda compute: compute.reboot_server(server.id, "SOFT"))
    assert int(server.ssh(PROCESS_1_STARTED, unlike=before)) > int(before)
    assert server.ssh("cat /var/lib/test-user-data") == "ran"


def test_a_resize_gives_a_larger_disk_with_all_on_it_that_was_written(lab: Lab, server: Server) -> None:
    lab.bundle.run(["sh", "-c", "unshare --mount sleep 90 > /dev/null 2>&1 &"])  # has copies of all mounts, as services of networks have
    written = server.ssh("head -c 8M /dev/urandom | sudo tee /var/lib/test-data | sha256sum")
    before = int(server.ssh(DISK_BYTES).split()[1])
    larger = server.ask_nova(lambda compute: max(compute.flavors(), key=lambda flavor: flavor.disk).id)
    server.ask_nova(lambda compute: compute.resize_server(server.id, larger))
    server.await_status("VERIFY_RESIZE")
    server.ask_nova(lambda compute: compute.confirm_server_resize(server.id))
    server.await_status("ACTIVE")
    assert server.ssh("sudo cat /var/lib/test-data | sha256sum") == written
    assert int(server.ssh(DISK_BYTES).split()[1]) > 1.5 * before


@pytest.mark.parametrize(
    "attempt",
    [
        lambda network: network.create_network(name="own"),
        lambda network: network.create_subnet(network_id=next(iter(network.networks())).id, ip_version=4, cidr="10.1.1.0/24"),
        lambda network: network.create_router(name="own"),
        lambda network: network.create_ip(floating_network_id=next(iter(network.networks())).id),
    ],
    ids=["network", "subnet", "router", "floating-address"],
)
def test_lab2_forbids_its_members_networks_of_their_own(lab: Lab, key: Path, attempt: Callable[[Any], object]) -> None:
    member = Member(lab.clouds_file, "lab2", key)

    def try_it() -> None:
        connection: Any = member.connect()
        attempt(connection.network)

    with pytest.raises(openstack.exceptions.ForbiddenException):
        member.there(try_it)


def test_lab2_has_no_metadata_service(lab: Lab) -> None:
    said = json.loads(lab.interop("lab", "status", "--format", "json").stdout)
    services = {row["cloud"]: {each["service"] for each in said if each["cloud"] == row["cloud"]} for row in said}
    assert "metadata" in services["lab1"]
    assert "metadata" not in services["lab2"]


def test_lab2_is_believed_by_its_own_authority_alone(lab: Lab, key: Path) -> None:
    member = Member(lab.clouds_file, "lab2", key)
    url = member.entry["auth"]["auth_url"]

    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        member.there(lambda: requests.get(url, timeout=10))
    assert member.there(lambda: requests.get(url, timeout=10, verify=member.entry["cacert"])).ok


def test_the_member_is_no_administrator(lab: Lab, key: Path) -> None:
    for name in ("lab1", "lab2"):
        member = Member(lab.clouds_file, name, key)

        def roles(member: Member = member) -> set[str]:
            connection: Any = member.connect()
            access: Any = connection.session.auth.get_access(connection.session)
            return set(access.role_names)

        assert member.there(roles) == {"member", "reader"}
