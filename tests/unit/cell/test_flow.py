"""The order of things in a cell, with the cloud, the engine and the checks replaced by what they would have said."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from openstack import exceptions as sdk

from harness.cell import flow
from harness.cell.ending import Ending
from harness.cell.flow import Cell
from harness.cell.keys import make_key
from harness.cell.stop import Stop
from harness.engines import Job, Unfinished, workplace
from harness.engines.removal import SETTLE_S
from harness.errors import CloudConfigError, EngineError, HarnessFault, NoCapacity, QuotaReached, QuotaTooSmall, UsageError, Verdictful
from harness.journal import read
from harness.model import CellPlan, Deployment, Facts, Input, Phase, Resource, Server
from harness.ownership import Stuck, Swept

RUN = "20260101T000000Z-0a1b2c3d"
DEPLOYMENT = Deployment((Server("s", "web", "web", "debian", "198.51.100.5"),), (), {}, "/key", 1.0)


@pytest.fixture
def plan(tmp_path: Path) -> CellPlan:
    workload = tmp_path / "pair"
    workload.mkdir()
    (workload / "site.yml").write_text("[]\n")
    (workload / "workload.yaml").write_text("name: pair\ntitle: A pair\nengine: ansible\nentry: site.yml\nroles: {web: 1}\n")
    return CellPlan(
        run=RUN,
        cell="acme.pair",
        cloud="acme",
        config_file=None,
        netns=None,
        workload="pair",
        workload_folder=str(workload),
        workload_digest="sha256:0",
        attempt=1,
        global_request_id="req-1",
        settings={},
        limits={"cell": {"limit": 60}},
        must_have=(),
        checks=(),
        keep=False,
    )


class World:
    """What surrounds a cell. ``did`` is what happened, in order; a test changes what should go wrong."""

    def __init__(self, plan: CellPlan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.stop = Stop()
        self.did: list[str] = []
        self.project: list[Resource] = [Resource("server", "old", "a stranger's")]
        self.deploy: Callable[[Job], Deployment] = self.makes_a_server
        self.on_check: Callable[[Phase], None] = lambda phase: None
        self.stuck: tuple[Stuck, ...] = ()
        self.inventory_fails = False
        self.keeps_state = False
        self.settle: Callable[[float], None] = lambda seconds: None
        self.prepare: Callable[[Job], None] = self.expects_a_key
        self.destroy: Callable[[Job], None] = self.notes_its_destroy

    def run(self) -> Ending:
        return Cell(self.folder, self.plan, self.stop).run()

    def makes_a_server(self, job: Job) -> Deployment:
        self.project.append(Resource("server", "s", f"{self.plan.mark.prefix}-web", self.plan.mark.description))
        assert job.inputs["mark"]["metadata"] == self.plan.mark.metadata
        assert Path(job.inputs["private_key_file"]).exists()
        return DEPLOYMENT

    def take_inventory(self, _: object) -> tuple[Resource, ...]:
        self.did.append("inventory")
        if self.inventory_fails and self.did.count("inventory") > 2:
            raise sdk.SDKException("the API is ill")
        return tuple(self.project)

    def engine(self, _: str) -> Any:
        def deploy(job: Job) -> Deployment:
            self.did.append("deploy")
            return self.deploy(job)

        return SimpleNamespace(
            keeps_state=self.keeps_state,
            prepare=self.prepare,
            deploy=deploy,
            destroy=self.destroy,
        )

    def expects_a_key(self, job: Job) -> None:
        assert Path(job.inputs["private_key_file"]).exists()

    def notes_its_destroy(self, job: Job) -> None:
        self.did.append("engine's destroy")

    def sweep(self, _: object, mark: object, on_event: Callable[[str, Resource], None]) -> Swept:
        self.did.append("sweep")
        ours = [each for each in self.project if each.mark and each not in [stuck.resource for stuck in self.stuck]]
        for each in ours:
            on_event("removing", each)
            self.project.remove(each)
            on_event("removed", each)
        return Swept(tuple(ours), self.stuck)

    def check(self, cell: Path, phases: tuple[Phase, ...], folders: object, stop: Stop, limit_s: float) -> None:
        self.did += [str(phase) for phase in phases]
        for phase in phases:
            self.on_check(phase)
        stop.check()

    @property
    def events(self) -> list[dict[str, Any]]:
        return list(read(self.folder / "journal.jsonl"))

    def told(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == event]


@pytest.fixture
def world(plan: CellPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    found = World(plan, tmp_path / "cell")
    facts = Facts("acme", "R", "p", {}, "direct", "", "shared", "", (Input("user", "login-user", "debian", "found", ""),))
    watch = SimpleNamespace(start=lambda: None, finish=lambda: None, look_for_pages=lambda _: None)
    for name, value in {
        "connect": lambda *_: "connection",
        "authorize": lambda *_: None,
        "discover": lambda *_: (facts, "scene"),
        "refuse_if_too_small": lambda *_: ("a note",),
        "load": found.engine,
        "inventory": found.take_inventory,
        "sweep": found.sweep,
        "run_checks": found.check,
        "salvage": lambda *_: DEPLOYMENT,
        "Watch": lambda *_: watch,
        "time": SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: found.settle(seconds)),
    }.items():
        monkeypatch.setattr(flow, name, value)
    return found


def test_all_goes_well(world: World) -> None:
    ending = world.run()
    assert (ending.status, ending.exit_code) == ("done", 0)
    assert world.did == [
        *("inventory", "deploy", "steady", "disruptive"),
        *("inventory", "sweep", "inventory", "teardown"),
    ]
    assert [each["phase"] for each in world.told("phase.started")] == [
        *("discover", "inventory", "deploy", "checks", "destroy", "inventory", "teardown")
    ]
    assert [each["when"] for each in world.told("inventory.taken")] == ["before", "after"]
    assert [each["name"] for event in world.told("destroyed") for each in event["resources"]] == [f"{world.plan.mark.prefix}-web"]
    assert world.told("leftovers")[0]["ours"] == []
    assert world.events[-1]["event"] == "cell.finished"
    assert not (world.folder / "engine" / "id_ed25519").exists()


@pytest.mark.parametrize(("error", "code"), [(CloudConfigError("wrong password"), 2), (QuotaTooSmall("no room"), 3)])
def test_what_is_refused_is_refused_before_anything_is_created(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(flow, "discover", refuse)
    ending = world.run()
    assert (ending.status, ending.exit_code, ending.kind) == ("refused", code, type(error).__name__)
    assert world.did == []
    assert world.told("phase.finished")[0]["ok"] is False


def test_a_deployment_that_failed_is_checked_and_cleaned(world: World) -> None:
    def fails(job: Job) -> Deployment:
        world.makes_a_server(job)
        raise EngineError("the playbook failed", diagnostics=("port 22 never answered",))

    world.deploy = fails
    ending = world.run()
    assert (ending.status, ending.exit_code, ending.error) == ("failed", 1, "the playbook failed")
    assert world.did[2:4] == ["steady", "disruptive"]
    assert world.told("deployment.made")[0]["deployment"]["servers"][0]["id"] == "s"
    assert world.told("leftovers")[0]["ours"] == []


def test_what_an_engine_that_was_cut_off_had_asked_for_is_removed_too(world: World) -> None:
    def is_cut_off(job: Job) -> Deployment:
        raise EngineError("killed", cause=HarnessFault("killed"))

    def comes_late(seconds: float) -> None:
        assert seconds == SETTLE_S
        world.makes_a_server(SimpleNamespace(inputs=asked[0].inputs))  # type: ignore[arg-type]

    asked: list[Job] = []
    world.prepare = asked.append
    world.deploy, world.settle = is_cut_off, comes_late
    assert world.run().exit_code == 3
    assert [each["name"] for event in world.told("destroyed") for each in event["resources"]] == [f"{world.plan.mark.prefix}-web"]
    assert world.told("leftovers")[0]["ours"] == []


@pytest.mark.parametrize("cause", [HarnessFault("killed by signal 9"), QuotaReached("no more ports"), NoCapacity("no valid host")])
def test_what_was_cut_off_by_what_says_nothing_of_the_cloud_is_cleaned_and_not_checked(world: World, cause: Verdictful) -> None:
    def is_cut_off(job: Job) -> Deployment:
        world.makes_a_server(job)
        raise EngineError("half way", cause=cause)

    world.deploy = is_cut_off
    ending = world.run()
    assert (ending.status, ending.exit_code, ending.error) == ("failed", 3, "half way")
    assert world.did[2:] == ["inventory", "sweep", "inventory", "teardown"]
    assert world.told("deployment.made")[0]["deployment"]["servers"][0]["id"] == "s"
    assert world.told("leftovers")[0]["ours"] == []


def test_a_deployment_has_the_time_that_is_left_when_it_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def takes_long(_: Job) -> None:
        monkeypatch.setattr("harness.cell.flow.time.monotonic", lambda: time.monotonic() + 50)

    def has_little_time(job: Job) -> Deployment:
        assert 0 < job.limit_s <= 10
        return world.makes_a_server(job)

    world.prepare, world.deploy = takes_long, has_little_time
    assert world.run().status == "done"


def test_what_an_unfinished_engine_told_is_taken_from_it(world: World) -> None:
    other = replace(DEPLOYMENT, branches={"address": "direct"})

    def fails(_: Job) -> Deployment:
        raise Unfinished("half way", deployment=other, cause=QuotaReached("no more"))

    world.deploy = fails
    assert world.run().exit_code == 3
    assert world.told("deployment.made")[0]["deployment"]["branches"] == {"address": "direct"}


def test_an_engine_that_keeps_state_destroys_between_two_sweeps(world: World) -> None:
    world.keeps_state = True
    assert world.run().exit_code == 0
    assert world.did[4:] == ["inventory", "sweep", "engine's destroy", "sweep", "inventory", "teardown"]


def test_the_engine_is_bound_to_the_workload_that_was_planned(world: World) -> None:
    asked: list[Job] = []
    world.prepare = asked.append
    world.run()
    assert asked[0].digest == world.plan.workload_digest


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("well", [True, False])
def test_no_link_to_the_users_file_of_secrets_stays_however_the_cell_ends(world: World, tmp_path: Path, keep: bool, well: bool) -> None:
    def lends(job: Job) -> None:
        (job.folder / "project").mkdir()
        workplace.lend(job, secrets)
        if not well:
            raise UsageError("main.tf: line 3: no closing brace")

    secrets = tmp_path / "mine.yaml"
    secrets.write_text("clouds: {}\n")
    world.prepare, world.plan = lends, replace(world.plan, keep=keep)
    world.run()
    assert not (world.folder / "engine" / "project" / "secure.yaml").is_symlink()
    assert secrets.exists()


def test_a_cell_that_died_leaves_no_link_to_the_users_file_of_secrets(world: World, tmp_path: Path) -> None:
    project = world.folder / "engine" / "project"
    project.mkdir(parents=True)
    (project / "secure.yaml").symlink_to(tmp_path / "mine.yaml")
    Cell(world.folder, world.plan, world.stop).clean_up_after_death()
    assert not list(project.iterdir())


def test_what_the_engine_refuses_is_refused_before_anything_is_created(world: World) -> None:
    def refuse(_: Job) -> None:
        raise UsageError("main.tf: line 3: no closing brace")

    world.prepare = refuse
    ending = world.run()
    assert (ending.status, ending.exit_code) == ("refused", 2)
    assert world.did == []
    assert not (world.folder / "engine" / "id_ed25519").exists()


def test_a_cell_that_is_refused_when_it_is_run_again_keeps_the_key_of_what_it_made(world: World) -> None:
    def refuse(_: Job) -> None:
        raise UsageError("main.tf: line 3: no closing brace")

    world.plan = replace(world.plan, keep=True)
    world.run()
    world.prepare = refuse
    assert world.run().status == "refused"
    assert (world.folder / "engine" / "id_ed25519").exists()


def test_a_destroy_that_fails_is_noted_and_the_sweep_is_what_counts(world: World) -> None:
    def fails(_: Job) -> None:
        raise EngineError("the state is damaged")

    world.keeps_state, world.destroy = True, fails
    assert world.run().exit_code == 0
    assert "the state is damaged" in world.told("note")[-1]["text"]
    assert world.told("leftovers")[0]["ours"] == []


def test_an_interruption_while_deploying_skips_the_checks_and_cleans(world: World) -> None:
    def is_interrupted(job: Job) -> Deployment:
        world.makes_a_server(job)
        world.stop.request()
        assert job.cancelled()
        raise EngineError("it was cancelled", cause=HarnessFault("cancelled"))

    world.deploy = is_interrupted
    ending = world.run()
    assert (ending.status, ending.exit_code) == ("interrupted", 130)
    assert world.did[2:] == ["inventory", "sweep", "inventory"]


def test_an_interruption_while_checking_cleans_too(world: World) -> None:
    world.on_check = lambda _: world.stop.request()
    assert world.run().exit_code == 130
    assert "sweep" in world.did


def test_an_interruption_during_the_checks_after_the_clean_up_ends_a_cell_that_is_clean(world: World) -> None:
    world.on_check = lambda phase: world.stop.request() if phase is Phase.TEARDOWN else None
    ending = world.run()
    assert (ending.status, ending.exit_code) == ("interrupted", 130)
    assert world.events[-1]["event"] == "cell.finished"
    assert "were not finished" in world.told("note")[-1]["text"]


def test_an_engines_state_goes_with_what_it_knows_though_its_destroy_failed(world: World) -> None:
    def leaves_its_state(job: Job) -> None:
        (job.folder / "terraform.tfstate").write_text("secret")
        raise EngineError("the provider hangs")

    world.keeps_state = True
    world.destroy = leaves_its_state
    assert world.run().exit_code == 0
    assert not (world.folder / "engine" / "terraform.tfstate").exists()
    held = Resource("network", "n", f"{world.plan.mark.prefix}-net", world.plan.mark.description)
    world.project.append(held)
    world.stuck = (Stuck(held, "held by the port of somebody else", held=True),)
    assert world.run().exit_code == 4
    assert (world.folder / "engine" / "terraform.tfstate").exists()


def test_what_is_kept_is_neither_destroyed_nor_forgotten(world: World) -> None:
    world.plan = replace(world.plan, keep=True)
    ending = world.run()
    assert (ending.kept, ending.exit_code) == (True, 0)
    assert "sweep" not in world.did
    assert (world.folder / "engine" / "id_ed25519").exists()


def test_what_could_not_be_removed_is_a_leak_and_said_why(world: World) -> None:
    held = Resource("network", "n", f"{world.plan.mark.prefix}-net", world.plan.mark.description)
    world.project.append(held)
    world.stuck = (Stuck(held, "held by the port of somebody else", held=True),)
    ending = world.run()
    assert (ending.status, ending.exit_code) == ("done", 4)
    assert "held by the port of somebody else" in world.told("note")[-1]["text"]
    assert [each["id"] for each in world.told("leftovers")[0]["ours"]] == ["n"]
    assert world.did[-1] == "teardown"


def test_an_inventory_that_cannot_be_taken_afterwards_proves_nothing(world: World) -> None:
    world.inventory_fails = True
    ending = world.run()
    assert ending.exit_code == 4
    assert "not proven" in world.told("note")[-1]["text"]
    assert world.told("leftovers") == []


def test_what_nobody_foresaw_is_kept_for_who_mends_it_and_still_cleaned(world: World) -> None:
    def breaks(_: Job) -> Deployment:
        raise ZeroDivisionError("oops")

    world.deploy = breaks
    ending = world.run()
    assert (ending.status, ending.exit_code, ending.kind) == ("failed", 3, "HarnessFault")
    assert "ZeroDivisionError: oops" in (world.folder / "fault.log").read_text()
    assert "sweep" in world.did


def test_strangers_are_listed_and_left_alone(world: World) -> None:
    world.on_check = lambda _: world.project.append(Resource("port", f"p{len(world.project)}", "a stranger's"))
    assert world.run().exit_code == 0
    assert len(world.told("leftovers")[0]["strangers_made"]) == 2
    assert Resource("server", "old", "a stranger's") in world.project


def test_silent_repetitions_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def repeats(*_: object) -> object:
        logging.getLogger("keystoneauth.session").warning("Retriable status code 503. Retrying in 0.5s. 2 retries left")
        return "connection"

    monkeypatch.setattr(flow, "connect", repeats)
    world.run()
    assert world.told("note")[-1]["text"] == "openstacksdk repeated requests in silence: 1 × answered 503"


def test_after_its_death_a_cell_is_cleaned_by_its_journal(world: World) -> None:
    def is_killed(job: Job) -> Deployment:
        world.makes_a_server(job)
        raise cast("Exception", KeyboardInterrupt)

    world.deploy = is_killed
    cell = Cell(world.folder, world.plan, world.stop)
    cell._leave = lambda *_: Ending()  # type: ignore[method-assign]  # it never came so far
    cell.run()
    ending = Cell(world.folder, world.plan, Stop()).clean_up_after_death()
    assert (ending.status, ending.exit_code) == ("failed", 3)
    assert [each.id for each in world.project] == ["old"]


def test_after_its_death_an_engines_state_is_destroyed_without_another_preparation(world: World) -> None:
    world.keeps_state = True
    world.run()
    world.did.clear()

    def is_not_called_for(_: Job) -> None:
        raise AssertionError

    world.prepare = is_not_called_for
    Cell(world.folder, world.plan, Stop()).clean_up_after_death()
    assert world.did == ["inventory", "sweep", "engine's destroy", "sweep", "inventory"]


def test_a_cell_that_died_before_it_made_anything_needs_no_cloud(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise CloudConfigError("gone")

    monkeypatch.setattr(flow, "connect", unreachable)
    cell = Cell(world.folder, world.plan, world.stop)
    cell.run()
    private, _ = make_key(world.folder / "engine", "x")
    assert cell.clean_up_after_death().exit_code == 3
    assert not private.exists()


def test_a_cloud_that_is_gone_when_a_dead_cell_is_cleaned_leaves_it_unproven(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run()

    def unreachable(*_: object) -> None:
        raise CloudConfigError("gone")

    monkeypatch.setattr(flow, "connect", unreachable)
    assert Cell(world.folder, world.plan, Stop()).clean_up_after_death().exit_code == 4
