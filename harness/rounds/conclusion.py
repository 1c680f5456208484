"""What a round came to: a function of the events that its cells recorded.

Exit codes: 0 must-haves pass · 1 they do not, with evidence · 2 a cloud's entry or an overlay cannot be used · 3 inconclusive · 4 something
of ours is left, or may be · 130 interrupted. Where several hold, the first of 130, 4, 2, 3, 1 stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model import CellPlan, Outcome, Verdict

_PRECEDENCE = (130, 4, 2, 3, 1)


@dataclass(frozen=True)
class Conclusion:
    """An exit code, and every reason there is for one, the weightiest first. ``nothing_ran``: every cell was refused."""

    exit_code: int
    reasons: tuple[str, ...]
    nothing_ran: bool = False


def conclude(cells: Iterable[tuple[CellPlan, Sequence[dict[str, Any]]]], *, interrupted: bool) -> Conclusion:
    """The conclusion of a round from each cell's plan and events; a cell that never began has none."""
    cells = list(cells)
    found: list[tuple[int, str]] = [(130, "interrupted")] if interrupted else []
    for plan, events in cells:
        found += [(code, f"{plan.cell}: {reason}") for code, reason in _reasons(plan, events, interrupted=interrupted)]
    found.sort(key=lambda each: _PRECEDENCE.index(each[0]))
    refused = [bool(events) and events[-1].get("status") == "refused" for _, events in cells]
    return Conclusion(found[0][0] if found else 0, tuple(reason for _, reason in found), all(refused))


def weightier(one: int, other: int) -> int:
    """Of two exit codes the one that stands."""
    return next((code for code in _PRECEDENCE if code in (one, other)), 0)


def _reasons(plan: CellPlan, events: Sequence[dict[str, Any]], *, interrupted: bool) -> list[tuple[int, str]]:
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
    return [*own, *_verdicts(plan, events, finished)]


def _verdicts(plan: CellPlan, events: Sequence[dict[str, Any]], finished: dict[str, Any]) -> list[tuple[int, str]]:
    """What the must-haves and the engine's failure come to. What was not tried is unknown, unless it is known why it could not be."""
    outcomes = [Outcome.from_json(each["outcome"]) for each in events if each["event"] == "outcome"]
    judged = [(check, _judge(check, outcomes)) for check in plan.must_have]
    not_met = [(1, f"{check} {word}") for check, (code, word) in judged if code == 1]
    if finished["status"] == "failed":
        code = finished["exit_code"] if finished["exit_code"] in (1, 3) else 3
        failed = (code, f"{finished['kind']}: {finished['error']}")
        if not_met:
            return [(1, failed[1]), *not_met]
        unknown = code == 1 and not any(each.verdict in _AGAINST for each in outcomes)
        return [(3 if unknown else code, failed[1])]
    return not_met + [(3, f"{check} {word}") for check, (code, word) in judged if code == 3]


_AGAINST = (Verdict.FAIL, Verdict.UNSUPPORTED, Verdict.DENIED)


def _judge(check: str, outcomes: Iterable[Outcome]) -> tuple[int, str]:
    """What one must-have came to over all its subjects: 0 pass, 1 not met, 3 unknown; and the word for it."""
    outcomes = list(outcomes)
    mine = [each for each in outcomes if each.check == check]
    against = [each for each in mine if each.verdict in _AGAINST]
    if against:
        return 1, f"{against[0].verdict} on {against[0].subject}: {against[0].reason}"
    guilty = {each.check for each in outcomes if each.verdict in _AGAINST}
    barred = [each for each in mine if each.verdict is Verdict.NOT_RUN and each.blame in guilty]
    if barred:
        return 1, f"could not be tried on {barred[0].subject}, because of {barred[0].blame}"
    unknown = [each for each in mine if each.verdict is not Verdict.PASS]
    if unknown:
        return 3, f"{unknown[0].verdict} on {unknown[0].subject}: {unknown[0].reason}"
    return (0, "pass") if mine else (3, "was not tried")


def _leftovers(events: Iterable[dict[str, Any]]) -> list[str]:
    last = next((each for each in reversed(list(events)) if each["event"] == "leftovers"), None)
    return [f"{each['kind']} {each['name'] or each['id']}" for each in last["ours"]] if last else []
