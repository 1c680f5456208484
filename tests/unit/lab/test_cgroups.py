from __future__ import annotations

from pathlib import Path

import pytest

from harness.lab import cgroups
from harness.lab.cgroups import Hierarchy, parse

HYBRID = (
    "30 20 0:25 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
    "31 20 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "32 20 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "33 20 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
    "34 20 0:25 / /run/again/memory rw - cgroup cgroup rw,memory\n"
    "35 20 0:29 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
)
HYBRID_OWN = "9:memory:/task\n8:cpu,cpuacct:/\n7:name=systemd:/user.slice\n0::/user.slice/user-0.slice\n"


def test_every_hierarchy_is_found_once_with_the_callers_place_in_it() -> None:
    assert parse(HYBRID, HYBRID_OWN) == [
        Hierarchy(Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup/memory/task"), "memory"),
        Hierarchy(Path("/sys/fs/cgroup/cpu,cpuacct"), Path("/sys/fs/cgroup/cpu,cpuacct"), "cpu,cpuacct"),
        Hierarchy(Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/systemd/user.slice"), "none,name=systemd"),
        Hierarchy(Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/unified/user.slice/user-0.slice"), ""),
    ]


def test_a_stock_debian_has_version_2_alone() -> None:
    mounts = "30 20 0:25 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
    found = parse(mounts, "0::/user.slice/user-0.slice/session-1.scope\n")
    assert [hierarchy.unified for hierarchy in found] == [True]
    assert found[0].own == Path("/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope")


def test_in_a_container_the_mount_is_a_part_of_the_hierarchy() -> None:
    mounts = "30 20 0:25 /docker/4711 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    assert parse(mounts, "9:memory:/docker/4711/sub\n")[0].own == Path("/sys/fs/cgroup/memory/sub")


def test_a_group_of_version_1_is_made_under_the_callers(tmp_path: Path) -> None:
    assert Hierarchy(tmp_path, tmp_path / "task", "memory").group("lab") == tmp_path / "task/lab"


def session_of_version_2(hierarchy: Path, *handed_down: str) -> Path:
    """A session's group in a hierarchy of version 2; what its root, and the slice between, hand down."""
    session = hierarchy / "user.slice/session.scope"
    session.mkdir(parents=True)
    for group, controllers in zip((hierarchy, hierarchy / "user.slice", session), (*handed_down, ""), strict=True):
        (group / "cgroup.subtree_control").write_text(controllers, encoding="ascii")
    return session


def test_a_group_of_version_2_is_made_where_controllers_are_handed_down(tmp_path: Path) -> None:
    session = session_of_version_2(tmp_path, "cpu memory pids", "memory")
    assert Hierarchy(tmp_path, session, "").group("lab") == tmp_path / "lab"


def test_and_else_under_the_callers(tmp_path: Path) -> None:
    session = session_of_version_2(tmp_path, "hugetlb", "")
    assert Hierarchy(tmp_path, session, "").group("lab") == session / "lab"


def test_processors_are_copied_into_a_cpuset_group(tmp_path: Path) -> None:
    (tmp_path / "cpuset.cpus").write_text("0-1", encoding="ascii")
    (tmp_path / "cpuset.mems").write_text("0", encoding="ascii")
    group = cgroups.make(Hierarchy(tmp_path, tmp_path, "cpuset"), "lab")
    assert (group / "cpuset.cpus").read_text(encoding="ascii") == "0-1"
    assert (group / "cgroup.clone_children").read_text(encoding="ascii") == "1"


def test_version_2_is_delegated_from_a_group_without_processes(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("pids rdma", encoding="ascii")
    cgroups.delegate(tmp_path)
    assert (tmp_path / "init.scope/cgroup.procs").read_text(encoding="ascii") == "0"
    assert (tmp_path / "cgroup.subtree_control").read_text(encoding="ascii") == "+pids"


def test_members_are_those_of_all_groups_below(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "cgroup.procs").write_text("1\n2\n", encoding="ascii")
    (tmp_path / "sub/cgroup.procs").write_text("3\n", encoding="ascii")
    assert cgroups.members([tmp_path, tmp_path / "gone"]) == {1, 2, 3}


def test_groups_are_removed_with_all_below(tmp_path: Path) -> None:
    group = tmp_path / "lab"
    (group / "a/b").mkdir(parents=True)
    (group / "c").mkdir()
    assert cgroups.remove([group, tmp_path / "gone"]) == []
    assert not group.exists()


def test_a_group_that_is_held_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "_WAIT_S", 0.01)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab/held").touch()
    assert cgroups.remove([tmp_path / "lab"]) == [tmp_path / "lab"]
