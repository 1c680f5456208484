"""How a cloud's lane ends: a state, and the reason in one sentence that everybody understands. Never a stack trace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.model import LADDER, Verdict
from harness.report.clean import one_line
from harness.report.roots import Roots
from harness.report.words import count, duration, listed
from harness.stage.lane import Found, Lane, State

_LONGEST = 200
_TRACE = re.compile(r"Traceback \(most recent call last\).*", re.DOTALL)
_OWN_NAME = re.compile(r"^cloud [^:]+: ")
_NOT_MET, _LEAKED = 1, 4
"""Exit codes of a cell, as its journal has them."""


def concluded(lane: Lane, end: Mapping[str, Any], must_have: Iterable[str], catalogue: Sequence[str]) -> Lane:
    """The lane once its cell ended, by ``end``, its last event.

    ``must_have`` are the checks that the workload insists on, ``catalogue`` all checks, those that depend on fewer others first.
    """
    state, sentence = _standing(lane, end, tuple(must_have), catalogue)
    if lane.left and not end.get("kept"):
        state = State.FAILED
        sentence = f"{sentence} Left behind: {listed(lane.left, 2)}."
    elif end.get("exit_code") == _LEAKED:
        state = State.UNKNOWN if state is State.RUNS else state
        sentence = f"{sentence} That nothing was left behind is not proven."
    return replace(lane, state=state, sentence=sentence, detail="")


def plain(text: str) -> str:
    """A message as one short line, without what only its writer can read."""
    first = _TRACE.sub("", text).strip() or "an error that nobody foresaw"
    return one_line(first.splitlines()[0], _LONGEST).rstrip(".: ")


def _standing(lane: Lane, end: Mapping[str, Any], must_have: tuple[str, ...], catalogue: Sequence[str]) -> tuple[State, str]:
    error = _OWN_NAME.sub("", plain(str(end.get("error") or "")))
    match end["status"]:
        case "refused":
            return State.REFUSED, f"Nothing was started: {error}."
        case "interrupted":
            return State.INTERRUPTED, "It was told to stop before it was through."
        case "failed":
            return _failed(lane, end, error, must_have, catalogue)
        case "done":
            return _done(lane, must_have, catalogue)
    raise ValueError(end["status"])


def _failed(lane: Lane, end: Mapping[str, Any], error: str, must_have: tuple[str, ...], catalogue: Sequence[str]) -> tuple[State, str]:
    """A failed deployment speaks against the cloud when a check saw what was wrong, or a must-have did not hold."""
    against = _against(lane, catalogue)
    not_met = [each for each in must_have if _is_not_met(lane, each)]
    if against and (not_met or end.get("exit_code") == _NOT_MET):
        return State.FAILED, f"{_told(against[0])}."
    if end.get("kind") == "HarnessFault":
        return State.UNKNOWN, f"The harness is to blame, not the cloud: {error}."
    return State.UNKNOWN, f"It did not come about, and no check saw why: {error}."


def _done(lane: Lane, must_have: tuple[str, ...], catalogue: Sequence[str]) -> tuple[State, str]:
    against = _against(lane, catalogue)
    not_met = [each for each in must_have if _is_not_met(lane, each)]
    if not_met:
        own = [each for each in against if each.check in not_met]
        return State.FAILED, f"{_told((own or against)[0])}."
    unseen = [each for each in must_have if not _held(lane, each)]
    if unseen:
        return State.UNKNOWN, f"Not known whether it runs: {listed(unseen, 2)} could not be seen."
    checks = {each.check for each in lane.found.values() if each.applies}
    other = {each.check for each in against}
    seen = f"{count(len(checks), 'behaviour')} seen" if not other else f"{len(other)} of {count(len(checks), 'behaviour')} did not hold"
    return State.RUNS, f"{_page(lane)}{seen}."


def _page(lane: Lane) -> str:
    reached = [rungs[LADDER[-1]] for rungs in lane.climbs.values() if LADDER[-1] in rungs]
    return f"The page answered after {duration(max(reached))}; " if reached else ""


def _told(found: Found) -> str:
    """What was seen comes first: a lane may have no room for all of it."""
    if found.seen and found.expected:
        reason = f"seen: {plain(found.seen)}; expected: {plain(found.expected)}"
    else:
        reason = plain(found.reason) if found.reason else found.verdict
    where = "" if found.subject in ("", "cloud") else f" on {found.subject}"
    return f"{found.check}{where}: {reason}"


def _against(lane: Lane, catalogue: Sequence[str]) -> list[Found]:
    order = {check: place for place, check in enumerate(catalogue)}
    return sorted((each for each in lane.found.values() if each.is_against), key=lambda each: order.get(each.check, len(order)))


def _is_not_met(lane: Lane, check: str) -> bool:
    """Whether ``check`` was seen not to hold, or could not run because of one that was."""
    roots = Roots(lane.found.values())
    mine = [each for each in lane.found.values() if each.check == check]
    return any(each.is_against or (each.verdict == Verdict.NOT_RUN and roots.failed(each.blame, each.subject)) for each in mine)


def _held(lane: Lane, check: str) -> bool:
    mine = [each.verdict for each in lane.found.values() if each.check == check and each.applies]
    return bool(mine) and all(each == Verdict.PASS for each in mine)
