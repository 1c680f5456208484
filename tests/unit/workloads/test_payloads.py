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


def ansible_playbook(*arguments: str, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("ansible-playbook")), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_there_are_workloads_to_look_at() -> None:
    assert [each.name for each in WORKLOADS] == ["docker-swarm", "lampstack", "two-servers"]


@each_workload
def test_the_manifest_can_be_read_and_names_an_engine_that_is_there(workload: Path) -> None:
    manifest = read_workload(workload)
    assert manifest.name == workload.name
    assert load(manifest.engine)


@each_playbook
def test_ansible_understands_the_playbook(workload: Path, tmp_path: Path) -> None:
    done = ansible_playbook("--syntax-check", "site.yml", folder=workload, home=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("address", "public"), [("direct", "203.0.113.5"), ("floating", "198.51.100.7")])
@each_playbook
def test_of_a_port_with_both_families_the_ipv4_address_counts(workload: Path, address: str, public: str, tmp_path: Path) -> None:
    # Neutron puts a port's addresses into the order of their text
    port = {"port": {"fixed_ips": [{"ip_address": "2001:db8::5", "subnet_id": "six"}, {"ip_address": "203.0.113.5", "subnet_id": "four"}]}}
    floating = {"resource": {"floating_ip_address": "198.51.100.7"}}
    given = {"mark": {"prefix": "interop-x"}, "address": address, "login_user": "debian", "public_key": "", "server_name": "one"}
    made = {"server_port": port, "own_port": port, "server_floating": floating, "floating": floating, "made": {"server": {"id": "id-one"}}}
    telling = [task for task in tasks_of(workload) if "ansible.builtin.set_fact" in task and "fixed_ips" in str(task)]
    seen = {"lampstack": {"server_fixed_address": "203.0.113.5", "ansible_host": public}, "two-servers": {"told.address": public}}
    asserted = {"ansible.builtin.assert": {"that": [f"{name} == '{value}'" for name, value in seen[workload.name].items()]}}
    play = {"hosts": "localhost", "gather_facts": False, "vars": given | made, "tasks": [*telling, asserted]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    done = ansible_playbook("play.yml", folder=tmp_path, home=tmp_path)
    assert done.returncode == 0, done.stdout


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
