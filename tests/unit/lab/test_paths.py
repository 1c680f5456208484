from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab.paths import Cache, LabPaths, clouds_file, lab_name


def test_the_cache_folder_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEROP_LAB_HOME", "/somewhere/else")
    assert Cache.default().home == Path("/somewhere/else")


def test_or_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTEROP_LAB_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/users/cache")
    assert Cache.default().home == Path("/users/cache/interop-lab")


def test_the_labs_clouds_are_where_the_harness_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTEROP_CLOUDS_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/users/cache")
    assert clouds_file("two") == Path("/users/cache/interop/clouds.d/lab-two.yaml")
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", "/my/clouds")
    assert clouds_file("two") == Path("/my/clouds/lab-two.yaml")


def test_the_lab_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTEROP_LAB", raising=False)
    assert lab_name() == "lab"
    monkeypatch.setenv("INTEROP_LAB", "second-1")
    assert lab_name() == "second-1"


@pytest.mark.parametrize("name", ["Lab", "a/b", "..", "1st", "a" * 17, "a b"])
def test_a_name_that_could_leave_the_folder_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEROP_LAB", name)
    with pytest.raises(LabError, match="cannot name a lab"):
        lab_name()


def test_control_groups_of_labs_of_one_name_differ_by_cache_folder() -> None:
    groups = {LabPaths(Cache(Path(home)), "lab").group for home in ("/a", "/b")}
    assert len(groups) == 2
    assert all(group.startswith("lab-lab-") for group in groups)


def test_every_lab_with_a_folder_is_known(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "run" / name).mkdir(parents=True)
    (tmp_path / "run/one.lock").touch()
    assert [lab.name for lab in Cache(tmp_path).labs()] == ["one", "two"]
