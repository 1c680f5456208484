"""The Terraform engine on a real cloud: two runs at once, one of them kept; killed in every way; secrets nowhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from harness.lab.processes import Process

from .background import family, folder_of, in_background, kill, until, what_there_is
from .conftest import Lab, Run

WORKLOAD = Path(__file__).parent / "workloads" / "one-server-tf"
SCENARIO = f"""
title: One server through Terraform
workloads: [{WORKLOAD}]
checks: [boot.active, initialisation.ssh-key, teardown]
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenario") / "one-server.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


def ended(running: subprocess.Popen[str], reports: Path) -> Run:
    """The round, when it has ended."""
    said, _ = running.communicate(timeout=240)
    return Run(running.returncode, said, folder_of(reports))


def events(reports: Path, kind: str) -> list[dict[str, Any]]:
    """What the only cell of a round told of one kind, so far."""
    text = "".join(journal.read_text(encoding="utf-8") for journal in reports.glob("*/cells/*/journal.jsonl"))
    return [each for each in map(json.loads, text.splitlines()) if each["event"] == kind]


@contextmanager
def creating_its_server(lab: Lab, scenario: Path, reports: Path) -> Iterator[subprocess.Popen[str]]:
    """A round in the background whose Terraform has begun to create the server."""
    with in_background(lab, str(scenario), reports) as running:
        until(lambda: any("instance" in each["name"] for each in events(reports, "engine.task")), 120)
        yield running


def terraforms(processes: list[Process]) -> list[Process]:
    """Terraform and its providers among processes."""
    return [each for each in processes if "terraform" in Path("".join(each.command[:1])).name]


def shown_by(process: Process) -> str:
    """What a process shows to everybody: its arguments and its environment."""
    with suppress(OSError):
        return " ".join(process.command) + Path(f"/proc/{process.pid}/environ").read_text(encoding="utf-8", errors="replace")
    return ""


@pytest.fixture(scope="module")
def pair(lab: Lab, scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Run]]:
    """Two runs at once in one project: the first is kept, the second removed what it made."""
    kept, gone = tmp_path_factory.mktemp("kept"), tmp_path_factory.mktemp("gone")
    before = what_there_is(lab)
    with in_background(lab, str(scenario), kept, "--keep") as first, in_background(lab, str(scenario), gone) as second:
        runs = ended(first, kept), ended(second, gone)
    yield runs
    lab.interop("sweep", "--cloud", "lab1", "--run", runs[0].folder.name, "--yes")
    assert what_there_is(lab) == before


def test_one_of_two_runs_removes_its_own_alone(lab: Lab, pair: tuple[Run, Run]) -> None:
    kept, gone = pair
    assert (kept.code, gone.code) == (0, 0), kept.said + gone.said
    assert (gone.report["blame"], gone.report["leftovers"]) == ([], [])
    there = {name for names in what_there_is(lab).values() for name in names if name.startswith("interop-")}
    assert {name.split("-")[1] for name in there} == {kept.folder.name[-8:]}


def test_both_had_the_same_provider_and_it_is_recorded(pair: tuple[Run, Run]) -> None:
    one, other = ([(each["name"], each["version"], each.get("hash")) for each in events(run.folder.parent, "engine.tool")] for run in pair)
    assert one == other
    name, version, digest = one[1]
    assert (name, version, str(digest)[:3]) == ("terraform-provider-openstack/openstack", "1.54.1", "h1:")


def test_applying_the_kept_one_again_by_hand_changes_nothing(lab: Lab, pair: tuple[Run, Run]) -> None:
    engine = next(pair[0].folder.glob("cells/*/engine"))
    environment = [f"OS_CLIENT_CONFIG_FILE={lab.clouds_file}", "OS_CLOUD=lab1", f"TF_DATA_DIR={engine}/data"]
    apply = ["apply", "-auto-approve", "-no-color", f"-state={engine}/terraform.tfstate", f"-var-file={engine}/inputs.tfvars.json"]
    done = lab.interop("lab", "exec", "--", "env", f"--chdir={engine}/project", *environment, "terraform", *apply)
    assert "0 added, 0 changed, 0 destroyed" in done.stdout


def test_secrets_of_the_cloud_stand_in_no_file_and_the_workloads_own_in_the_kept_state_alone(lab: Lab, pair: tuple[Run, Run]) -> None:
    kept, gone = pair
    state = json.loads(next(kept.folder.glob("cells/*/engine/terraform.tfstate")).read_text(encoding="utf-8"))
    own = state["outputs"]["secret"]["value"]
    files = [path for run in pair for path in run.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in files if any(secret.encode() in path.read_bytes() for secret in lab.secrets())] == []
    assert {path.name for path in files if own.encode() in path.read_bytes()} <= {"terraform.tfstate", "terraform.tfstate.backup"}
    assert [path.name for path in gone.folder.rglob("*.tfplan")] == []
    assert list(gone.folder.rglob("*.tfstate*")) == []


def test_after_kill_9_of_terraform_the_cell_removes_what_it_had_made(lab: Lab, scenario: Path, tmp_path: Path) -> None:
    before = what_there_is(lab)
    with creating_its_server(lab, scenario, tmp_path) as running:
        theirs = terraforms(family(running))
        kill(theirs[:1])
        run = ended(running, tmp_path)
    assert run.code == 3, run.said
    assert "terraform apply was killed by signal 9" in run.said
    assert (what_there_is(lab), run.report["leftovers"], [each for each in theirs if each.alive]) == (before, [], [])


def test_after_kill_9_of_the_harness_terraform_ends_and_sweep_removes_what_it_had_made(lab: Lab, scenario: Path, tmp_path: Path) -> None:
    before = what_there_is(lab)
    with creating_its_server(lab, scenario, tmp_path) as running:
        own = family(running)
        theirs = terraforms(own)
        assert theirs
        assert not [each for each in own if any(secret in shown_by(each) for secret in lab.secrets())]
        kill([each for each in own if each not in theirs])
        until(lambda: not any(each.alive for each in theirs), 20)
        running.communicate(timeout=60)
        lab.interop("sweep", "--cloud", "lab1", "--run", folder_of(tmp_path).name, "--yes")
    assert what_there_is(lab) == before
