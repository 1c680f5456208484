"""A swarm made of values: what its Docker tells, what its tasks answer, and how it can be broken."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from harness.checks.waiting import Eventually
from harness.model import Deployment, Endpoint, Server
from harness.probes.outside import Page
from harness.probes.ssh import Result
from harness.probes.swarm import DockerFacts, Node, NoDocker, Task

CHECKS = Path(__file__).parents[3] / "workloads" / "docker-swarm" / "checks"
NAMES = ("manager", "worker-1", "worker-2")
VIRTUAL = "172.30.1.2"


def load(name: str) -> ModuleType:
    """A module of the workload's checks."""
    spec = importlib.util.spec_from_file_location(f"docker_swarm_{name}", CHECKS / f"{name}.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SERVERS = tuple(
    Server(f"id-{name}", name, name.partition("-")[0], "debian", f"203.0.113.{number}", (22,), (7946,))
    for number, name in enumerate(NAMES, 11)
)
DEPLOYMENT = Deployment(SERVERS, tuple(Endpoint(each.name, f"http://{each.address}/") for each in SERVERS), {}, "/key", 40.0)


@dataclass
class FakeSwarm:
    """Behaves, unless told otherwise. Every node is a Docker and every Docker is this."""

    nodes_: list[Node] = field(
        default_factory=lambda: [
            Node(f"n-{each.name}", each.name, each.role, "ready", "active", each.role == "manager") for each in SERVERS
        ]
    )
    tasks_: list[Task] = field(
        default_factory=lambda: [
            Task(f"t{number}", name, "running", f"container{number}xyz", {"page": f"172.30.1.{number}"})
            for number, name in enumerate(NAMES, 3)
        ]
    )
    replicas: int = 3
    update: str = ""
    silent: bool = False
    resolves: dict[str, str] = field(default_factory=dict)
    mtu: int = 1392
    largest: int = 1392
    fetched: str = "1048576"
    metadata: Result = field(default_factory=lambda: Result(1, "nc: timed out", ""))
    neighbour: str = "SSH-2.0-OpenSSH_9.2"
    on_change: Callable[[FakeSwarm], None] = lambda _: None

    @property
    def manager(self) -> FakeSwarm:
        return self

    def docker(self, _name: str) -> FakeSwarm:
        return self

    def facts(self) -> DockerFacts:
        self._answers()
        return DockerFacts("20.10.24", "6.1.176", "overlay2", "1", "active")

    def nodes(self) -> tuple[Node, ...]:
        self._answers()
        return tuple(self.nodes_)

    def tasks(self, _service: str) -> tuple[Task, ...]:
        self._answers()
        return tuple(self.tasks_)

    def service(self, _name: str) -> dict[str, Any]:
        self._answers()
        return {
            "Spec": {"Mode": {"Replicated": {"Replicas": self.replicas}}},
            "Endpoint": {"VirtualIPs": [{"Addr": f"{VIRTUAL}/24"}]},
            "UpdateStatus": {"State": self.update},
        }

    def run_in(self, task: Task, *words: str) -> Result:
        line = " ".join(words)
        if "nslookup" in words:
            return Result(0, self._resolve(words[-1].rstrip(".")), "")
        if "ping" in words:
            size = int(words[words.index("-s") + 1]) + 28
            return Result(0, "1 packets received", "") if size <= self.largest else Result(1, "100% packet loss", "")
        if "megabyte" in line:
            return Result(0, self.fetched, "")
        if "/mtu" in line:
            return Result(0, f"{self.mtu}\n", "")
        assert " nc " in line
        return self.metadata if "169.254.169.254 80" in line else Result(0, self.neighbour, "")

    def set_availability(self, node: str, availability: str) -> None:
        self.nodes_ = [replace(each, availability=availability) if each.name == node else each for each in self.nodes_]
        if availability == "drain":
            self.on_change(self)

    def scale(self, _service: str, replicas: int) -> None:
        self.replicas = replicas
        self.on_change(self)

    def set_environment(self, _service: str, _name: str, _value: str) -> None:
        self.on_change(self)

    def close(self) -> None:
        pass

    def _answers(self) -> None:
        if self.silent:
            raise NoDocker("Docker on 203.0.113.11 does not answer: refused")

    def _resolve(self, name: str) -> str:
        usual = {"page": VIRTUAL, "tasks.page": " ".join(each.addresses["page"] for each in self.tasks_)}
        lines = [f"Address: {address}" for address in self.resolves.get(name, usual[name]).split()]
        return "\n".join(["Server:\t\t127.0.0.11", "Address:\t127.0.0.11:53", "", "Non-authoritative answer:", *lines])


class FakeOutside:
    """The page as the mesh gives it: from each task in turn."""

    def __init__(self, swarm: FakeSwarm, *, status: int = 200, edition: str = "1") -> None:
        self.swarm = swarm
        self.status = status
        self.edition = edition
        self.stuck = False
        self.asked = 0

    def http(self, _url: str, _limit_s: float = 10.0) -> Page:
        self.asked += 1
        if not self.status:
            return Page(0, error="ConnectionError: refused")
        task = self.swarm.tasks_[0 if self.stuck else self.asked % len(self.swarm.tasks_)]
        return Page(self.status, f"docker-swarm: task {task.container[:12]} on {task.node}, edition {self.edition}\n")


def soon() -> Eventually:
    """A wait whose clock is past every limit after a few looks."""
    ticks = iter(range(0, 1_000_000, 7))
    return Eventually("", {}, clock=lambda: float(next(ticks)), sleep=lambda _: None)


class Notes:
    """Takes what a check records."""

    def __init__(self) -> None:
        self.observed: dict[str, Any] = {}
        self.evidence: list[str] = []

    def observe(self, name: str, value: Any, _unit: str = "") -> None:
        self.observed[name] = value

    def add(self, line: str) -> None:
        self.evidence.append(line)


def view(mtu: int = 1442, reached_at: str = "10.20.32.11") -> Any:
    """A guest's view of itself, with Docker's own device beside the cloud's."""
    return SimpleNamespace(
        reached_at=reached_at,
        devices=(SimpleNamespace(mtu=1500, addresses=("172.17.0.1",)), SimpleNamespace(mtu=mtu, addresses=(reached_at,))),
    )
