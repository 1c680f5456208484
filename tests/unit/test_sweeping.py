"""``interop sweep``: a named run's processes end first, what comes late goes too, and its keys are forgotten when all is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from openstack.connection import Connection

from harness import cli, sweeping
from harness.cell.keys import make_key
from harness.rounds import processes
from harness.showing import Format
from tests.unit.project import MARK, RUN, Project, ours, project
from tests.unit.wire import URL, Wire, clouds_folder, connection, wire

__all__ = ["clouds_folder", "connection", "project", "wire"]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch, project: Project, connection: Connection) -> list[Callable[[], object]]:
    """What happens while the sweep waits before it looks again, one thing each time; nobody waits really."""
    happens: list[Callable[[], object]] = []
    monkeypatch.setattr("harness.sweeping.sleep", lambda _: happens.pop(0)() if happens else None)
    return happens


def sweep(tmp_path: Path, run: str | None = RUN, sure: Callable[[int], bool] | None = None) -> int:
    return sweeping.show_and_sweep(["acme"], run, tmp_path / "reports", Format.TABLE, sure)


def appears(project: Project, kind: str, *ids: str) -> Callable[[], object]:
    return lambda: project.lists[kind].extend(map(ours, ids))


def test_what_comes_after_the_first_pass_is_removed_too(tmp_path: Path, project: Project, waits: list[Callable[[], object]]) -> None:
    project.lists["networks"] = [ours("n")]
    waits.append(appears(project, "security_groups", "g"))
    assert sweep(tmp_path) == 0
    assert project.deleted == ["n", "g"]


@pytest.mark.parametrize("run", [RUN, RUN[-8:], f"reports/{RUN}/"])
def test_what_comes_when_there_was_nothing_yet_is_removed_too(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], run: str
) -> None:
    waits.append(appears(project, "networks", "n"))
    assert sweep(tmp_path, run) == 0
    assert project.deleted == ["n"]


def test_what_goes_on_coming_ends_the_sweep_with_its_name(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], capfd: pytest.CaptureFixture[str]
) -> None:
    waits += [appears(project, "networks", f"n{number}") for number in range(99)]
    assert sweep(tmp_path) == 4
    assert f"still there: acme: network {MARK.prefix}-n5: it came while others went" in capfd.readouterr().err


def test_a_cloud_that_cannot_be_looked_at_again_is_no_proof(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], wire: Wire, capfd: pytest.CaptureFixture[str]
) -> None:
    waits.append(lambda: wire.get(f"{URL}/network/v2.0/routers", status_code=500))
    assert sweep(tmp_path) == 4
    assert "whether all is gone is not known" in capfd.readouterr().err


def test_a_cloud_that_falls_silent_is_told_and_the_others_are_swept_all_the_same(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], wire: Wire, capfd: pytest.CaptureFixture[str]
) -> None:
    project.lists["networks"] = [ours("n")]
    wire.get(f"{URL}/network/v2.0/security-groups", [{"json": {"security_groups": []}}, {"exc": requests.exceptions.ConnectTimeout}])
    assert sweep(tmp_path) == 4
    assert "still there: acme: the cloud's API could not be reached" in capfd.readouterr().err


def test_without_a_run_nothing_is_waited_for_where_there_is_nothing(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], capfd: pytest.CaptureFixture[str]
) -> None:
    waits.append(appears(project, "networks", "n"))
    assert sweep(tmp_path, None) == 0
    assert (project.deleted, len(waits)) == ([], 1)
    assert "nothing to remove" in capfd.readouterr().err


@pytest.fixture
def cell_of_the_run() -> Iterator[subprocess.Popen[bytes]]:
    """A process that belongs to the run."""
    environment = {**os.environ, processes.RUN_VARIABLE: RUN, processes.CELL_VARIABLE: MARK.cell}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=environment) as process:
        deadline = time.monotonic() + 20
        while processes.of_run(RUN) != [process.pid]:
            assert time.monotonic() < deadline, "it is not seen"
            time.sleep(0.02)
        yield process
        process.kill()


@pytest.mark.parametrize("run", [RUN, RUN[-8:]])
def test_a_named_runs_processes_are_ended_before_anything_is_looked_at(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], cell_of_the_run: subprocess.Popen[bytes], wire: Wire, run: str
) -> None:
    alive: list[bool] = []

    def routers(*_: Any) -> dict[str, Any]:
        alive.append(cell_of_the_run.poll() is None)
        return {"routers": []}

    wire.get(f"{URL}/network/v2.0/routers", json=routers)
    assert sweep(tmp_path, run) == 0
    assert alive == [False, False]


def test_showing_ends_nothing_and_says_what_is_alive(
    tmp_path: Path,
    project: Project,
    waits: list[Callable[[], object]],
    cell_of_the_run: subprocess.Popen[bytes],
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert sweep(tmp_path, sure=lambda _: False) == 0
    assert cell_of_the_run.poll() is None
    assert "1 processes of the run are alive on this machine; with --yes they are ended first" in capfd.readouterr().err


def kept_run(reports: Path, *clouds: str) -> dict[str, Path]:
    """A run's folder with a cell on each of ``clouds``, with its key and a state of Terraform's; the engines' folders by cloud."""
    engines = {}
    for cloud in clouds:
        engines[cloud] = reports / RUN / "cells" / f"{cloud}.pair" / "engine"
        make_key(engines[cloud], "x")
        (engines[cloud] / "terraform.tfstate").write_text("{}")
        (engines[cloud] / "inputs.json").write_text("{}")
        (engines[cloud].parent / "cell.json").write_text(json.dumps({"cloud": cloud}))
    return engines


def secrets_in(engine: Path) -> set[str]:
    return {each.name for each in engine.iterdir()} - {"id_ed25519.pub", "inputs.json"}


BOTH = {"id_ed25519", "terraform.tfstate"}


@pytest.mark.parametrize("named", ["{run}", "{last8}", "{reports}/{run}", "{reports}/{run}/"])
def test_a_run_that_is_gone_from_a_cloud_leaves_no_key_of_it(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], named: str
) -> None:
    engines = kept_run(tmp_path / "reports", "acme", "other")
    project.lists["networks"] = [ours("n")]
    assert sweep(tmp_path, named.format(run=RUN, last8=RUN[-8:], reports=tmp_path / "reports")) == 0
    assert (secrets_in(engines["acme"]), secrets_in(engines["other"])) == (set(), BOTH)


@pytest.mark.parametrize("run", [RUN, None])
def test_a_run_of_which_something_is_left_keeps_its_keys(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], run: str | None
) -> None:
    engines = kept_run(tmp_path / "reports", "acme")
    project.lists["networks"] = [ours("n")]
    project.lists["subnets"] = [{"id": "theirs", "name": "mine", "network_id": "n"}]
    assert sweep(tmp_path, run) == 4
    assert secrets_in(engines["acme"]) == BOTH


@pytest.mark.parametrize("found", [MARK.description, ""])
def test_without_a_name_the_runs_that_were_swept_leave_no_key_and_others_keep_theirs(
    tmp_path: Path, project: Project, waits: list[Callable[[], object]], found: str
) -> None:
    engines = kept_run(tmp_path / "reports", "acme", "other")
    another = kept_run(tmp_path / "another", "acme")["acme"]
    (tmp_path / "another" / RUN).rename(tmp_path / "reports" / "20260101T000000Z-99999999")
    project.lists["networks"] = [{**ours("n"), "description": found}]
    assert sweep(tmp_path, None) == 0
    assert (secrets_in(engines["acme"]), secrets_in(engines["other"])) == (set(), BOTH)
    assert secrets_in(tmp_path / "reports" / "20260101T000000Z-99999999" / another.relative_to(tmp_path / "another" / RUN)) == BOTH


def test_showing_forgets_no_key(tmp_path: Path, project: Project, waits: list[Callable[[], object]]) -> None:
    engines = kept_run(tmp_path / "reports", "acme")
    project.lists["networks"] = [ours("n")]
    assert sweep(tmp_path, sure=lambda _: False) == 0
    assert secrets_in(engines["acme"]) == BOTH


def test_the_command_shows_as_data_removes_and_forgets(
    tmp_path: Path,
    project: Project,
    waits: list[Callable[[], object]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    engines = kept_run(tmp_path / "elsewhere", "acme")
    project.lists["networks"] = [ours("n")]
    words = ["sweep", "--cloud", "acme", "--run", RUN, "--reports", str(tmp_path / "elsewhere"), "--format", "json"]
    for more in ([], ["--yes"]):
        monkeypatch.setattr("sys.argv", ["interop", *words, *more])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == 0
        assert [each["id"] for each in json.loads(capfd.readouterr().out)] == ["n"]
    assert (project.deleted, secrets_in(engines["acme"])) == (["n"], set())


def test_a_folder_without_the_run_is_no_matter(tmp_path: Path, project: Project, waits: list[Callable[[], object]]) -> None:
    kept_run(tmp_path / "elsewhere", "acme")
    assert sweep(tmp_path) == 0
