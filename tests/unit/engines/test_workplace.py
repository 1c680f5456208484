from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.engines import workplace
from harness.errors import UsageError
from harness.manifest.finding import digest, find_workload, names

from .conftest import Workbench


def test_the_copy_is_without_the_workloads_checks_but_with_a_role_of_that_name(workbench: Workbench) -> None:
    for name in ("checks/test_page.py", "roles/checks/tasks/main.yml", "roles/web/checks/page.yml", "roles/web/.git/config"):
        file = workbench.workload / name
        file.parent.mkdir(parents=True)
        file.write_text("---\n")
    project = workplace.copy(workbench.job("[]\n"))
    files = sorted(each.relative_to(project).as_posix() for each in project.rglob("*") if each.is_file())
    assert files == ["roles/checks/tasks/main.yml", "roles/web/checks/page.yml", "site.yml"]
    assert digest(project) == digest(workbench.workload)


def test_a_file_that_is_called_checks_is_no_folder_of_checks(workbench: Workbench) -> None:
    (workbench.workload / "checks").write_text("as it stands")
    project = workplace.copy(workbench.job("[]\n"))
    assert (project / "checks").read_text() == "as it stands"
    assert digest(project) == digest(workbench.workload)


@pytest.mark.parametrize("name", ["node/x~", "node/.site.yml.swp", "node/x.pyc", "node/terraform.tfstate"])
def test_what_an_editor_leaves_is_in_neither_the_copy_nor_the_digest(workbench: Workbench, name: str) -> None:
    job = workbench.job("[]\n")
    planned = digest(job.workload)
    (job.workload / name).parent.mkdir()
    (job.workload / name).write_text("as it was before")
    project = workplace.copy(replace(job, digest=planned))
    assert [each.name for each in project.rglob("*") if each.is_file()] == ["site.yml"]


def test_a_workload_that_changed_since_it_was_planned_is_refused_by_its_name(workbench: Workbench) -> None:
    job = replace(workbench.job("[]\n"), digest=digest(workbench.workload))
    workplace.copy(job)
    (job.workload / "site.yml").write_text("- hosts: all\n")
    with pytest.raises(UsageError, match="the workload workload changed since the round was planned"):
        workplace.copy(job)


def test_a_copy_comes_to_the_same_whatever_there_is_of_links_modes_and_leftovers(workbench: Workbench) -> None:
    job = workbench.job("[]\n")
    (job.workload / "run.sh").write_text("true\n")
    (job.workload / "run.sh").chmod(0o755)
    (job.workload / "node~").mkdir()
    (job.workload / "node~" / "again.sh").symlink_to("../run.sh")
    (job.workload / "empty").mkdir()
    for leftover in (".terraform", "checks"):
        (job.workload / leftover).mkdir()
        (job.workload / leftover / "x").write_text("x")
    project = workplace.copy(replace(job, digest=digest(job.workload)))
    assert digest(project) == digest(job.workload)
    assert {each.relative_to(project).as_posix() for each in project.rglob("*") if each.is_file()} == {
        "site.yml",
        "run.sh",
        "node~/again.sh",
    }


@pytest.mark.parametrize("name", names("workloads"))
def test_every_shipped_workload_is_copied_as_what_it_is(workbench: Workbench, name: str) -> None:
    workload: Path = find_workload(name)
    workplace.copy(replace(workbench.job("[]\n"), workload=workload, digest=digest(workload)))


def test_a_tool_that_works_elsewhere_finds_the_files_that_count_here(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OS_CLIENT_SECURE_FILE", "mine.yaml")
    (tmp_path / "mine.yaml").write_text("clouds: {}\n")
    environment = workplace.environment(replace(workbench.job("[]\n"), config_file=Path("clouds.yaml")))
    assert environment["OS_CLIENT_CONFIG_FILE"] == str(tmp_path / "clouds.yaml")
    assert environment["OS_CLIENT_SECURE_FILE"] == str(tmp_path / "mine.yaml")
