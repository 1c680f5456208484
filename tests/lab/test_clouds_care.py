"""What is killed is seen and healed; what runs is left alone; another cloud is one new file."""

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

from harness.lab.bundle import Bundle
from harness.lab.cloudspec import SHIPPED
from harness.lab.paths import Cache

from .conftest import Lab
from .member import Member, Server, keys


def states(lab: Lab) -> dict[tuple[str, str], dict[str, Any]]:
    """Every service of the lab, as ``status`` tells."""
    rows = json.loads(lab.interop("lab", "status", "--format", "json", check=False).stdout)
    return {(row["cloud"], row["service"]): row for row in rows}


def kill(lab: Lab, cloud: str, service: str) -> None:
    """``kill -9`` of a service, from the host."""
    wanted = states(lab)[cloud, service]["pid"]
    bundle = Bundle(lab.environment["INTEROP_LAB"], Cache(Path(lab.environment["INTEROP_LAB_HOME"])))
    found = [process for process in bundle.processes() if process.inner_pid == wanted]
    assert len(found) == 1
    os.kill(found[0].pid, signal.SIGKILL)


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
    killed = [("lab1", "nova"), ("lab1", "ovs-vswitchd"), ("lab1", "ovn-controller"), ("lab2", "neutron"), ("shared", "mariadb")]
    for cloud, service in killed:
        kill(lab, cloud, service)
    broken = states(lab)
    assert {name for name in killed if broken[name]["state"] == "not running"} == set(killed)
    assert lab.interop("lab", "status", check=False).returncode == 1
    lab.interop("lab", "up")
    assert {row["state"] for row in states(lab).values()} == {"answers"}
    assert server.ssh("hostname") == "test"


@pytest.fixture
def third(lab: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A lab of one cloud, which one new file describes."""
    spec = yaml.safe_load((SHIPPED / "lab2.yaml").read_text(encoding="utf-8"))
    changes = {"outside": "198.18.0.0/24", "tls": False, "initialisation": "metadata-service", "region": "third", "policies": {}}
    (tmp_path / "lab9.yaml").write_text(yaml.safe_dump(spec | changes), encoding="utf-8")
    own = {"INTEROP_LAB": "third", "INTEROP_LAB_CLOUDS": str(tmp_path), "INTEROP_CLOUDS_DIR": str(tmp_path / "clouds.d")}
    running = replace(lab, environment={**lab.environment, **own})
    try:
        running.interop("lab", "up", "--cloud", "lab9")
        yield running
    finally:
        running.interop("lab", "down")


def test_another_cloud_is_one_new_file(third: Lab, key: Path) -> None:
    assert {cloud for cloud, _ in states(third)} == {"shared", "lab9"}
    member = Member(third.clouds_file, "lab9", key)
    try:
        server = member.boot()
        assert "status: done" in server.ssh("cloud-init status --wait")
        assert server.address.startswith("198.18.0.")
    finally:
        member.clean()
