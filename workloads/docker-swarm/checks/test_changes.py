"""What a swarm is for: a manager that reboots, more tasks and fewer, a node that is drained, a new edition; and the page stays up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.rebooting import reboot
from harness.checks.scene import CloudHandle
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault
from harness.model import CellPlan, Deployment, Server
from harness.probes.outside import Outside, Page
from harness.probes.ssh import Guest
from harness.probes.steadily import Steadily
from harness.probes.swarm import Swarm, Task

SERVICE = "page"
AFTERWARDS = 250
"""How often the page is asked for, at all nodes together, after a change has come to its end: a drain and an update are to be asked through
a thousand times between them."""


@check(
    "application.manager-reboot",
    facet="application",
    needs=["application.replicas", "lifecycle.soft-reboot"],
    phase="disruptive",
    subject="cloud",
    source="Docker documentation: administer and maintain a swarm, recover from losing the quorum",
)
def test_manager_reboot(
    deployment: Deployment,
    cloud: CloudHandle,
    outside: Outside,
    guest_of: Callable[[Server], Guest],
    swarm: Swarm,
    eventually: Eventually,
    observe: Observe,
) -> None:
    """After a reboot of its only manager the swarm is there again: every node Ready, every task running.

    The reboot is real: process 1 of the server is another than before. Nobody helps.
    """
    eventually("the swarm is whole", lambda: _whole(swarm, deployment), 120)
    manager = next(each for each in deployment.servers if each.role == "manager")
    swarm.manager.close()
    asked = reboot(cloud.sdk, guest_of(manager), outside, manager, eventually, 240)
    eventually("the swarm is whole again", lambda: _whole(swarm, deployment), 180)
    observe("application.swarm-back-after-reboot", round(time.monotonic() - asked, 1), "s")


@check(
    "application.page-after-reboot",
    facet="application",
    needs=["application.mesh", "application.manager-reboot"],
    phase="disruptive",
    subject="cloud",
    source="Docker documentation: use Swarm mode routing mesh",
)
def test_page_after_reboot(deployment: Deployment, outside: Outside, eventually: Eventually) -> None:
    """After the reboot of the manager every node answers on the published port again."""
    for endpoint in deployment.endpoints:
        eventually(f"{endpoint.name} answers", lambda url=endpoint.url: is_page(outside.http(url, 5)), 60)  # type: ignore[misc]


@check(
    "application.scale",
    facet="application",
    needs=["application.replicas", "application.manager-reboot"],
    phase="disruptive",
    subject="cloud",
    source="Docker documentation: scale the service in the swarm",
)
def test_scale(deployment: Deployment, swarm: Swarm, eventually: Eventually, observe: Observe) -> None:
    """The service is scaled up by a task for each node, and down again; each time as many tasks run as were asked for.

    A task that was told to stop counts as long as it runs.
    """
    before = len(swarm.manager.tasks(SERVICE))
    for wanted in (before + len(deployment.servers), before):
        began = time.monotonic()
        swarm.manager.scale(SERVICE, wanted)
        eventually(f"{wanted} tasks run", lambda: len(_running(swarm)), 120, until=wanted.__eq__)
        observe(f"application.scale-{'up' if wanted > before else 'down'}", round(time.monotonic() - began, 1), "s")


@check(
    "application.drain",
    facet="application",
    needs=["application.scale"],
    phase="disruptive",
    subject="cloud",
    source="Docker documentation: drain a node on the swarm",
)
def test_drain(
    deployment: Deployment, swarm: Swarm, outside: Outside, eventually: Eventually, observe: Observe, memory: dict[Any, Any]
) -> None:
    """The tasks of a node that is drained run on the others, and no longer on it; the page is asked all the time meanwhile."""
    replicas = len(_running(swarm))
    crowded = max((each.name for each in deployment.servers if each.role == "worker"), key=lambda name: _on(swarm, name))
    if not _on(swarm, crowded):
        pytest.skip("no worker has a task that could move")

    def moved() -> bool:
        tasks = swarm.manager.tasks(SERVICE)
        moved = [each for each in tasks if each.state == "running" and each.node != crowded]
        expect(len(moved) == replicas == len(tasks), expected=f"{replicas} tasks on other nodes", seen="; ".join(map(str, tasks)))
        return True

    observe("application.drained-tasks", _on(swarm, crowded))
    with _asking(deployment, outside) as asked:
        began = time.monotonic()
        swarm.manager.set_availability(crowded, "drain")
        try:
            eventually(f"no task is on {crowded} any more", moved, 120)
            observe("application.drain", round(time.monotonic() - began, 1), "s")
            asked.ask_on(AFTERWARDS)
        finally:
            swarm.manager.set_availability(crowded, "active")
    memory["asked during drain"] = asked


@check(
    "application.page-during-drain",
    facet="application",
    needs=["application.mesh", "application.drain"],
    phase="disruptive",
    subject="cloud",
    source="DESIGN: the page stays up while a node is drained; limits stand in the manifest",
)
def test_page_during_drain(plan: CellPlan, observe: Observe, evidence: Callable[[str], None], memory: dict[Any, Any]) -> None:
    """While a node was drained the page stayed up: neither the longest gap of any node nor the share of lost answers is above its limit."""
    _judge("drain", memory["asked during drain"], plan, observe, evidence)


@check(
    "application.update",
    facet="application",
    needs=["application.drain"],
    phase="disruptive",
    subject="cloud",
    source="Docker documentation: apply rolling updates to a service",
)
def test_update(
    deployment: Deployment, swarm: Swarm, outside: Outside, eventually: Eventually, observe: Observe, memory: dict[Any, Any]
) -> None:
    """A rolling update replaces every task by one of the new edition, and none of the old runs on; the page is asked meanwhile."""
    old = {each.id for each in _running(swarm)}

    def replaced() -> bool:
        tasks = swarm.manager.tasks(SERVICE)
        state = swarm.manager.service(SERVICE).get("UpdateStatus", {}).get("State", "")
        new = [each for each in tasks if each.state == "running" and each.id not in old]
        expect(
            state == "completed" and len(new) == len(old) == len(tasks),
            expected=f"an update that is completed, and {len(old)} new tasks",
            seen=f"{state or 'no update'}; {len(new)} new of {len(tasks)}",
        )
        return True

    with _asking(deployment, outside) as asked:
        began = time.monotonic()
        swarm.manager.set_environment(SERVICE, "EDITION", "2")
        eventually("every task is replaced", replaced, 240)
        observe("application.update", round(time.monotonic() - began, 1), "s")
        asked.ask_on(AFTERWARDS)
    memory["asked during update"] = asked


@check(
    "application.page-during-update",
    facet="application",
    needs=["application.mesh", "application.update"],
    phase="disruptive",
    subject="cloud",
    source="DESIGN: lost requests are counted; limits stand in the manifest",
)
def test_page_during_update(
    deployment: Deployment,
    outside: Outside,
    plan: CellPlan,
    eventually: Eventually,
    observe: Observe,
    evidence: Callable[[str], None],
    memory: dict[Any, Any],
) -> None:
    """While the service was updated the page stayed up at every node, within the limits for gap and loss; each gives the new edition."""
    _judge("update", memory["asked during update"], plan, observe, evidence)

    def new() -> bool:
        pages = [outside.http(each.url, 5) for each in deployment.endpoints for _ in range(3)]
        old = [each for each in pages if "edition 2" not in each.text]
        expect(not old, expected="the new edition at every node", seen=f"{len(old)} of {len(pages)} pages are another: {old[:1]}")
        return True

    eventually("every node gives the new edition", new, 30)


def is_page(page: Page) -> bool:
    """Whether an answer is the page."""
    return page.status == 200 and page.text.startswith("docker-swarm: ")


def _asking(deployment: Deployment, outside: Outside) -> Steadily:
    return Steadily(outside, [each.url for each in deployment.endpoints], is_page)


def _judge(change: str, asked: Steadily, plan: CellPlan, observe: Observe, evidence: Callable[[str], None]) -> None:
    evidence(f"asked {asked.asked} times, {len(asked.lost)} answers lost")
    observe(f"application.{change}-lost", len(asked.lost))
    observe(f"application.{change}-gap", round(asked.gap_s, 2), "s")
    evidence("longest gaps: " + "; ".join(f"{url} {gap:.2f} s" for url, gap in asked.gaps.items()))
    for each in asked.lost[:3]:
        evidence(each)
    gap, loss = (plan.limits[f"application.{change}_{what}"]["limit"] for what in ("gap", "loss"))
    expect(asked.gap_s <= gap, expected=f"no gap above {gap:g} s", seen=f"{asked.gap_s:.1f} s without an answer")
    expect(asked.loss <= loss, expected=f"at most {loss:.1%} of answers lost", seen=f"{len(asked.lost)} of {asked.asked} lost")


def _whole(swarm: Swarm, deployment: Deployment) -> bool:
    """Whether every node is Ready and every task runs."""
    try:
        nodes, tasks = swarm.manager.nodes(), swarm.manager.tasks(SERVICE)
        replicas = swarm.manager.service(SERVICE)["Spec"]["Mode"]["Replicated"]["Replicas"]
    except HarnessFault as silent:
        raise AssertionError(silent.message) from silent
    ready = [each for each in nodes if each.state == "ready"]
    running = [each for each in tasks if each.state == "running"]
    expect(
        len(ready) == len(deployment.servers) and len(running) == replicas,
        expected=f"{len(deployment.servers)} nodes Ready and {replicas} tasks running",
        seen="; ".join(map(str, (*nodes, *tasks))),
    )
    return True


def _running(swarm: Swarm) -> list[Task]:
    return [each for each in swarm.manager.tasks(SERVICE) if each.state == "running"]


def _on(swarm: Swarm, node: str) -> int:
    return sum(each.node == node for each in _running(swarm))
