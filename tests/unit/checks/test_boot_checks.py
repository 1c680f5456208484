from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests
from openstack.exceptions import HttpException

from harness.checks import Unmet
from harness.checks import test_boot as checks
from harness.errors import NoCapacity, QuotaReached, Unsupported
from harness.probes import api
from harness.probes.outside import Answer, Knock
from harness.probes.ssh import Result
from tests.unit.checks.conftest import FLOATING, World, console_of

SCENE = SimpleNamespace(context=SimpleNamespace(deploy_began=0.0))


class Rungs:
    def __init__(self) -> None:
        self.reached_rungs: dict[str, float] = {}

    def reached(self, subject: str, rung: str, seconds: float) -> None:
        self.reached_rungs[rung] = seconds


def active(world: World, limit: float | None = None) -> Rungs:
    rungs: Any = Rungs()
    scene: Any = SCENE
    checks.test_active(
        world.server(), "one", scene, world.cloud, world.eventually("boot.active", limit), world.observe, rungs, world.evidence.append
    )
    return rungs  # type: ignore[no-any-return]


def finishes(world: World) -> None:
    scene: Any = SCENE
    guest_of: Any = world.guest_of
    checks.test_first_boot_finishes(world.server(), scene, world.cloud, world.outside, guest_of, world.eventually(), world.evidence.append)


def test_active_is_timed_by_the_clouds_own_times(world: World) -> None:
    rungs = active(world)
    assert world.observed == {"boot.to_active": 3.9}
    assert rungs.reached_rungs == {"accepted": 0, "active": pytest.approx(3.9)}


def test_a_server_may_take_its_time(world: World) -> None:
    world.states["id-one"] = [api.State("BUILD", "spawning", "", 1000, 0)] * 30 + [api.State("ACTIVE", "", "", 1000, 1015)]
    active(world)
    assert world.now == pytest.approx(14.5)


def test_a_server_that_stays_in_build_fails_at_the_workloads_limit(world: World) -> None:
    world.states["id-one"] = [api.State("BUILD", "spawning", "", 1000, 0)]
    with pytest.raises(Unmet) as failure:
        active(world, limit=90)
    assert "90 s" in failure.value.expected
    assert "BUILD (spawning)" in failure.value.seen
    assert world.now == pytest.approx(90)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("No valid host was found. There are not enough hosts available.", NoCapacity),
        ("Quota exceeded for cores", QuotaReached),
        ("Build of instance 7 aborted: libvirt went away", Unmet),
    ],
)
def test_a_server_in_error(world: World, fault: str, error: type[Exception]) -> None:
    world.states["id-one"] = [api.State("ERROR", "", fault, 1000, 0)]
    with pytest.raises(error):
        active(world)
    assert world.evidence == [fault]


def test_a_console_without_output_fails(world: World) -> None:
    checks.test_console(world.server(), world.cloud, world.eventually(), world.observe)
    assert world.observed["boot.console"] > 500
    world.consoles["id-one"] = "\n"
    with pytest.raises(Unmet):
        checks.test_console(world.server(), world.cloud, world.eventually(), world.observe)


@pytest.mark.parametrize(("status", "error"), [(500, Unmet), (403, HttpException)])
def test_an_api_that_breaks_down_over_the_console(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int, error: type[Exception]
) -> None:
    response = requests.Response()
    response.status_code = status

    def console(*_: Any) -> str:
        raise HttpException(message="Unexpected API Error", response=response)

    monkeypatch.setattr(api, "console", console)
    with pytest.raises(error, match="Unexpected API Error"):
        checks.test_console(world.server(), world.cloud, world.eventually(), world.observe)
    finishes(world)
    assert "seen by login" in world.evidence


def test_a_cloud_without_consoles_does_not_offer_them(world: World) -> None:
    world.consoles["id-one"] = None
    with pytest.raises(Unsupported):
        checks.test_console(world.server(), world.cloud, world.eventually(), world.observe)


def test_the_end_of_the_boot_is_on_the_console_when_nobody_answers(world: World) -> None:
    del world.doors[FLOATING["one"], 22]
    finishes(world)
    assert "seen by console" in world.evidence
    assert world.evidence[-1:] == ["cloud-init 22.4.2 finished at Sat, 21 Nov 2026 08:44:03 +0000, from DataSourceOpenStackLocal"]


def test_the_end_of_the_boot_is_seen_by_a_login_where_the_console_is_silent(world: World) -> None:
    world.consoles["id-one"] = None
    finishes(world)
    assert "seen by login" in world.evidence


def test_a_boot_that_hangs_fails_with_the_consoles_last_lines(world: World) -> None:
    world.consoles["id-one"] = console_of().split("Cloud-init v. 22.4.2 finished")[0] + "A start job is running for networking\n"
    world.guests["one"].commands["cloud-init"] = Result(1, "", "")
    with pytest.raises(Unmet) as failure:
        finishes(world)
    assert "A start job is running for networking" in failure.value.seen


def test_nothing_is_known_of_a_boot_that_nothing_shows(world: World) -> None:
    world.consoles["id-one"] = None
    world.doors[FLOATING["one"], 22] = Knock(Answer.SILENT, 2)
    with pytest.raises(pytest.skip.Exception):
        finishes(world)
