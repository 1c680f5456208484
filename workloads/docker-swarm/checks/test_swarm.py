"""What makes servers a swarm: Docker on each, every node in with its role, tasks running and spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from harness.checks import check, does_not_apply, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle, Scene
from harness.checks.sight import console_text
from harness.checks.waiting import Eventually
from harness.model import Deployment, Server
from harness.probes.inside_view import knock_from
from harness.probes.ssh import Guest
from harness.probes.swarm import DockerFacts, Node, NoDocker, Swarm, Task

SERVICE = "page"
METADATA = "169.254.169.254"
BEGINS = "SWMTK[N]-1-"
"""A pattern that finds how a join token begins, and not itself in a command line or in what sudo tells the journal."""
TRACES = {
    "a file": "sudo -n ls -d /run/swarm/secret 2> /dev/null",
    "a listener": "ss -Hltn 'sport = :9377'",
    "cloud-init's logs": f"sudo -n grep -hosm 1 '{BEGINS}' /var/log/cloud-init*.log",
    "the journal": f"sudo -n journalctl --no-pager --quiet --output cat | grep -om 1 '{BEGINS}'",
    "a command line": f"sudo -n grep -ahosm 1 '{BEGINS}' /proc/[0-9]*/cmdline",
}
"""What a join secret, or the token that it opened, would leave behind: each look prints what it finds, and of a token no more than that."""
SET_UP_IS_LOGGED = "sudo -n grep -c 'swarm: ' /var/log/cloud-init-output.log"


@check(
    "application.docker",
    facet="application",
    needs=["addresses.three-ways", "egress.package"],
    source="interop-workloads: workloads/terraform/swarm; DESIGN: facts of a swarm's nodes",
)
def test_docker(
    server: Server,
    cloud: CloudHandle,
    swarm: Swarm,
    eventually: Eventually,
    observe: Observe,
    evidence: Callable[[str], None],
) -> None:
    """Docker answers on the server, and says what it runs on: kernel, storage driver, version of control groups.

    The server has set itself up by now, from its user-data alone. What it said about that stands on its console.
    """

    def answer() -> DockerFacts:
        with _not_yet():
            return swarm.docker(server.name).facts()

    try:
        facts = eventually("Docker answers", answer, 30)
    except AssertionError:
        for line in [each for each in (console_text(cloud.sdk, server) or "").splitlines() if "swarm: " in each][-3:]:
            evidence(f"console: {line.strip()}")
        raise
    observe("application.docker-version", facts.version)
    observe("application.kernel", facts.kernel)
    observe("application.storage-driver", facts.storage_driver)
    observe("application.cgroup-version", facts.cgroup_version)


@check(
    "application.nodes",
    facet="application",
    needs=["application.docker", "security-groups.members-port"],
    subject="cloud",
    source="Docker documentation: how nodes work",
)
def test_nodes(deployment: Deployment, swarm: Swarm, eventually: Eventually, observe: Observe) -> None:
    """Every server is a node of one swarm, Ready, in the role that it was made for; the manager leads.

    The workers joined by themselves, with a token that the manager handed to them.
    """
    wanted = {each.name: each.role for each in deployment.servers}

    def ready() -> tuple[Node, ...]:
        with _not_yet():
            nodes = swarm.manager.nodes()
        expect(
            {each.name: each.role for each in nodes} == wanted and all(each.state == "ready" for each in nodes),
            expected="; ".join(f"{name}: {role}, ready" for name, role in sorted(wanted.items())),
            seen="; ".join(sorted(map(str, nodes))),
        )
        return nodes

    nodes = eventually("every node is Ready in its role", ready, 60)
    leaders = [each.name for each in nodes if each.leads]
    expect(len(leaders) == 1 and wanted[leaders[0]] == "manager", expected="the manager leads", seen=", ".join(leaders) or "nobody leads")
    observe("application.nodes", len(nodes))


@check(
    "application.replicas",
    facet="application",
    needs=["application.nodes"],
    subject="cloud",
    source="Docker documentation: how services work",
)
def test_replicas(swarm: Swarm, eventually: Eventually, observe: Observe) -> None:
    """As many tasks of the service run as were asked for, spread over the nodes: no node has two more than another."""

    def spread() -> Counter[str]:
        with _not_yet():
            replicas = swarm.manager.service(SERVICE)["Spec"]["Mode"]["Replicated"]["Replicas"]
            tasks = swarm.manager.tasks(SERVICE)
            nodes = [each.name for each in swarm.manager.nodes()]
        running = [each for each in tasks if each.state == "running"]
        expect(len(running) == replicas, expected=f"{replicas} tasks running", seen="; ".join(map(str, tasks)) or "no task")
        found = Counter(dict.fromkeys(nodes, 0))
        found.update(each.node for each in running)
        expect(max(found.values()) - min(found.values()) <= 1, expected="tasks spread evenly over the nodes", seen=dict(found))
        return found

    found = eventually("the tasks run, and are spread", spread, 60)
    observe("application.replicas", sum(found.values()))
    observe("application.nodes-with-tasks", sum(1 for count in found.values() if count))


@check(
    "initialisation.user-data-kept-from-containers",
    facet="initialisation",
    needs=["application.replicas"],
    source="DESIGN: secrets; the join secret stands in user-data",
)
def test_user_data_is_kept_from_containers(
    server: Server, guest: Guest, peers: tuple[Server, ...], scene: Scene, swarm: Swarm, observe: Observe
) -> None:
    """A container cannot read the server's user-data from the metadata service: that gives it no answer at all, not even an error.

    Seen from the server itself the metadata service answers; and the container's packets do leave the server, since port 22 of another
    server answers it. Where no metadata service answers the server, there is nothing to keep, and nothing is proven.
    """
    task = _task_on(server, swarm)
    if not knock_from(guest.shell, METADATA, 80).is_open:
        does_not_apply("no metadata service answers the server itself: there is nothing to keep from containers")
    if not peers:
        pytest.skip("there is no other server to show that the container reaches anything")
    neighbour = scene.view_of(peers[0]).reached_at
    proof = _say_from(task, swarm, neighbour, 22, "")
    if "SSH" not in proof:
        pytest.skip(f"the container does not reach {neighbour} either: {proof or 'no answer'}")
    answer = _say_from(task, swarm, METADATA, 80, "GET /openstack/latest/user_data HTTP/1.0\\r\\n\\r\\n")
    kept, first = "HTTP/" not in answer, answer.partition("\r")[0]
    observe("initialisation.user-data-kept-from-containers", kept)
    expect(kept, expected=f"{METADATA} does not answer a container", seen=f"{first}, {len(answer)} bytes in all")


@check(
    "initialisation.join-secret-gone",
    facet="initialisation",
    needs=["application.replicas"],
    source="DESIGN: secrets are written nowhere; the workload's README: who can read the join token, and for how long",
)
def test_join_secret_is_gone(server: Server, guest: Guest, observe: Observe) -> None:
    """Once the swarm is whole its nodes keep no join secret and hand none out, and no token stands where a login could read it later.

    Looked at by root: the secret's file, the port of the handover, cloud-init's logs, the journal, every command line. That the log tells
    of the set-up shows that there is something to look through.
    """
    if guest.shell.run(SET_UP_IS_LOGGED).rc != 0:
        pytest.skip("cloud-init's log tells root nothing of the set-up: nothing is proven")
    found = [f"{name}: {seen}" for name, look in TRACES.items() if (seen := guest.shell.run(look).stdout.strip())]
    observe("initialisation.join-secret-gone", not found)
    expect(not found, expected=f"no trace of the join secret on {server.name}", seen="; ".join(found))


def _task_on(server: Server, swarm: Swarm) -> Task:
    found = next((each for each in swarm.manager.tasks(SERVICE) if each.node == server.name and each.state == "running"), None)
    if found is None:
        pytest.skip("no task of the service runs on this server")
    return found


@contextmanager
def _not_yet() -> Iterator[None]:
    """A Docker that does not answer, or knows nothing of what it is asked for, may do so a moment later."""
    try:
        yield
    except NoDocker as silent:
        raise AssertionError(silent.message) from silent


def _say_from(task: Task, swarm: Swarm, address: str, port: int, words: str) -> str:
    """What a port answers to a container that says ``words`` to it and waits for some seconds."""
    talk = f"(printf '{words}'; /bin/busybox sleep 3) | /bin/busybox nc -w 5 {address} {port}"
    return swarm.run_in(task, "/bin/busybox", "sh", "-c", talk).stdout.strip()
