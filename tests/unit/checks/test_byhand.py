from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.checks import byhand
from harness.checks.context import read_context
from harness.clouds.config import CloudEntry
from harness.engines import Job, Unfinished
from harness.engines.removal import SETTLE_S
from harness.errors import EngineError, UsageError
from harness.model import Resource
from tests.unit.checks.cells import DEPLOYMENT, FACTS


class FakeEngine:
    def __init__(self, failure: BaseException | None = None, *, keeps_state: bool = False) -> None:
        self.failure = failure
        self.keeps_state = keeps_state
        self.jobs: list[Job] = []
        self.prepared = False

    def prepare(self, _: Job) -> None:
        self.prepared = True

    def destroy(self, _: Job) -> None:
        raise AssertionError

    def deploy(self, job: Job) -> Any:
        assert self.prepared
        self.jobs.append(job)
        if self.failure:
            raise self.failure
        return DEPLOYMENT


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prefixes of the marks that were swept."""
    prefixes: list[str] = []
    monkeypatch.setattr(byhand, "entry", lambda name: CloudEntry(name, None))
    monkeypatch.setattr(byhand, "connect", lambda *_: "the connection")
    monkeypatch.setattr(byhand, "authorize", lambda *_: None)
    monkeypatch.setattr(byhand, "discover", lambda *_: (FACTS, None))
    monkeypatch.setattr(byhand, "refuse_if_too_small", lambda *_: ())
    monkeypatch.setattr(byhand, "inventory", lambda _: ())
    monkeypatch.setattr(byhand, "sweep", lambda _, mark: prefixes.append(mark.prefix))
    monkeypatch.setattr(byhand, "sleep", lambda _: None)
    return prefixes


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, swept: list[str]) -> Callable[[FakeEngine], tuple[byhand.ByHand, list[str]]]:
    def deploy(engine: FakeEngine) -> tuple[byhand.ByHand, list[str]]:
        monkeypatch.setattr(byhand, "load", lambda _: engine)
        told: list[str] = []
        return byhand.deployed("acme", "two-servers", told.append), told

    return deploy


def test_a_deployment_is_a_cell_and_goes_with_the_session(
    deployed: Callable[[FakeEngine], tuple[byhand.ByHand, list[str]]], swept: list[str]
) -> None:
    engine = FakeEngine()
    by_hand, told = deployed(engine)
    context = read_context(by_hand.folder)
    assert (context.deployment, context.facts, context.plan.cloud) == (DEPLOYMENT, FACTS, "acme")
    assert context.deploy_began
    (job,) = engine.jobs
    key = Path(job.inputs["private_key_file"])
    assert key.stat().st_mode & 0o077 == 0
    assert job.inputs["public_key"].startswith("ssh-ed25519 ")
    assert json.dumps(job.inputs["mark"]["metadata"]).count("byhand-") == 1
    by_hand.remove()
    assert not by_hand.folder.exists()
    assert swept == [context.plan.mark.prefix]
    assert told == ["two-servers on acme: deploying", "two-servers on acme: removing"]


def test_what_an_engines_state_knows_is_destroyed_between_two_sweeps(
    deployed: Callable[[FakeEngine], tuple[byhand.ByHand, list[str]]], swept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand, _ = deployed(FakeEngine(keeps_state=True))
    told: list[str] = []
    monkeypatch.setattr(byhand, "sweep", lambda *_: told.append("sweep"))

    def destroy(_: FakeEngine, job: Job) -> None:
        job.journal.write("note", text="the journal is open")
        told.append("destroy")

    monkeypatch.setattr(FakeEngine, "destroy", destroy)
    by_hand.remove()
    assert told == ["sweep", "destroy", "sweep"]


def test_a_deployment_that_failed_half_way_is_checked(deployed: Callable[[FakeEngine], tuple[byhand.ByHand, list[str]]]) -> None:
    by_hand, told = deployed(FakeEngine(Unfinished("a task failed", deployment=DEPLOYMENT)))
    assert read_context(by_hand.folder).deployment == DEPLOYMENT
    assert "is checked as it is: a task failed" in told[-1]
    by_hand.remove()


def test_a_deployment_that_failed_is_removed_and_refused(
    deployed: Callable[[FakeEngine], tuple[byhand.ByHand, list[str]]], swept: list[str]
) -> None:
    with pytest.raises(UsageError, match="could not be deployed on acme: no router"):
        deployed(FakeEngine(EngineError("no router")))
    assert len(swept) == 1


@pytest.mark.parametrize(
    ("failure", "seen"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (EngineError("no router"), UsageError),
        (Unfinished("a task failed", deployment=DEPLOYMENT), None),
        (None, None),
    ],
)
def test_what_an_engine_that_was_cut_off_had_asked_for_is_waited_for_before_the_sweep(
    deployed: Callable[[FakeEngine], tuple[byhand.ByHand, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException | None,
    seen: type[BaseException] | None,
) -> None:
    did: list[object] = []
    monkeypatch.setattr(byhand, "sleep", did.append)
    monkeypatch.setattr(byhand, "sweep", lambda *_: did.append("sweep"))
    if seen:
        with pytest.raises(seen):
            deployed(FakeEngine(failure))
    else:
        deployed(FakeEngine(failure))[0].remove()
    assert did == ([SETTLE_S, "sweep"] if failure else ["sweep"])


def test_what_is_left_is_told(deployed: Callable[[FakeEngine], tuple[byhand.ByHand, list[str]]], monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand, told = deployed(FakeEngine())
    mark = read_context(by_hand.folder).plan.mark
    monkeypatch.setattr(byhand, "inventory", lambda _: (Resource("server", "1", f"{mark.prefix}-one", mark.description),))
    by_hand.remove()
    assert f"interop sweep --cloud acme --run {mark.run}" in told[-1]
