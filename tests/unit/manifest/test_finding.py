import os
from pathlib import Path

import pytest

from harness.errors import FileError, UsageError
from harness.manifest import digest, find_scenario, find_workload, names


def workload(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True)
    for name, text in {"workload.yaml": "name: x\n", "site.yml": "[]\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_digest_is_of_names_and_contents_alone(tmp_path: Path) -> None:
    one = workload(tmp_path / "one", **{"roles/a.yml": "a"})
    other = workload(tmp_path / "other", **{"roles/a.yml": "a"})
    os.utime(other / "site.yml", (1, 1))
    (other / "site.yml").chmod(0o755)
    assert digest(one) == digest(other)
    assert digest(one).startswith("sha256:")


@pytest.mark.parametrize("extra", ["checks/test_x.py", "__pycache__/x.pyc", ".ansible/x", "roles/__pycache__/x.pyc", "site.yml~"])
def test_checks_and_caches_do_not_count(tmp_path: Path, extra: str) -> None:
    assert digest(workload(tmp_path / "one", **{"roles/a": ""})) == digest(workload(tmp_path / "other", **{"roles/a": "", extra: "x"}))


@pytest.mark.parametrize("files", [{"site.yml": "[1]\n"}, {"new": ""}, {"roles/checks/x": ""}, {".hidden": ""}])
def test_every_other_file_counts(tmp_path: Path, files: dict[str, str]) -> None:
    assert digest(workload(tmp_path / "one")) != digest(workload(tmp_path / "other", **files))


def test_moving_bytes_from_one_file_to_the_next_changes_the_digest(tmp_path: Path) -> None:
    assert digest(workload(tmp_path / "one", a="xy", b="z")) != digest(workload(tmp_path / "other", a="x", b="yz"))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = workload(tmp_path / "one")
    (tmp_path / "outside").write_text("x")
    (folder / "inside").symlink_to(tmp_path / "outside")
    with pytest.raises(FileError, match="leads out"):
        digest(folder)


def test_a_link_to_a_folder_outside_is_refused(tmp_path: Path) -> None:
    folder = workload(tmp_path / "one")
    (tmp_path / "outside").mkdir()
    (folder / "inside").symlink_to(tmp_path / "outside")
    with pytest.raises(FileError, match="leads out"):
        digest(folder)


def test_a_workload_is_found_by_name_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = workload(tmp_path / "workloads" / "mine")
    assert find_workload("mine").resolve() == folder
    assert "mine" in names("workloads")


def test_a_workload_is_found_by_path_from_where_it_is_written(tmp_path: Path) -> None:
    folder = workload(tmp_path / "there" / "mine")
    assert find_workload("./mine", beside=tmp_path / "there").resolve() == folder
    assert find_workload(str(folder)) == folder


def test_the_shipped_workloads_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (find_workload("two-servers") / "workload.yaml").is_file()


def test_a_workload_that_is_not_there_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workload(tmp_path / "workloads" / "mine")
    with pytest.raises(UsageError, match="there is no workload yours; looked for workloads/yours") as caught:
        find_workload("yours")
    assert "mine" in caught.value.mend


def test_a_scenario_is_found_by_name_or_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "s.yaml").write_text("title: T\n")
    assert find_scenario("s") is not None
    assert find_scenario("scenarios/s.yaml") is not None
    assert find_scenario("nothing") is None
