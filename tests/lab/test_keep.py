"""A kept workload stays until it is swept or removed by hand, and applying the same playbook by hand again changes nothing."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from .background import what_there_is
from .conftest import Lab, Run

SCENARIO = """
title: LAMP, kept
workloads: [lampstack]
checks: [boot.active]
"""


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    """LAMP, with hardly a check."""
    (tmp_path / "kept.yaml").write_text(SCENARIO, encoding="utf-8")
    return str(tmp_path / "kept.yaml")


def test_a_kept_lamp_is_changed_by_nothing_and_swept_on_demand(lab: Lab, scenario: str) -> None:
    kept = lab.run(scenario, "--cloud", "lab2", "--keep")
    assert_four_are_there(lab, kept, "lab2")
    assert "sweep" in kept.said
    assert recap(by_hand(lab, kept, "site.yml"), "changed") == {0}
    page = lab.interop("lab", "exec", "--", "curl", "-s", "-i", page_of(kept)).stdout
    assert "x-served-by" in page.lower()
    assert list(kept.folder.glob("cells/*/engine/id_ed25519")) != []
    lab.interop("sweep", "--cloud", "lab2", "--run", str(kept.folder), "--yes")
    assert lab.openstack("lab2", "server", "list") == []
    assert list(kept.folder.glob("cells/*/engine/id_ed25519")) == []


def test_a_lamp_with_a_network_of_its_own_is_changed_by_nothing_and_removed_by_hand(lab: Lab, scenario: str) -> None:
    before = what_there_is(lab, "lab1")
    kept = lab.run(scenario, "--cloud", "lab1", "--keep")
    try:
        assert_four_are_there(lab, kept, "lab1")
        taken = {each["name"]: each["value"] for each in kept.report["branches"]}
        assert (taken["network"], taken["address"]) == ("made", "floating")
        assert recap(by_hand(lab, kept, "site.yml"), "changed") == {0}
        gone = by_hand(lab, kept, "destroy.yml")
        assert (recap(gone, "failed"), recap(gone, "unreachable")) == ({0}, {0})
        assert what_there_is(lab, "lab1") == before
    finally:
        lab.interop("sweep", "--cloud", "lab1", "--run", str(kept.folder), "--yes")


def assert_four_are_there(lab: Lab, kept: Run, cloud: str) -> None:
    """The servers of LAMP are there."""
    servers = {each["Name"] for each in lab.openstack(cloud, "server", "list")}
    assert len({name for name in servers if name.startswith("interop-")}) == 4, kept.said


def by_hand(lab: Lab, kept: Run, playbook: str) -> str:
    """Run a playbook by hand with the inputs that the cell used, as the workload's README says; what Ansible prints."""
    (cell,) = kept.report["cells"]
    engine = kept.folder / "cells" / cell["id"] / "engine"
    command = [str(Path(sys.executable).with_name("ansible-playbook")), playbook, "-e", f"@{engine}/inputs.json"]
    environment = [f"OS_CLIENT_CONFIG_FILE={lab.clouds_file}", f"OS_CLOUD={cell['cloud']}"]
    return lab.interop("lab", "exec", "--", "env", f"--chdir={engine}/project", *environment, *command).stdout


def recap(said: str, word: str) -> set[int]:
    """What each host's recap says after ``word``."""
    return {int(each) for each in re.findall(rf"\b{word}=(\d+)", said)}


def page_of(run: Run) -> str:
    """Where the page of a kept run is."""
    (cell,) = run.report["cells"]
    return next(str(each["url"]) for each in cell["endpoints"] if each["name"] == "page")
