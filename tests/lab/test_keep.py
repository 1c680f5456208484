"""A kept workload stays until it is swept, and applying the same playbook by hand again changes nothing."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from .conftest import Lab, Run

SCENARIO = """
title: LAMP, kept
workloads: [lampstack]
checks: [boot.active]
"""


@pytest.fixture
def kept(lab: Lab, tmp_path: Path) -> Run:
    """LAMP on lab2, kept."""
    (tmp_path / "kept.yaml").write_text(SCENARIO, encoding="utf-8")
    return lab.run(str(tmp_path / "kept.yaml"), "--cloud", "lab2", "--keep")


def test_a_kept_lamp_is_changed_by_nothing_and_swept_on_demand(lab: Lab, kept: Run) -> None:
    servers = {each["Name"] for each in lab.openstack("lab2", "server", "list")}
    assert len({name for name in servers if name.startswith("interop-")}) == 4, kept.said
    assert "sweep" in kept.said
    assert apply_again(lab, kept.folder / "cells/lab2.lampstack/engine") == {"changed=0"}
    page = lab.interop("lab", "exec", "--", "curl", "-s", "-i", page_of(kept)).stdout
    assert "x-served-by" in page.lower()
    lab.interop("sweep", "--cloud", "lab2", "--run", kept.folder.name, "--yes")
    assert lab.openstack("lab2", "server", "list") == []


def apply_again(lab: Lab, engine: Path) -> set[str]:
    """Run the playbook by hand with the inputs that the cell used; how much each host's recap says was changed."""
    playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "site.yml", "-e", f"@{engine}/inputs.json"]
    environment = [f"OS_CLIENT_CONFIG_FILE={lab.clouds_file}", "OS_CLOUD=lab2"]
    done = lab.interop("lab", "exec", "--", "env", f"--chdir={engine}/project", *environment, *playbook)
    return set(re.findall(r"changed=\d+", done.stdout))


def page_of(run: Run) -> str:
    """Where the page of a kept run is."""
    (cell,) = run.report["cells"]
    return next(str(each["url"]) for each in cell["endpoints"] if each["name"] == "page")
