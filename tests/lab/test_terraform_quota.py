"""Quotas that Terraform meets on a real cloud: one seen beforehand, one that it runs into half-way. Neither blames the cloud."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .background import what_there_is
from .conftest import Lab, Run

PROJECT = "challenge"
OPTIONS = {"instances": "--instances", "security_group_rules": "--secgroup-rules"}
SCENARIO = f"""
title: One server through Terraform
workloads: [{Path(__file__).parent / "workloads" / "one-server-tf"}]
checks: [boot.active, initialisation.ssh-key, teardown]
"""


def as_admin(lab: Lab, *arguments: str) -> str:
    """What the plain client prints for lab1's administrator."""
    said = shlex.split(lab.interop("lab", "env", "lab1", "--admin").stdout)
    own = dict(each.split("=", 1) for each in said if each.startswith("OS_"))
    command = lab.command("lab", "exec", "--", "openstack", *arguments)
    return subprocess.run(command, env={**lab.environment, **own}, capture_output=True, text=True, check=True).stdout


def quotas(lab: Lab) -> dict[str, dict[str, Any]]:
    """Each quota of the project, with its limit and how much of it is in use."""
    rows = json.loads(as_admin(lab, "quota", "show", "--usage", PROJECT, "-f", "json"))
    return {each["Resource"]: each for each in rows}


@contextmanager
def limited(lab: Lab, resource: str, left: int) -> Iterator[None]:
    """For the length of a ``with`` the project may have ``left`` more of ``resource``."""
    was = quotas(lab)[resource]
    as_admin(lab, "quota", "set", OPTIONS[resource], str(was["In Use"] + left), PROJECT)
    try:
        yield
    finally:
        as_admin(lab, "quota", "set", OPTIONS[resource], str(was["Limit"]), PROJECT)


def finished(run: Run) -> dict[str, Any]:
    """How the run's only cell ended."""
    (journal,) = run.folder.glob("cells/*/journal.jsonl")
    return next(each for each in map(json.loads, journal.read_text(encoding="utf-8").splitlines()) if each["event"] == "cell.finished")


def test_a_swarm_that_does_not_fit_is_refused_in_one_sentence_before_anything_is_made(lab: Lab) -> None:
    before = what_there_is(lab)
    with limited(lab, "instances", 2):
        run = lab.run("docker-swarm", "--cloud", "lab1")
    ending = finished(run)
    assert (run.code, ending["status"], ending["kind"]) == (3, "refused", "QuotaTooSmall"), run.said
    assert ending["error"].startswith("cloud lab1: docker-swarm does not fit into the project's quota: instances: 1 too few (3 needed,")
    assert "instances: 1 too few" in " ".join(run.said.split())
    assert not list(run.folder.glob("cells/*/engine/terraform.tfstate"))
    assert what_there_is(lab) == before


def test_a_quota_that_is_met_half_way_is_unknown_and_what_was_made_by_then_is_removed(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "one-server.yaml").write_text(SCENARIO, encoding="utf-8")
    before = what_there_is(lab)
    with limited(lab, "security_group_rules", 3):  # two that Neutron makes with the group, and the first of the workload's own two
        run = lab.run(str(tmp_path / "one-server.yaml"), "--cloud", "lab1")
    ending = finished(run)
    assert (run.code, ending["status"], ending["kind"]) == (3, "failed", "EngineError"), run.said
    assert "quota" in ending["error"].lower()
    assert (run.report["blame"], run.report["leftovers"]) == ([], [])
    assert [each for each in run.report["outcomes"] if each["verdict"] == "fail"] == []
    assert what_there_is(lab) == before
