"""A scenario made from a workload is one that this project reads, and it requires what the workload's manifest names."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import FileError, UsageError
from harness.manifest import find_workload, names, read_scenario, read_workload
from harness.manifest.scenario import Scenario
from harness.requiring import scenario_from, write_new
from harness.rounds import plan_round
from tests.unit.wire import ENTRY, clouds_folder

__all__ = ["clouds_folder"]


def made(tmp_path: Path, name: str) -> tuple[Scenario, str]:
    text = scenario_from(name)
    write_new(tmp_path / "made.yaml", text)
    return read_scenario(tmp_path / "made.yaml"), text


@pytest.mark.parametrize("name", names("workloads"))
def test_of_every_workload_it_is_a_scenario_that_can_be_planned(name: str, clouds_folder: Path, tmp_path: Path) -> None:
    (clouds_folder / "acme.yaml").write_text(ENTRY)
    found, _ = made(tmp_path, name)
    workload = read_workload(find_workload(name))
    assert found.workloads == [name]
    assert found.require.must_have == workload.must_have
    (cell,) = plan_round(str(tmp_path / "made.yaml"), ["acme"], [], tmp_path).cells
    assert cell.must_have == tuple(workload.must_have)


def test_it_requires_the_manifests_limit_to_the_page_and_the_facets_of_the_must_haves(tmp_path: Path) -> None:
    found, _ = made(tmp_path, "lampstack")
    assert (found.require.to_page, found.require.facets) == (900, ["boot", "initialisation", "application"])


def test_a_workload_without_a_page_is_asked_for_none(tmp_path: Path) -> None:
    found, _ = made(tmp_path, "two-servers")
    assert (found.require.to_page, found.require.facets) == (None, ["boot", "initialisation"])


def test_the_example_of_a_waiver_can_be_used_as_it_stands(tmp_path: Path) -> None:
    _, text = made(tmp_path, "lampstack")
    start = text.index("# waivers:")
    used = tmp_path / "used.yaml"
    used.write_text(text[:start] + text[start:].replace("# ", "", 1).replace("#  ", " "))
    (waiver,) = read_scenario(used).waivers
    assert (waiver.id, waiver.cloud) == ("boot.active", "A")


def test_a_workload_that_is_named_by_its_folder_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = find_workload("two-servers").resolve()
    monkeypatch.chdir(folder.parent)
    found, _ = made(tmp_path, "./two-servers")
    monkeypatch.chdir(tmp_path)
    assert find_workload(found.workloads[0], beside=tmp_path).resolve() == folder


def test_a_must_have_that_is_no_check_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("[]\n")
    manifest = tmp_path / "workload.yaml"
    manifest.write_text("name: pair\ntitle: P\nengine: ansible\nentry: site.yml\nroles: {web: 1}\nmust_have: [boot.activ]\n")
    with pytest.raises(FileError, match=r"workload.yaml: line 6: must_have.0: boot.activ is no check") as caught:
        scenario_from(f"{tmp_path}/")
    assert caught.value.mend == "did you mean boot.active?"


def test_a_workload_without_must_haves_still_gives_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "pair").mkdir()
    (tmp_path / "pair" / "site.yml").write_text("[]\n")
    (tmp_path / "pair" / "workload.yaml").write_text("name: pair\ntitle: P\nengine: ansible\nentry: site.yml\nroles: {web: 1}\n")
    found, _ = made(tmp_path, str(tmp_path / "pair"))
    assert (found.require.must_have, found.require.facets) == ("all", [])


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_new(tmp_path / "mine.yaml", "other")
    assert (tmp_path / "mine.yaml").read_text() == "mine"
    with pytest.raises(UsageError, match="cannot be written"):
        write_new(tmp_path / "nowhere" / "mine.yaml", "other")
