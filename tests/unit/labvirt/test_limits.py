from __future__ import annotations

from pathlib import Path

import pytest

from labvirt.limits import DEVICES, configuration, nodename, processors


def test_both_versions_of_control_groups_are_written_for(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n", encoding="ascii")
    lines = configuration(768, 2, tmp_path)
    assert {"lxc.cgroup.memory.limit_in_bytes = 768M", "lxc.cgroup.cpu.cfs_quota_us = 200000"} <= set(lines)
    assert {"lxc.cgroup2.memory.max = 768M", "lxc.cgroup2.cpu.max = 200000 100000"} <= set(lines)


def test_limits_of_version_2_are_left_out_where_its_hierarchy_has_no_such_controller(tmp_path: Path) -> None:
    (tmp_path / "unified").mkdir()
    (tmp_path / "unified/cgroup.controllers").write_text("hugetlb\n", encoding="ascii")
    lines = configuration(768, 1, tmp_path)
    assert not [line for line in lines if line.startswith(("lxc.cgroup2.memory", "lxc.cgroup2.cpu"))]


def test_devices_are_denied_first_and_then_those_of_any_guest_allowed(tmp_path: Path) -> None:
    lines = configuration(768, 1, tmp_path)
    for version in ("cgroup", "cgroup2"):
        rules = [line for line in lines if line.startswith(f"lxc.{version}.devices")]
        assert rules[0] == f"lxc.{version}.devices.deny = a"
        assert len(rules) == len(DEVICES) + 1


@pytest.mark.parametrize("vcpus", [1, 2, 3])
def test_a_guest_finds_as_many_processors_as_its_flavor_has(vcpus: int) -> None:
    machine = "processor\t: 0\nmodel name\t: first\n\nprocessor\t: 1\nmodel name\t: second\n\n"
    found = processors(machine, vcpus)
    assert [line for line in found.splitlines() if line.startswith("processor")] == [f"processor\t: {number}" for number in range(vcpus)]
    assert [line.split(": ")[1] for line in found.splitlines() if "model" in line] == ["first", "second", "first"][:vcpus]
    assert processors(machine, 2) == machine


def test_a_container_is_named_as_the_kernel_takes_it() -> None:
    assert nodename("web-1") == "web-1"
    assert nodename("web-1.example.org") == "web-1"
    assert nodename(f"{'x' * 52}-guest-test.example.org") == f"{'x' * 52}-guest-test"
    assert len(nodename("x" * 200)) == 64
    assert nodename("") == "guest"
