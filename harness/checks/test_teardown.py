from __future__ import annotations

from collections.abc import Callable

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle
from harness.errors import HarnessFault
from harness.model import CellPlan, Resource
from harness.ownership import difference, inventory, owned

Inventories = dict[str, tuple[Resource, ...] | None]


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
