from __future__ import annotations

from harness.engines import workplace
from harness.manifest.finding import digest

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
