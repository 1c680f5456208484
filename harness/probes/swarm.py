"""A Docker Swarm as its nodes know it: the Docker SDK, through a socket that OpenSSH forwards from a server to here.

Whoever logs in must be allowed to use Docker there. Docker's own objects become values here; nothing here judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import APIError, DockerException
from requests import RequestException

from harness.errors import HarnessFault
from harness.model import Server
from harness.probes.ssh import Login, Result, Shell

_SOCKET = "/var/run/docker.sock"
_PATIENCE_S = 60


class NoDocker(HarnessFault):
    """Docker does not answer on a server that can be logged in to, or not with what was asked for."""


@dataclass(frozen=True)
class DockerFacts:
    """What Docker tells of itself and of the server it runs on."""

    version: str
    kernel: str
    storage_driver: str
    cgroup_version: str
    swarm: str


@dataclass(frozen=True)
class Node:
    """A node as the managers see it: ``role`` is ``manager`` or ``worker``, ``state`` ``ready`` or not, ``availability`` ``active``, …"""

    id: str
    name: str
    role: str
    state: str
    availability: str
    leads: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.role}, {self.state}, {self.availability}"


@dataclass(frozen=True)
class Task:
    """One task of a service that is meant to run, or still does. ``addresses`` are its own, by the name of the network."""

    id: str
    node: str
    state: str
    container: str
    addresses: dict[str, str]

    def __str__(self) -> str:
        return f"{self.id[:12]} {self.state} on {self.node or 'no node'}"


class Docker:
    """Docker on one server, over a connection of its own, which comes about when it is first needed."""

    def __init__(self, login: Login) -> None:
        self._shell = Shell(login)
        self._client: Any = None

    def facts(self) -> DockerFacts:
        """What it tells of itself."""
        seen = self._ask(lambda api: api.info())
        return DockerFacts(
            version=str(seen.get("ServerVersion", "")),
            kernel=str(seen.get("KernelVersion", "")),
            storage_driver=str(seen.get("Driver", "")),
            cgroup_version=str(seen.get("CgroupVersion", "1")),
            swarm=str(seen.get("Swarm", {}).get("LocalNodeState", "")),
        )

    def run_in(self, container: str, *words: str) -> Result:
        """Run a command in a container of this server; its output, of both kinds, is the result's ``stdout``."""

        def run(api: Any) -> Result:
            begun = api.exec_create(container, list(words))["Id"]
            output = api.exec_start(begun).decode("utf-8", "replace")
            return Result(int(api.exec_inspect(begun)["ExitCode"]), output, "")

        found: Result = self._ask(run)
        return found

    def nodes(self) -> tuple[Node, ...]:
        """Every node of the swarm; only a manager knows."""
        return tuple(_node(raw) for raw in self._ask(lambda api: api.nodes()))

    def tasks(self, service: str) -> tuple[Task, ...]:
        """The tasks of a service that are meant to run, or still do, with the names of the nodes they are on; only a manager knows."""
        names = {each.id: each.name for each in self.nodes()}
        raws = self._ask(lambda api: api.tasks(filters={"service": service}))
        return tuple(_task(raw, names) for raw in raws if "running" in (raw["DesiredState"], raw["Status"]["State"]))

    def service(self, name: str) -> dict[str, Any]:
        """A service as Docker describes it; only a manager knows."""
        found: dict[str, Any] = self._ask(lambda api: api.inspect_service(name))
        return found

    def set_availability(self, node: str, availability: str) -> None:
        """Make the node called ``node`` ``active``, or ``drain`` it."""

        def change(api: Any) -> None:
            raw = next(each for each in api.nodes() if _node(each).name == node)
            api.update_node(raw["ID"], raw["Version"]["Index"], {**raw["Spec"], "Availability": availability})

        self._ask(change)

    def scale(self, service: str, replicas: int) -> None:
        """Ask for another number of tasks."""

        def change(spec: dict[str, Any]) -> None:
            spec["Mode"] = {"Replicated": {"Replicas": replicas}}

        self._change(service, change)

    def set_environment(self, service: str, name: str, value: str) -> None:
        """Give the service's containers a variable, which Swarm does by replacing one task after another."""

        def change(spec: dict[str, Any]) -> None:
            container = spec["TaskTemplate"]["ContainerSpec"]
            container["Env"] = [*(each for each in container.get("Env", ()) if not each.startswith(f"{name}=")), f"{name}={value}"]

        self._change(service, change)

    def close(self) -> None:
        """End the connection; what is asked next makes a new one."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._shell.close()

    def _change(self, service: str, change: Callable[[dict[str, Any]], None]) -> None:
        found = self.service(service)
        spec = deepcopy(found["Spec"])
        change(spec)
        self._ask(
            lambda api: api.update_service(
                found["ID"],
                found["Version"]["Index"],
                task_template=spec["TaskTemplate"],
                name=spec["Name"],
                labels=spec.get("Labels"),
                mode=spec["Mode"],
                update_config=spec.get("UpdateConfig"),
                endpoint_spec=spec.get("EndpointSpec"),
            )
        )

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        """What Docker's API answers.

        Raises:
            LostContact: no login.
            NoDocker: Docker does not answer, or refuses.
        """
        try:
            return question(self._connected().api)
        except APIError as error:
            raise NoDocker(f"Docker on {self._shell.login.address} refused: {error.explanation or error}") from error
        except (DockerException, RequestException, OSError) as error:
            self.close()
            raise NoDocker(f"Docker on {self._shell.login.address} does not answer: {error}") from error

    def _connected(self) -> Any:
        if self._client is None:
            path = self._shell.forward(_SOCKET)
            self._client = docker.DockerClient(base_url=f"unix://{path}", timeout=_PATIENCE_S)
        return self._client


class Swarm:
    """The swarm of a deployment: Docker on each of its servers, and what its manager knows of all of them."""

    def __init__(self, servers: Iterable[Server], login: Callable[[Server], Login]) -> None:
        self._servers = {each.name: each for each in servers}
        self._login = login
        self._dockers: dict[str, Docker] = {}

    def docker(self, node: str) -> Docker:
        """Docker on the server called ``node``; nodes go by their servers' names."""
        if node not in self._dockers:
            self._dockers[node] = Docker(self._login(self._servers[node]))
        return self._dockers[node]

    @property
    def manager(self) -> Docker:
        """Docker on the deployment's manager."""
        return self.docker(next(each.name for each in self._servers.values() if each.role == "manager"))

    def run_in(self, task: Task, *words: str) -> Result:
        """Run a command in the container of a task, wherever that is."""
        return self.docker(task.node).run_in(task.container, *words)

    def close(self) -> None:
        """End every connection."""
        for each in self._dockers.values():
            each.close()


def _node(raw: dict[str, Any]) -> Node:
    return Node(
        id=raw["ID"],
        name=raw.get("Description", {}).get("Hostname", "").partition(".")[0],  # a node that is just joining has none yet
        role=raw["Spec"]["Role"],
        state=raw["Status"]["State"],
        availability=raw["Spec"]["Availability"],
        leads=bool(raw.get("ManagerStatus", {}).get("Leader")),
    )


def _task(raw: dict[str, Any], names: dict[str, str]) -> Task:
    attached = raw.get("NetworksAttachments") or ()
    return Task(
        id=raw["ID"],
        node=names.get(raw.get("NodeID", ""), ""),
        state=raw["Status"]["State"],
        container=raw["Status"].get("ContainerStatus", {}).get("ContainerID", ""),
        addresses={each["Network"]["Spec"]["Name"]: each["Addresses"][0].partition("/")[0] for each in attached if each.get("Addresses")},
    )
