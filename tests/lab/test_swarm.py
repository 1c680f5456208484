"""The Swarm on a cloud whose servers have kernels of their own: the mesh carries the page through every change, and nothing is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from .conftest import Lab, Run

THROUGH_THE_MESH = ("application.page-after-reboot", "application.page-during-drain", "application.page-during-update")


@pytest.fixture(scope="module")
def watched(lab: Lab) -> tuple[Run, str]:
    """One round of the Swarm on cloud 3, and the join secret, which Terraform's state had meanwhile."""
    lab.interop("lab", "install", "lab3")
    lab.interop("lab", "up", "lab3")
    over = Event()
    with ThreadPoolExecutor(1) as pool:
        secret = pool.submit(join_secret, lab.reports, over)
        try:
            run = lab.run("docker-swarm", "--cloud", "lab3")
        finally:
            over.set()
        return run, secret.result()


@pytest.fixture(scope="module")
def swarm(watched: tuple[Run, str]) -> Run:
    """The round."""
    return watched[0]


def join_secret(reports: Path, over: Event) -> str:
    """The join secret, as soon as a state under ``reports`` has one; empty if none has before it is ``over``."""
    while not over.wait(0.5):
        for state in reports.glob("*/cells/*/engine/terraform.tfstate"):
            with suppress(ValueError):  # it is being written
                for found in secrets_in(json.loads(state.read_text(encoding="utf-8"))):
                    return found
    return ""


def secrets_in(state: dict[str, Any]) -> Iterator[str]:
    """What stands in a state as the join secret."""
    for resource in state["resources"]:
        if resource["name"] == "join_secret":
            for instance in resource["instances"]:
                yield instance["attributes"]["output"]["value"]


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


def test_neither_the_join_secret_nor_a_token_stands_in_a_file_of_the_run(watched: tuple[Run, str]) -> None:
    run, secret = watched
    assert len(secret) == 72  # two UUIDs
    files = [path for path in run.folder.rglob("*") if path.is_file()]
    assert [path for path in files if secret.encode() in path.read_bytes() or b"SWMTKN-" in path.read_bytes()] == []


def test_no_node_keeps_the_join_secret(swarm: Run) -> None:
    found = [each["verdict"] for each in swarm.outcomes("lab3", "initialisation.join-secret-gone")]
    assert found == ["pass"] * 3, swarm.said
