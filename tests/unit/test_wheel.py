"""What an installed user has: the wheel, built as it is for a release, holds all that the command reads, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from harness.manifest import digest

ROOT = Path(__file__).parents[2]
SHARED = "harness/share"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as pip would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("workload", [each.parent.name for each in (ROOT / "workloads").glob("*/workload.yaml")])
def test_a_workload_is_the_same_as_in_the_source_with_its_checks_beside_it(installed: Path, workload: str) -> None:
    shared, source = installed / SHARED / "workloads" / workload, ROOT / "workloads" / workload
    assert digest(shared) == digest(source)
    assert _files(shared / "checks") == _files(source / "checks")


@pytest.mark.parametrize("scenario", [each.name for each in (ROOT / "scenarios").iterdir()])
def test_a_scenario_is_the_same_as_in_the_source(installed: Path, scenario: str) -> None:
    assert (installed / SHARED / "scenarios" / scenario).read_bytes() == (ROOT / "scenarios" / scenario).read_bytes()


@pytest.mark.parametrize("package", ["harness", "labvirt"])
def test_every_file_of_a_package_is_in_it(installed: Path, package: str) -> None:
    assert _files(ROOT / package) == {each for each in _files(installed / package) if not each.startswith("share/")}


def test_nothing_else_is_in_it(installed: Path) -> None:
    metadata = next(installed.glob("*.dist-info")).name
    assert {each.name for each in installed.iterdir()} == {"harness", "labvirt", metadata}
    assert {each.name for each in (installed / SHARED).iterdir()} == {"workloads", "scenarios"}


def test_an_installed_command_finds_them_by_name_wherever_it_runs(installed: Path, tmp_path: Path) -> None:
    words = "import json, harness.manifest as m; print(json.dumps([m.__file__, m.names('workloads'), m.names('scenarios')]))"
    run = subprocess.run([sys.executable, "-c", words], cwd=tmp_path, env={"PYTHONPATH": str(installed)}, check=True, capture_output=True)
    module, workloads, scenarios = json.loads(run.stdout)
    assert Path(module).is_relative_to(installed)
    assert {"docker-swarm", "lampstack", "two-servers"} <= set(workloads)
    assert "barcelona-2016" in scenarios


def _files(folder: Path) -> set[str]:
    found = (each.relative_to(folder) for each in folder.rglob("*") if each.is_file())
    return {each.as_posix() for each in found if "__pycache__" not in each.parts}
