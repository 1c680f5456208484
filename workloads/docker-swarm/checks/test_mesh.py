"""The routing mesh: every node answers for the service, wherever its tasks are."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from harness.checks import check, expect
from harness.checks.context import read_context
from harness.checks.fixtures import Observe
from harness.checks.scene import Scene
from harness.checks.waiting import Eventually
from harness.errors import Unsupported
from harness.model import Deployment, Endpoint, Server
from harness.probes.outside import Outside, Page
from harness.probes.ssh import Guest, Shell
from harness.probes.swarm import Swarm

SERVICE = "page"
HAS_IPVS = "sudo -n modprobe ip_vs 2> /dev/null; test -e /proc/net/ip_vs"
"""IPVS is there when its table is; as a module it may not be loaded before somebody asks for it."""
DOCKERS_WORDS = "sudo -n journalctl --no-pager -q -o cat -u docker | grep -i ipvs | tail -n 1"


@check(
    "application.mesh",
    facet="application",
    needs=["reachability.overlay", "application.replicas"],
    subject="endpoint",
    source="Docker documentation: use Swarm mode routing mesh",
)
def test_mesh(
    endpoint: Endpoint,
    deployment: Deployment,
    guest_of: Callable[[Server], Guest],
    swarm: Swarm,
    outside: Outside,
    eventually: Eventually,
    observe: Observe,
    evidence: Callable[[str], None],
    scene: Scene,
) -> None:
    """The node answers on the published port, and round-robins: its answers come from each of the tasks in turn.

    The page tells which task made it. The mesh is made of IPVS, which the server's own kernel has to have; where it has none, nothing can
    answer there. How long it took counts from the first request of the deployment to the node's first answer.
    """
    server = next(each for each in deployment.servers if each.address == urlsplit(endpoint.url).hostname)
    shell = guest_of(server).shell
    if shell.run(HAS_IPVS).rc != 0 and not outside.http(endpoint.url, 3).status:
        raise _no_ipvs(shell, evidence)
    tasks = {each.container[:12] for each in swarm.manager.tasks(SERVICE) if each.state == "running"}

    def answering() -> set[str]:
        return {_task_of(outside.http(endpoint.url, 5)) for _ in range(2 * len(tasks))}

    eventually(f"{endpoint.name} answers from each of {len(tasks)} tasks in turn", answering, 60, until=lambda seen: seen == tasks)
    observe("application.mesh-tasks", len(tasks))
    context = read_context(scene.context.folder)
    if answered := context.rungs.get((context.subject(server), "application")):
        observe("application.to_mesh", round(answered - context.deploy_began, 1), "s")


def _no_ipvs(shell: Shell, evidence: Callable[[str], None]) -> Unsupported:
    kernel = shell.run("uname -r").stdout.strip()
    evidence(f"no /proc/net/ip_vs, and modprobe brings none; kernel {kernel}")
    evidence(f"dockerd: {shell.run(DOCKERS_WORDS).stdout.strip() or 'no word about it'}")
    return Unsupported(f"the server's kernel, {kernel}, has no IPVS, which the routing mesh is made of")


def _task_of(page: Page) -> str:
    found = re.match(r"docker-swarm: task (\w+) on ", page.text)
    expect(page.status == 200 and found, expected="the page of a task", seen=page)
    return found[1] if found else ""
