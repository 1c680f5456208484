"""Docker's own objects as values, and what is asked of Docker; its API is made of what a swarm answered."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest
from docker.errors import APIError

from harness.model import Server
from harness.probes.ssh import Login
from harness.probes.swarm import Docker, NoDocker, Swarm

LOGIN = Login("debian", "203.0.113.9", "/key")
NODES: list[dict[str, Any]] = [
    {
        "ID": "n1",
        "Version": {"Index": 9},
        "Spec": {"Labels": {}, "Role": "manager", "Availability": "active"},
        "Description": {"Hostname": "interop-manager"},
        "Status": {"State": "ready", "Addr": "10.20.32.11"},
        "ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "10.20.32.11:2377"},
    },
    {
        "ID": "n2",
        "Version": {"Index": 16},
        "Spec": {"Labels": {}, "Role": "worker", "Availability": "active"},
        "Description": {"Hostname": "interop-worker-1.example.org"},
        "Status": {"State": "down", "Addr": "10.20.32.12"},
    },
]
TASKS: list[dict[str, Any]] = [
    {
        "ID": "t1",
        "NodeID": "n2",
        "Status": {"State": "running", "ContainerStatus": {"ContainerID": "c1", "PID": 4711, "ExitCode": 0}},
        "DesiredState": "running",
        "NetworksAttachments": [
            {"Network": {"Spec": {"Name": "ingress"}}, "Addresses": ["172.30.0.5/24"]},
            {"Network": {"Spec": {"Name": "page"}}, "Addresses": ["172.30.1.3/24"]},
        ],
    },
    {"ID": "t2", "Status": {"State": "pending"}, "DesiredState": "running"},
    {"ID": "t3", "Status": {"State": "shutdown"}, "DesiredState": "shutdown"},
]
SERVICE: dict[str, Any] = {
    "ID": "s1",
    "Version": {"Index": 21},
    "Spec": {
        "Name": "page",
        "Labels": {},
        "TaskTemplate": {"ContainerSpec": {"Image": "page:1", "Env": ["NODE=x", "EDITION=1"]}, "Networks": [{"Target": "net"}]},
        "Mode": {"Replicated": {"Replicas": 3}},
        "UpdateConfig": {"Order": "start-first"},
        "EndpointSpec": {"Ports": [{"PublishedPort": 80}]},
    },
}


class Api:
    """Answers as Docker did, and notes what it was told to change."""

    def __init__(self) -> None:
        self.changed: list[tuple[Any, ...]] = []

    def info(self) -> dict[str, Any]:
        return {
            "ServerVersion": "20.10.24+dfsg1",
            "KernelVersion": "6.1.0",
            "Driver": "overlay2",
            "CgroupVersion": "1",
            "Swarm": {"LocalNodeState": "active"},
        }

    def nodes(self) -> list[dict[str, Any]]:
        return NODES

    def tasks(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        assert filters == {"service": "page"}
        return TASKS

    def inspect_service(self, _name: str) -> dict[str, Any]:
        return SERVICE

    def update_node(self, *change: Any) -> None:
        self.changed.append(change)

    def update_service(self, *change: Any, **spec: Any) -> None:
        self.changed.append((*change, spec))

    def exec_create(self, container: str, command: list[str]) -> dict[str, str]:
        return {"Id": f"{container} {' '.join(command)}"}

    def exec_start(self, begun: str) -> bytes:
        return begun.encode()

    def exec_inspect(self, _begun: str) -> dict[str, int]:
        return {"ExitCode": 3}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    found = Api()
    monkeypatch.setattr("harness.probes.ssh.Shell.forward", lambda _self, socket: Path("/tmp/here") / Path(socket).name)
    monkeypatch.setattr("harness.probes.ssh.Shell.close", lambda _self: None)

    def client(base_url: str, timeout: int) -> Any:
        assert base_url == "unix:///tmp/here/docker.sock"
        return SimpleNamespace(api=found, close=lambda: None)

    monkeypatch.setattr(docker, "DockerClient", client)
    return found


def test_what_docker_tells_of_itself(api: Api) -> None:
    facts = Docker(LOGIN).facts()
    assert (facts.version, facts.kernel, facts.storage_driver) == ("20.10.24+dfsg1", "6.1.0", "overlay2")
    assert (facts.cgroup_version, facts.swarm) == ("1", "active")


def test_nodes_and_tasks_are_values(api: Api) -> None:
    manager, worker = Docker(LOGIN).nodes()
    assert (manager.role, manager.state, manager.leads) == ("manager", "ready", True)
    assert (worker.name, worker.state, worker.leads) == ("interop-worker-1", "down", False)
    running, pending = Docker(LOGIN).tasks("page")
    assert (running.node, running.container) == ("interop-worker-1", "c1")
    assert running.addresses == {"ingress": "172.30.0.5", "page": "172.30.1.3"}
    assert (pending.node, pending.state, pending.addresses) == ("", "pending", {})


def test_a_task_that_is_told_to_stop_counts_until_it_has_stopped(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "tasks", lambda filters: [{**TASKS[0], "DesiredState": "shutdown"}, *TASKS[1:]])
    assert [each.id for each in Docker(LOGIN).tasks("page")] == ["t1", "t2"]


def test_a_node_that_is_just_joining_has_no_name_yet(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "nodes", lambda: [{**NODES[1], "Description": {}}])
    assert [each.name for each in Docker(LOGIN).nodes()] == [""]


def test_a_command_in_a_container_has_a_code_and_an_output(api: Api) -> None:
    result = Docker(LOGIN).run_in("c1", "busybox", "hostname")
    assert (result.rc, result.stdout) == (3, "c1 busybox hostname")


def test_a_change_of_the_service_leaves_the_rest_of_it_as_it_was(api: Api) -> None:
    Docker(LOGIN).scale("page", 6)
    Docker(LOGIN).set_environment("page", "EDITION", "2")
    (_, version, scaled), (_, _, updated) = api.changed
    assert version == 21
    assert scaled["mode"] == {"Replicated": {"Replicas": 6}}
    assert scaled["task_template"] == SERVICE["Spec"]["TaskTemplate"]
    assert updated["task_template"]["ContainerSpec"] == {"Image": "page:1", "Env": ["NODE=x", "EDITION=2"]}
    assert updated["endpoint_spec"] == {"Ports": [{"PublishedPort": 80}]}
    assert updated["update_config"] == {"Order": "start-first"}


def test_a_node_is_drained_and_keeps_its_role(api: Api) -> None:
    Docker(LOGIN).set_availability("interop-worker-1", "drain")
    assert api.changed == [("n2", 16, {"Labels": {}, "Role": "worker", "Availability": "drain"})]


@pytest.mark.parametrize("problem", [APIError("This node is not a swarm manager."), ConnectionError("refused")])
def test_a_docker_that_does_not_answer_is_said(api: Api, monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    def fail() -> None:
        raise problem

    monkeypatch.setattr(api, "nodes", fail)
    with pytest.raises(NoDocker, match=r"203\.0\.113\.9"):
        Docker(LOGIN).nodes()


def test_the_manager_is_the_server_in_that_role_and_each_has_a_docker_of_its_own(api: Api) -> None:
    servers = [Server("1", "a", "worker", "debian", "203.0.113.1"), Server("2", "b", "manager", "debian", "203.0.113.2")]
    swarm = Swarm(servers, lambda server: Login("debian", server.address, "/key"))
    assert swarm.manager is swarm.docker("b")
    assert swarm.docker("a") is not swarm.docker("b")
    swarm.close()
