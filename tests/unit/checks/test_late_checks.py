"""The checks of the life cycle and of what is left after destroy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.checks import Unmet, test_lifecycle, test_teardown
from harness.errors import HarnessFault
from harness.model import Observation, Outcome, Resource, Verdict
from harness.probes import api, hostkeys
from harness.probes.outside import Answer, Knock
from tests.unit.checks.cells import PLAN
from tests.unit.checks.conftest import FIXED, FLOATING, World, console_of


def reboot(world: World, memory: dict[Any, Any] | None = None) -> None:
    guest: Any = world.guests["one"]
    test_lifecycle.test_soft_reboot(
        world.server(),
        "one",
        guest,
        world.cloud,
        world.outside,
        {} if memory is None else memory,
        world.eventually(),
        world.observe,
        world.evidence.append,
    )


def starts_again(world: World, at: float = 1101.0) -> None:
    world.guests["one"].view = {**world.guests["one"].view, "init_started": at, "now": at + 4}


def test_process_1_starts_after_the_request(world: World) -> None:
    world.on_reboot = lambda _: starts_again(world)
    memory: dict[Any, Any] = {}
    reboot(world, memory)
    assert world.rebooted == ["id-one"]
    assert "lifecycle.soft-reboot" in world.observed
    assert memory["nics before reboot", "one"] == world.nics["id-one"]
    assert memory["guest's addresses before reboot", "one"] == (FIXED["one"],)


def test_a_reboot_that_does_nothing(world: World) -> None:
    with pytest.raises(Unmet) as failure:
        reboot(world)
    assert "process 1 is that of before" in failure.value.seen


def test_a_server_that_does_not_come_back(world: World) -> None:
    def gone(_: str) -> None:
        world.doors[FLOATING["one"], 22] = Knock(Answer.SILENT, 2)
        world.states["id-one"] = [api.State("REBOOT", "rebooting", "", 1000, 1003)]

    world.on_reboot = gone
    with pytest.raises(Unmet) as failure:
        reboot(world)
    assert "port 22: silent; REBOOT (rebooting)" in failure.value.seen


def test_a_new_boot_is_seen_on_the_console_where_nobody_can_log_in_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_network(_: str) -> None:
        world.doors[FLOATING["one"], 22] = Knock(Answer.SILENT, 2)
        world.consoles["id-one"] = console_of() + console_of().replace("08:44:01", "08:50:01").split("ci-info")[0]

    world.on_reboot = without_network
    monkeypatch.setattr("time.monotonic", lambda: world.now)
    reboot(world)
    assert world.evidence == ["the console log shows a new boot; nobody can log in"]
    assert world.observed == {}
    assert world.now > test_lifecycle._PATIENCE_S


def test_a_server_that_is_back_but_not_active(world: World) -> None:
    world.on_reboot = lambda _: starts_again(world)
    world.states["id-one"] = [api.State("REBOOT", "rebooting", "", 1000, 1003)]
    with pytest.raises(Unmet, match="ACTIVE again"):
        reboot(world)


OURS = Resource("server", "1", f"{PLAN.mark.prefix}-one", PLAN.mark.description)
THEIRS = Resource("server", "2", "somebody-elses", "")


def inventories(before: tuple[Resource, ...], after: tuple[Resource, ...] | None, destroyed: tuple[Resource, ...] = ()) -> Any:
    return {"before": before, "after": after, "destroyed": destroyed}


def test_nothing_of_ours_is_left(world: World) -> None:
    test_teardown.test_ours_gone(world.cloud, PLAN, inventories((THEIRS,), (THEIRS,)), world.observe, world.evidence.append)
    assert world.observed == {"teardown.left": 0}


def test_something_of_ours_is_left(world: World) -> None:
    with pytest.raises(Unmet) as failure:
        test_teardown.test_ours_gone(world.cloud, PLAN, inventories((), (OURS,)), world.observe, world.evidence.append)
    assert failure.value.next_step == f"interop sweep --cloud acme --run {PLAN.run}"


def test_what_strangers_do_is_recorded_and_theirs(world: World) -> None:
    test_teardown.test_others_untouched(PLAN, inventories((THEIRS,), (), (OURS,)), world.observe, world.evidence.append)
    assert world.observed == {"teardown.strangers-made": 0, "teardown.strangers-gone": 1}
    assert world.evidence == ["server somebody-elses of somebody else is gone"]


def test_something_of_somebody_else_that_the_harness_removed(world: World) -> None:
    with pytest.raises(Unmet, match="somebody-elses"):
        test_teardown.test_others_untouched(PLAN, inventories((THEIRS,), (), (OURS, THEIRS)), world.observe, world.evidence.append)


def test_without_inventories_nothing_is_proven(world: World) -> None:
    with pytest.raises(HarnessFault):
        test_teardown.test_others_untouched(PLAN, inventories((), None), world.observe, world.evidence.append)


KEYS = {"ssh-ed25519": "SHA256:ours"}


def seen(check: str, address: str = "", evidence: tuple[str, ...] = (), verdict: Verdict = Verdict.PASS) -> Outcome:
    observations = (Observation("addresses.outside", address),) if address else ()
    names = {"cell": "c", "cloud": "acme", "workload": "two-servers", "attempt": 1, "subject": "one", "facet": "x", "phase": "steady"}
    return Outcome(**names, check=check, verdict=verdict, observations=observations, evidence=evidence)  # type: ignore[arg-type]


PROVEN = (
    seen("reachability.public-answers", evidence=tuple(hostkeys.lines(KEYS))),
    seen("addresses.three-ways", FLOATING["one"]),
)


def answers_still(world: World, monkeypatch: pytest.MonkeyPatch, shown: dict[str, str], outcomes: tuple[Outcome, ...] = PROVEN) -> None:
    monkeypatch.setattr(hostkeys, "shown", lambda _: shown)
    scene: Any = SimpleNamespace(context=SimpleNamespace(outcomes=outcomes))
    test_teardown.test_nothing_answers(scene, world.outside, world.eventually(), world.observe)


def test_a_server_that_is_gone_from_the_api_and_still_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match=f"answer at {FLOATING['one']}"):
        answers_still(world, monkeypatch, KEYS)


def test_an_address_where_nobody_answers_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.doors.clear()
    answers_still(world, monkeypatch, KEYS)
    assert world.observed == {"teardown.addresses-tried": 1}


def test_somebody_else_at_the_former_address_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_still(world, monkeypatch, {"ssh-ed25519": "SHA256:theirs"})


@pytest.mark.parametrize(
    "outcomes",
    [
        (),
        PROVEN[:1],
        PROVEN[1:],
        (PROVEN[0], seen("addresses.three-ways", FLOATING["one"], verdict=Verdict.FAIL)),
        (seen("reachability.public-answers"), PROVEN[1]),
    ],
)
def test_of_a_server_that_was_never_proven_nothing_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, outcomes: tuple[Outcome, ...]
) -> None:
    with pytest.raises(pytest.skip.Exception):
        answers_still(world, monkeypatch, KEYS, outcomes)
