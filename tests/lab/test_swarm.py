"""The Swarm on a cloud whose servers have kernels of their own: the mesh carries the page through every change, and nothing is left."""

from __future__ import annotations

import pytest

from .conftest import Lab, Run

THROUGH_THE_MESH = ("application.page-after-reboot", "application.page-during-drain", "application.page-during-update")


@pytest.fixture(scope="module")
def swarm(lab: Lab) -> Run:
    """One round of the Swarm on cloud 3."""
    lab.interop("lab", "install", "lab3")
    lab.interop("lab", "up", "lab3")
    return lab.run("docker-swarm", "--cloud", "lab3")


def test_every_node_answers_through_the_routing_mesh(swarm: Run) -> None:
    found = {each["subject"]: each["verdict"] for each in swarm.outcomes("lab3", "application.mesh")}
    assert found == dict.fromkeys(("manager", "worker-1", "worker-2"), "pass"), swarm.said


@pytest.mark.parametrize("check", THROUGH_THE_MESH)
def test_the_page_stays_up_while_the_swarm_changes(swarm: Run, check: str) -> None:
    assert [each["verdict"] for each in swarm.outcomes("lab3", check)] == ["pass"], swarm.said


def test_nothing_is_blamed_and_nothing_is_left(swarm: Run) -> None:
    assert (swarm.code, swarm.report["blame"], swarm.report["leftovers"]) == (0, [], []), swarm.said


def test_what_the_nodes_run_on_is_recorded(swarm: Run) -> None:
    recorded = {each["name"]: each["value"] for one in swarm.outcomes("lab3", "application.docker") for each in one["observations"]}
    assert recorded["application.storage-driver"] == "overlay2"
    assert all(recorded[f"application.{what}"] for what in ("kernel", "cgroup-version", "docker-version"))
