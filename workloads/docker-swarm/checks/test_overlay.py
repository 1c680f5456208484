"""The swarm's overlay network: names resolve, nodes reach each other, full-size packets pass."""

from __future__ import annotations

import re
from itertools import permutations

from harness.checks import check, does_not_apply, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import Scene
from harness.checks.waiting import Eventually
from harness.model import Deployment
from harness.probes.swarm import Swarm, Task

SERVICE = NETWORK = "page"
BUSYBOX = "/bin/busybox"
VXLAN = 50
"""Bytes that VXLAN puts around a packet in an IPv4 network (RFC 7348)."""
ICMP = 28
"""Bytes of the IPv4 and ICMP headers of an echo request."""


@check(
    "application.name-on-overlay",
    facet="application",
    needs=["application.replicas"],
    subject="cloud",
    source="Docker documentation: networking overview, embedded DNS",
)
def test_name_on_overlay(swarm: Swarm, eventually: Eventually) -> None:
    """The service's name resolves on the overlay network in every task: to the service's own address there, and to all its tasks.

    ``page`` is the address that stands for the service, ``tasks.page`` those of its tasks, on whichever node they are.
    """
    tasks = _running(swarm)
    virtual = {each["Addr"].partition("/")[0] for each in swarm.manager.service(SERVICE)["Endpoint"]["VirtualIPs"]}
    for task in tasks:

        def known(task: Task = task) -> bool:
            own, others = _resolved(swarm, task, SERVICE), _resolved(swarm, task, f"tasks.{SERVICE}")
            expect(own & virtual, expected=f"{SERVICE} is one of {_words(virtual)}", seen=_words(own))
            wanted = {each.addresses[NETWORK] for each in tasks}
            expect(others == wanted, expected=f"tasks.{SERVICE} is {_words(wanted)}", seen=_words(others))
            return True

        eventually(f"the name {SERVICE} resolves in the task on {task.node}", known, 20)


@check(
    "reachability.overlay",
    facet="reachability",
    needs=["application.replicas"],
    subject="cloud",
    source="Docker documentation: overlay networks, UDP port 4789",
)
def test_overlay(swarm: Swarm, eventually: Eventually, observe: Observe) -> None:
    """Tasks on different nodes reach each other on the overlay network: a small ICMP echo from each to each."""
    pairs = _between_nodes(swarm)
    for near, far in pairs:
        eventually(f"the task on {far.node} answers that on {near.node}", lambda near=near, far=far: _echoed(swarm, near, far, 56), 15)  # type: ignore[misc]
    observe("reachability.overlay-pairs", len(pairs))


@check(
    "reachability.overlay-full-size-packets",
    facet="reachability",
    needs=["reachability.overlay"],
    subject="cloud",
    source="RFC 7348: virtual tunnel endpoints must not fragment; RFC 2923",
)
def test_overlay_full_size_packets(deployment: Deployment, scene: Scene, swarm: Swarm, eventually: Eventually, observe: Observe) -> None:
    """Packets of the overlay network's full size pass between nodes, and its MTU leaves room for VXLAN in the servers' network.

    From each task to each on another node an ICMP echo of full size is sent, and a megabyte is fetched.
    """
    pairs = _between_nodes(swarm)
    views = [scene.view_of(each) for each in deployment.servers]
    outer = min(device.mtu for view in views for device in view.devices if view.reached_at in device.addresses)
    for near, far in pairs:
        mtu = _mtu(swarm, near, far)
        expect(mtu + VXLAN <= outer, expected=f"an MTU of at most {outer - VXLAN}, the servers' {outer} less VXLAN's {VXLAN}", seen=mtu)
        observe("reachability.overlay-mtu", mtu, "bytes")
        what = f"a packet of {mtu} bytes passes from {near.node} to {far.node}"
        eventually(what, lambda near=near, far=far, size=mtu - ICMP: _echoed(swarm, near, far, size), 10)  # type: ignore[misc]
        _fetch(swarm, near, far)


def _running(swarm: Swarm) -> tuple[Task, ...]:
    return tuple(each for each in swarm.manager.tasks(SERVICE) if each.state == "running")


def _between_nodes(swarm: Swarm) -> list[tuple[Task, Task]]:
    tasks = _running(swarm)
    if len(tasks) == 1:
        does_not_apply("the service has one task: nothing passes between nodes")
    pairs = [(near, far) for near, far in permutations(tasks, 2) if near.node != far.node]
    expect(pairs, expected="tasks on more than one node", seen=f"{len(tasks)} on one")
    return pairs


def _resolved(swarm: Swarm, task: Task, name: str) -> set[str]:
    answer = swarm.run_in(task, BUSYBOX, "nslookup", f"{name}.")  # the dot keeps busybox from trying other domains than none
    found = re.findall(r"Address[^:]*: *(\d+\.\d+\.\d+\.\d+)(?!\S)", answer.stdout)
    return {each for each in found if not each.startswith("127.")}


def _echoed(swarm: Swarm, near: Task, far: Task, size: int) -> bool:
    answer = swarm.run_in(near, BUSYBOX, "ping", "-c", "2", "-W", "2", "-s", str(size), far.addresses[NETWORK])
    expect(answer.rc == 0, expected=f"an answer to {size + ICMP} bytes", seen=_last_line(answer.stdout))
    return True


def _mtu(swarm: Swarm, near: Task, far: Task) -> int:
    script = f"b={BUSYBOX}; $b cat /sys/class/net/$($b ip route get {far.addresses[NETWORK]} | $b sed 's/.* dev \\([^ ]*\\).*/\\1/;q')/mtu"
    return int(swarm.run_in(near, BUSYBOX, "sh", "-c", script).stdout)


def _fetch(swarm: Swarm, near: Task, far: Task) -> None:
    url = f"http://{far.addresses[NETWORK]}:8080/megabyte"
    answer = swarm.run_in(near, BUSYBOX, "sh", "-c", f"{BUSYBOX} timeout 20 {BUSYBOX} wget -q -O - {url} | {BUSYBOX} wc -c")
    seen = answer.stdout.strip()
    expect(seen == "1048576", expected=f"a megabyte fetched by {near.node} from {far.node}", seen=f"{seen or 'no'} bytes within 20 s")


def _words(addresses: set[str]) -> str:
    return ", ".join(sorted(addresses)) or "nothing"


def _last_line(words: str) -> str:
    return (words.strip().splitlines() or ["no word"])[-1]
