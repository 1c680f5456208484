"""What flows through the house survives its journal form."""

from __future__ import annotations

import json

import pytest

from harness.model import CellPlan, Deployment, Endpoint, Mark, Observation, Outcome, Server, Verdict, to_json


def through_json(value: object) -> dict[str, object]:
    return dict(json.loads(json.dumps(to_json(value))))


def test_only_the_first_four_verdicts_are_evidence() -> None:
    assert [each.value for each in Verdict if each.is_evidence] == ["pass", "fail", "unsupported", "denied"]


def test_a_deployment_survives_json() -> None:
    server = Server("1", "n", "web", "debian", "203.0.113.9", (22, 80), (3306,))
    deployment = Deployment((server,), (Endpoint("page", "http://203.0.113.9/"),), {"address": "floating"}, "/k", 4.5)
    assert Deployment.from_json(through_json(deployment)) == deployment


def test_an_outcome_survives_json() -> None:
    outcome = Outcome("c", "a", "w", 1, "web-1", "boot.active", "boot", "steady", Verdict.FAIL, observations=(Observation("x", 1.5, "s"),))
    assert Outcome.from_json(through_json(outcome)) == outcome


def test_a_plan_survives_json() -> None:
    plan = CellPlan(
        run="r",
        cell="a.w",
        cloud="a",
        config_file=None,
        netns=None,
        workload="w",
        workload_folder="/w",
        workload_digest="d",
        attempt=1,
        global_request_id="req-1",
        settings={"flavor": "m1"},
        limits={"x": {"limit": 9.0}},
        must_have=("boot.active",),
        checks=(),
        keep=False,
    )
    assert CellPlan.from_json(through_json(plan)) == plan


def test_a_mark_tells_runs_and_cells_apart() -> None:
    marks = [Mark("20260102-abcdef12", "a.lampstack"), Mark("20260102-abcdef12", "b.lampstack"), Mark("20260102-abcdef13", "a.lampstack")]
    assert len({mark.prefix for mark in marks}) == len({mark.description for mark in marks}) == 3


@pytest.mark.parametrize("mark", [Mark("20260102-abcdef12", "a.lampstack")])
def test_the_prefix_is_short_enough_for_a_host_name(mark: Mark) -> None:
    assert len(mark.prefix + "-database-10") < 64
