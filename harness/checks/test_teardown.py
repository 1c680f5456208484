from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle, Scene
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault
from harness.model import CellPlan, Outcome, Resource, Verdict
from harness.ownership import difference, inventory, owned
from harness.probes import hostkeys
from harness.probes.outside import Outside

Inventories = dict[str, tuple[Resource, ...] | None]

_SSH = 22
_KNOCK_S = 1.5
_LIMIT_S = 20.0


@check(
    "teardown.ours-gone", facet="teardown", phase="teardown", subject="cloud", source="interop-workloads 36900e1: floating addresses leaked"
)
def test_ours_gone(cloud: CloudHandle, plan: CellPlan, inventories: Inventories, observe: Observe, evidence: Callable[[str], None]) -> None:
    """Nothing that carries the cell's mark is left in the project."""
    after = inventories["after"]
    left = difference(inventories["before"] or (), inventory(cloud.sdk) if after is None else after, plan.mark).ours
    for each in left:
        evidence(f"{each.kind} {each.name or each.id} is still there")
    observe("teardown.left", len(left))
    expect(
        not left,
        expected="nothing of the cell is left",
        seen=f"{len(left)} left: {', '.join(f'{each.kind} {each.name or each.id}' for each in left)}",
        next_step=f"interop sweep --cloud {cloud.name} --run {plan.run}",
    )


@check(
    "teardown.others-untouched", facet="teardown", phase="teardown", subject="cloud", source="own what you create, delete only what you own"
)
def test_others_untouched(plan: CellPlan, inventories: Inventories, observe: Observe, evidence: Callable[[str], None]) -> None:
    """Nothing that does not carry the cell's mark was removed by the harness.

    What strangers made or removed meanwhile is recorded, and is theirs.
    """
    before, after, destroyed = inventories["before"], inventories["after"], inventories["destroyed"] or ()
    if before is None or after is None:
        raise HarnessFault("the cell's journal lacks an inventory")
    changes = difference(before, after, plan.mark)
    observe("teardown.strangers-made", len(changes.strangers_made))
    observe("teardown.strangers-gone", len(changes.strangers_gone))
    for each in changes.strangers_gone:
        evidence(f"{each.kind} {each.name or each.id} of somebody else is gone")
    mine = owned(destroyed, plan.mark)
    strange = [each for each in destroyed if each not in mine]
    expect(
        not strange,
        expected="only what carries the mark was removed",
        seen=", ".join(f"{each.kind} {each.name or each.id}" for each in strange),
    )


@check(
    "teardown.nothing-answers",
    facet="teardown",
    needs=["teardown.ours-gone"],
    phase="teardown",
    subject="cloud",
    source="a server that is gone from the API alone still costs, and still has its address",
)
def test_nothing_answers(scene: Scene, outside: Outside, eventually: Eventually, observe: Observe) -> None:
    """No server of the cell still answers at the address that it had.

    It is known by its SSH host key, which was seen while the server was there, and was proven to be its own by a login. Whoever else has
    got the address meanwhile shows another key, and is left alone.
    """
    known = _known(scene.context.outcomes)
    if not known:
        pytest.skip("no server's host key is known, for want of a login")

    def gone() -> bool:
        with ThreadPoolExecutor(len(known)) as pool:
            still = [
                address
                for address, there in zip(known, pool.map(lambda one: _answers(outside, one, known[one]), known), strict=True)
                if there
            ]
        expect(not still, expected="silence, or somebody else", seen=f"the servers that are said to be gone answer at {', '.join(still)}")
        return True

    eventually("the servers are gone from the network too", gone, _LIMIT_S, every_s=2)
    observe("teardown.addresses-tried", len(known))


def _known(outcomes: Iterable[Outcome]) -> dict[str, hostkeys.HostKeys]:
    """The host keys of servers by their address from outside, of those that were proven to answer there."""
    passed = {(each.check, each.subject): each for each in outcomes if each.verdict is Verdict.PASS}
    proven = [each for (check_, _), each in passed.items() if check_ == "addresses.three-ways"]
    found = {
        str(seen.value): hostkeys.from_lines(passed["reachability.public-answers", each.subject].evidence)
        for each in proven
        for seen in each.observations
        if seen.name == "addresses.outside" and ("reachability.public-answers", each.subject) in passed
    }
    return {address: keys for address, keys in found.items() if keys}


def _answers(outside: Outside, address: str, keys: hostkeys.HostKeys) -> bool:
    """Whether somebody with one of ``keys`` answers at ``address``."""
    return outside.tcp(address, _SSH, _KNOCK_S).is_open and bool(keys.items() & hostkeys.shown(address).items())
