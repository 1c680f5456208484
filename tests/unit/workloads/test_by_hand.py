"""What is made by hand, with the README's own words, is nobody's but the maker's: no sweep of the harness takes it."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from harness.ownership import owned
from harness.ownership.inventory import _resource

WORKLOADS = Path(__file__).parents[3] / "workloads"


def of_ansible(workload: str) -> dict[str, Any]:
    """The mark that the README of a workload for Ansible writes."""
    line = re.search(r"^mark: .*", (WORKLOADS / workload / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert line
    return dict(yaml.safe_load(line[0])["mark"])


def of_terraform(workload: str) -> dict[str, Any]:
    """The mark that a workload for Terraform has where none is given."""
    variables = (WORKLOADS / workload / "variables.tf").read_text(encoding="utf-8")
    default = re.search(r'^variable "mark" \{.*?default = \{(.*?)\n  \}', variables, re.DOTALL | re.MULTILINE)
    assert default
    flat = dict(re.findall(r'(\w+) += "([^"]*)"', default[1]))
    return {"prefix": flat.pop("prefix"), "description": flat.pop("description"), "metadata": flat}


@pytest.mark.parametrize("mark", [of_ansible("lampstack"), of_ansible("two-servers"), of_terraform("docker-swarm")])
def test_no_sweep_takes_what_was_made_by_hand(mark: dict[str, Any]) -> None:
    assert mark["metadata"]
    made = [
        _resource("server", SimpleNamespace(id="1", name=f"{mark['prefix']}-web-1", metadata=mark["metadata"], description=None)),
        _resource("port", SimpleNamespace(id="2", name=f"{mark['prefix']}-web-1", description=mark["description"])),
        _resource("network", SimpleNamespace(id="3", name=mark["prefix"], description=mark["description"])),
        _resource("floating-address", SimpleNamespace(id="4", name=None, description=mark["description"])),
    ]
    assert owned(made, None) == ()
