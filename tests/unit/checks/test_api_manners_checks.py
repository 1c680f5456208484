"""The checks of how the APIs answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keystoneauth1 import exceptions as keystone

from harness.checks import Unmet
from harness.checks import test_api_manners as checks
from harness.probes.manners import Reply
from tests.unit.checks.cells import PLAN
from tests.unit.checks.conftest import World

WORKLOAD = """\
name: two-servers
title: Two servers
engine: ansible
entry: site.yml
roles: {one: 1}
services: [compute, network, block-storage]
"""
GOOD = (Reply(200, 0.01),) * 20
ENDPOINTS = {
    "identity": "http://acme.example/identity/v3",
    "compute": "http://acme.example/compute/v2.1",
    "network": "http://acme.example:9696",
}


class Apis:
    """A cloud's catalogue, and what comes back from the endpoints in it."""

    def __init__(self) -> None:
        self.endpoints = dict(ENDPOINTS)
        self.replies: dict[str, tuple[Reply, ...]] = {}
        self.asked: list[str] = []
        self.error: keystone.ClientException | None = None

    @property
    def cloud(self) -> Any:
        config = SimpleNamespace(
            get_service_catalog=self._catalogue,
            get_interface=lambda: "public",
            get_region_name=lambda: "one",
            get_endpoint=lambda service: None,
        )
        return SimpleNamespace(name="acme", sdk=SimpleNamespace(config=config, session="the session"))

    def ask(self, _: Any, url: str, times: int, limit_s: float) -> tuple[Reply, ...]:
        self.asked.append(url)
        return next((replies for part, replies in self.replies.items() if part in url), GOOD)

    def _catalogue(self) -> Any:
        if self.error:
            raise self.error
        second = SimpleNamespace(url="http://acme.example/second")
        found = {kind: [SimpleNamespace(url=url), second] for kind, url in self.endpoints.items()}
        return SimpleNamespace(get_endpoints_data=lambda **_: found)


@pytest.fixture
def apis(monkeypatch: pytest.MonkeyPatch) -> Apis:
    apis = Apis()
    monkeypatch.setattr(checks, "ask", apis.ask)
    return apis


@pytest.fixture
def plan(tmp_path: Path) -> Any:
    (tmp_path / "workload.yaml").write_text(WORKLOAD)
    (tmp_path / "site.yml").touch()
    return replace(PLAN, workload_folder=str(tmp_path))


def answers(world: World, apis: Apis, plan: Any) -> None:
    checks.test_answers(apis.cloud, plan, world.observe, world.evidence.append)


def test_every_api_of_the_workload_that_the_catalogue_has_is_asked(world: World, apis: Apis, plan: Any) -> None:
    answers(world, apis, plan)
    assert apis.asked == [
        "http://acme.example/identity/v3/auth/projects",
        "http://acme.example/compute/v2.1/flavors?limit=1",
        "http://acme.example:9696/v2.0/networks?limit=1",
    ]
    assert world.observed == {
        "api-manners.identity": 10.0,
        "api-manners.compute": 10.0,
        "api-manners.network": 10.0,
        "api-manners.asked": 60,
        "api-manners.server-errors": 0,
    }


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ((*GOOD[1:], Reply(503, 0.01, "req-1")), "1 of 20 reads failed; the first: 503 (request req-1)"),
        ((Reply(0, 10, words="timed out"),), "1 of 1 reads failed; the first: no answer: timed out"),
    ],
)
def test_an_api_that_fails_once_or_is_dead(world: World, apis: Apis, plan: Any, replies: tuple[Reply, ...], words: str) -> None:
    apis.replies = {":9696": replies}
    with pytest.raises(Unmet) as failure:
        answers(world, apis, plan)
    assert failure.value.seen == f"network at http://acme.example:9696: {words}"
    assert failure.value.next_step == "openstack --os-cloud acme --debug network list"
    assert world.observed["api-manners.server-errors"] == 1
    assert world.observed["api-manners.compute"] == 10.0
    assert ("api-manners.network" in world.observed) == (len(replies) > 1)


def test_refusals_are_answers(world: World, apis: Apis, plan: Any) -> None:
    apis.replies = {"compute": (Reply(403, 0.01),) * 20}
    answers(world, apis, plan)


@pytest.mark.parametrize("error", [keystone.ConnectFailure("nobody there"), keystone.ServiceUnavailable("later")])
def test_an_identity_that_is_dead(world: World, apis: Apis, plan: Any, error: keystone.ClientException) -> None:
    apis.error = error
    with pytest.raises(Unmet) as failure:
        answers(world, apis, plan)
    assert failure.value.next_step == "openstack --os-cloud acme --debug catalog list"


def test_an_identity_that_refuses_is_no_server_error(world: World, apis: Apis, plan: Any) -> None:
    apis.error = keystone.Unauthorized("no")
    with pytest.raises(keystone.Unauthorized):
        answers(world, apis, plan)


def keeps_answering(world: World, apis: Apis, plan: Any, **retried: int) -> None:
    scene: Any = SimpleNamespace(retried=Counter({reason.replace("_", " "): number for reason, number in retried.items()}))
    checks.test_keeps_answering(scene, apis.cloud, plan, world.observe, world.evidence.append)


def test_apis_that_answered_to_the_end(world: World, apis: Apis, plan: Any) -> None:
    keeps_answering(world, apis, plan)
    assert world.observed["api-manners.retries"] == 0


def test_an_api_that_died_meanwhile(world: World, apis: Apis, plan: Any) -> None:
    apis.replies = {"compute": (Reply(502, 0.01),)}
    with pytest.raises(Unmet, match="compute at"):
        keeps_answering(world, apis, plan)


def test_what_the_sdk_repeated_in_silence_was_a_server_error_each(world: World, apis: Apis, plan: Any) -> None:
    with pytest.raises(Unmet, match="3 × answered 503"):
        keeps_answering(world, apis, plan, answered_503=3, no_connection=1)
    assert world.observed["api-manners.retries"] == 4
    assert world.evidence == ["repeated in silence: 3 × answered 503", "repeated in silence: 1 × no connection"]


def test_a_connection_that_was_made_anew_is_recorded_and_no_failure(world: World, apis: Apis, plan: Any) -> None:
    keeps_answering(world, apis, plan, no_connection=1)
    assert world.observed["api-manners.retries"] == 1
