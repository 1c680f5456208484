"""What a round came to: a function of the events that its cells recorded.

Exit codes: 0 must-haves pass and what is required is met · 1 they do not, with evidence · 2 a cloud's entry or an overlay cannot be
used · 3 inconclusive · 4 something of ours is left, or may be · 130 interrupted. Where several hold, the first of 130, 4, 2, 3, 1 stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.model import CellPlan, Outcome
from harness.report.met import Met, but, of_check, of_failed_cell

_PRECEDENCE = (130, 4, 2, 3, 1)


@dataclass(frozen=True)
class Conclusion:
    """An exit code, and every reason there is for one, the weightiest first, once for all cells. ``nothing_ran``: all were refused."""

    exit_code: int
    reasons: tuple[str, ...]
    nothing_ran: bool = False


Waived: TypeAlias = "Callable[[str, str], Iterable[str]]"
"""The waivers of a check on a cloud, in words."""


def conclude(
    cells: Iterable[tuple[CellPlan, Sequence[dict[str, Any]]]],
    *,
    interrupted: bool,
    besides: Iterable[tuple[int, str]] = (),
    waived: Waived = lambda _check, _cloud: (),
) -> Conclusion:
    """The conclusion of a round from each cell's plan and events; a cell that never began has none.

    ``besides`` are exit codes with reasons that come from all cells together: what the scenario requires beyond the must-haves.
    """
    cells = list(cells)
    told: dict[tuple[int, str], list[str]] = {}
    for plan, events in cells:
        for reason in _reasons(plan, events, waived, interrupted=interrupted):
            told.setdefault(reason, []).append(plan.cell)
    found: list[tuple[int, str]] = [(130, "interrupted")] if interrupted else []
    found += [(code, f"{', '.join(names)}: {reason}") for (code, reason), names in told.items()]
    found += besides
    found.sort(key=lambda each: _PRECEDENCE.index(each[0]))
    refused = [bool(events) and events[-1].get("status") == "refused" for _, events in cells]
    return Conclusion(found[0][0] if found else 0, tuple(reason for _, reason in found), all(refused))


def weightier(one: int, other: int) -> int:
    """Of two exit codes the one that stands."""
    return next((code for code in _PRECEDENCE if code in (one, other)), 0)


def _reasons(plan: CellPlan, events: Sequence[dict[str, Any]], waived: Waived, *, interrupted: bool) -> list[tuple[int, str]]:
    if not events:
        return [] if interrupted else [(3, "never started")]
    finished = next((each for each in reversed(events) if each["event"] == "cell.finished"), None)
    if finished is None:
        return [(4, "its process ended without a word; what it made may still be there")]
    left = _leftovers(events)
    own: list[tuple[int, str]] = []
    if left:
        own.append((4, f"left behind: {', '.join(left)}"))
    elif finished["exit_code"] == 4:
        own.append((4, "the clean-up is not proven"))
    if finished["status"] == "interrupted":
        return [(130, "interrupted"), *own]
    if finished["status"] == "refused":
        return [*own, (finished["exit_code"], f"refused: {finished['error']}")]
    return [*own, *_verdicts(plan, events, finished, waived)]


def _verdicts(plan: CellPlan, events: Sequence[dict[str, Any]], finished: dict[str, Any], waived: Waived) -> list[tuple[int, str]]:
    """What the must-haves and the engine's failure come to. What was not tried is unknown, unless it is known why it could not be."""
    outcomes = [Outcome.from_json(each["outcome"]) for each in events if each["event"] == "outcome"]
    judged = [(check, *of_check(check, outcomes)) for check in plan.must_have]
    not_met = [(met.exit_code, f"{check} {word}{but(waived(check, plan.cloud))}") for check, met, word in judged if met is Met.NO]
    if finished["status"] == "failed":
        met = Met.NO if not_met else of_failed_cell(finished["exit_code"], outcomes)
        return [(met.exit_code, f"{finished['kind']}: {finished['error']}"), *not_met]
    return not_met + [(met.exit_code, f"{check} {word}") for check, met, word in judged if met is Met.UNKNOWN]


def _leftovers(events: Iterable[dict[str, Any]]) -> list[str]:
    last = next((each for each in reversed(list(events)) if each["event"] == "leftovers"), None)
    return [f"{each['kind']} {each['name'] or each['id']}" for each in last["ours"]] if last else []
