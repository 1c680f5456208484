"""What is killed or hangs is seen and healed; what runs is left alone; another cloud is one new file."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.lab.cloudspec import SHIPPED

from .conftest import Lab
from .member import Member, Server, keys


def states(lab: Lab) -> dict[tuple[str, str], dict[str, Any]]:
    """Every service of the lab, as ``status`` tells."""
    rows = json.loads(lab.interop("lab", "status", "--format", "json", check=False).stdout)
    return {(row["cloud"], row["service"]): row for row in rows}


def send(lab: Lab, number: signal.Signals, cloud: str, service: str) -> None:
    """Send a signal to a service, from the host."""
    wanted = states(lab)[cloud, service]["pid"]
    found = [process for process in lab.bundle.processes() if process.inner_pid == wanted]
    assert len(found) == 1
    os.kill(found[0].pid, number)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keys(tmp_path_factory.mktemp("key"))


@pytest.fixture
def server(lab: Lab, key: Path) -> Iterator[Server]:
    member = Member(lab.clouds_file, "lab1", key)
    try:
        yield member.boot()
    finally:
        member.clean()


def test_up_leaves_alone_what_runs(lab: Lab) -> None:
    before = states(lab)
    lab.interop("lab", "up")
    assert {name: row["pid"] for name, row in states(lab).items()} == {name: row["pid"] for name, row in before.items()}


def test_killed_services_are_seen_and_healed_and_servers_survive(lab: Lab, server: Server) -> None:
    server.ssh("cloud-init status --wait")
    killed = [
        ("lab1", "nova"),
        ("lab1", "metadata"),
        ("lab1", "dnsmasq"),
        ("lab1", "ovs-vswitchd"),
        ("lab1", "ovn-controller"),
        ("lab2", "neutron"),
        ("shared", "mariadb"),
    ]
    for cloud, service in killed:
        send(lab, signal.SIGKILL, cloud, service)
    broken = states(lab)
    assert {name for name in killed if broken[name]["state"] == "not running"} == set(killed)
    assert lab.interop("lab", "status", check=False).returncode == 1
    lab.interop("lab", "up")
    assert {row["state"] for row in states(lab).values()} == {"answers"}
    assert server.ssh("hostname") == "test"
    assert server.id in server.ssh("curl -s --max-time 20 http://169.254.169.254/openstack/latest/meta_data.json")
    assert "203.0.113.1" in server.ssh("getent hosts gateway.lab1.lab")


def test_services_that_hang_are_seen_and_healed(lab: Lab) -> None:
    hung = {("lab1", "metadata"), ("lab2", "nginx"), ("shared", "mariadb")}
    for cloud, service in hung:
        send(lab, signal.SIGSTOP, cloud, service)
    seen = states(lab)
    assert all(seen[name]["state"].startswith("does not answer within") for name in hung)
    assert lab.interop("lab", "status", check=False).returncode == 1
    lab.interop("lab", "up")
    assert {row["state"] for row in states(lab).values()} == {"answers"}


def test_up_with_a_quirk_breaks_a_cloud_and_breaks_it_again_when_it_has_healed(lab: Lab) -> None:
    try:
        for _ in range(2):  # the second time, `up` first heals what the quirk killed
            assert "lab1: has the quirk resolver-dead" in lab.interop("lab", "up", "--quirk", "resolver-dead", "--cloud", "lab1").stderr
            assert {name for name, row in states(lab).items() if row["state"] != "answers"} == {("lab1", "dnsmasq")}
            listed = json.loads(lab.interop("lab", "quirk", "list", "--format", "json").stdout)
            assert {row["quirk"]: row["on"] for row in listed if row["on"]} == {"resolver-dead": "lab1"}
        assert "lab1: still has the quirk resolver-dead" in lab.interop("lab", "up", "lab2").stderr
    finally:
        said = lab.interop("lab", "up").stderr
    assert "lab1: resolver-dead is mended" in said
    assert {row["state"] for row in states(lab).values()} == {"answers"}


@pytest.fixture(scope="module")
def third(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of one cloud, which one new file describes, with a flavor of each kind of server."""
    tmp_path = tmp_path_factory.mktemp("third")
    spec = yaml.safe_load((SHIPPED / "lab2.yaml").read_text(encoding="utf-8"))
    changes = {"outside": "198.18.0.0/24", "tls": False, "initialisation": "metadata-service", "region": "third", "policies": {}}
    spec["flavors"].append({"name": "own-kernel", "vcpus": 1, "ram_mb": 1024, "disk_gb": 5, "guest": "uml"})
    (tmp_path / "lab9.yaml").write_text(yaml.safe_dump(spec | changes), encoding="utf-8")
    own = {"INTEROP_LAB": "third", "INTEROP_LAB_CLOUDS": str(tmp_path), "INTEROP_CLOUDS_DIR": str(tmp_path / "clouds.d")}
    running = replace(lab, environment={**lab.environment, **own})
    try:
        running.interop("lab", "install", "lab9")
        running.interop("lab", "up", "--cloud", "lab9")
        yield running
    finally:
        running.interop("lab", "down")


@pytest.fixture
def member(third: Lab, key: Path) -> Iterator[Member]:
    member = Member(third.clouds_file, "lab9", key)
    try:
        yield member
    finally:
        member.clean()


def test_another_cloud_is_one_new_file(third: Lab, member: Member) -> None:
    assert {cloud for cloud, _ in states(third)} == {"shared", "lab9"}
    server = member.boot()
    assert "status: done" in server.ssh("cloud-init status --wait")
    assert server.address.startswith("198.18.0.")


def test_one_image_boots_as_the_kind_of_server_that_its_flavor_says(member: Member) -> None:
    servers = {flavor: member.boot(flavor) for flavor in ("c1r1", "own-kernel")}
    seen = [server.details() for server in servers.values()]
    assert [each.status for each in seen] == ["ACTIVE", "ACTIVE"]
    assert seen[0].image.id == seen[1].image.id
    kernels = {flavor: server.ssh("uname -r") for flavor, server in servers.items()}
    assert kernels["c1r1"] == os.uname().release != kernels["own-kernel"]
    for server in servers.values():
        assert "status: done" in server.ssh("cloud-init status --wait")
        assert server.ssh("cat /var/lib/test-user-data") == "ran"
        assert "cloud-init" in server.console()
