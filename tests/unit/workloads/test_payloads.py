"""What must hold for every workload that is shipped, without a cloud."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.engines import load
from harness.manifest import read_workload

SHELF = Path(__file__).parents[3] / "workloads"
WORKLOADS = sorted(each.parent for each in SHELF.glob("*/workload.yaml"))
MARKED = {
    "openstack.cloud.network",
    "openstack.cloud.port",
    "openstack.cloud.resource",
    "openstack.cloud.security_group",
    "openstack.cloud.server",
    "openstack.cloud.subnet",
}
PLAYBOOKS = [each for each in WORKLOADS if (each / "site.yml").exists()]
each_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=[each.name for each in WORKLOADS])
each_playbook = pytest.mark.parametrize("workload", PLAYBOOKS, ids=[each.name for each in PLAYBOOKS])


def tasks_of(workload: Path) -> list[dict[str, Any]]:
    files = [each for each in workload.rglob("*.yml") if each.name != "destroy.yml" and ("tasks" in each.parts or each.name == "site.yml")]
    found: list[dict[str, Any]] = []
    for file in files:
        waiting = list(yaml.safe_load(file.read_text()))
        while waiting:
            task = waiting.pop()
            found.append(task)
            waiting += [inner for key in ("tasks", "block", "rescue") for inner in task.get(key, ())]
    return found


def test_there_are_workloads_to_look_at() -> None:
    assert [each.name for each in WORKLOADS] == ["docker-swarm", "lampstack", "two-servers"]


@each_workload
def test_the_manifest_can_be_read_and_names_an_engine_that_is_there(workload: Path) -> None:
    manifest = read_workload(workload)
    assert manifest.name == workload.name
    assert load(manifest.engine)


@each_playbook
def test_ansible_understands_the_playbook(workload: Path, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "--syntax-check", "site.yml"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=workload, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@each_playbook
def test_the_request_that_creates_something_carries_the_mark(workload: Path) -> None:
    creating = [(task["name"], task[module]) for task in tasks_of(workload) for module in MARKED if module in task]
    assert len(creating) >= 6
    for name, arguments in creating:
        attributes = arguments.get("attributes", arguments)
        assert "mark.description" in attributes["description"], name
        assert arguments.get("type") == "ip" or "mark.prefix" in attributes["name"] or attributes["name"] == "{{ server_name }}", name


@each_playbook
def test_no_floating_address_is_left_to_a_module_to_choose(workload: Path) -> None:
    servers = [task["openstack.cloud.server"] for task in tasks_of(workload) if "openstack.cloud.server" in task]
    assert servers
    assert all(each["auto_ip"] is False for each in servers)


def test_lampstack_hides_every_task_that_handles_a_password() -> None:
    handling = [task for task in tasks_of(SHELF / "lampstack") if "site_passwords" in str(task)]
    assert len(handling) == 3
    assert all(task.get("no_log") for task in handling)
