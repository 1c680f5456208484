"""From what a check raised to a verdict: the one place where that is decided.

Only an :class:`AssertionError` is ``fail``. The harness's typed errors stand for their verdicts; an SDK's error is sorted into them
by :mod:`harness.clouds.sorting`. Whatever nobody foresaw is ``harness-fault``, never the cloud's.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass

import pytest

from harness.checks.unmet import DoesNotApply, Unmet
from harness.clouds.sorting import verdictful
from harness.errors import Denied, HarnessFault, InteropError, NoCapacity, QuotaReached, Unsupported, Verdictful
from harness.model import Verdict

_TYPED: tuple[tuple[type[Verdictful], Verdict], ...] = (
    (Unsupported, Verdict.UNSUPPORTED),
    (Denied, Verdict.DENIED),
    (QuotaReached, Verdict.QUOTA),
    (NoCapacity, Verdict.CAPACITY),
    (HarnessFault, Verdict.HARNESS_FAULT),
)


@dataclass(frozen=True)
class Judgement:
    """A verdict and what the reader needs beside it. ``applies`` is false where the subject has nothing that the check is about."""

    verdict: Verdict
    reason: str = ""
    expected: str = ""
    seen: str = ""
    request_id: str = ""
    next_step: str = ""
    evidence: tuple[str, ...] = ()
    applies: bool = True


def judge(error: BaseException | None, expected: str = "", seen: str = "") -> Judgement:
    """What it means that a check ended with ``error``; ``None``: it ended well.

    ``expected`` and ``seen`` are the sides of the comparison where a plain ``assert`` failed over one.
    """
    match error:
        case None:
            return Judgement(Verdict.PASS)
        case Unmet():
            return Judgement(Verdict.FAIL, str(error), error.expected, error.seen, next_step=error.next_step)
        case AssertionError():
            return Judgement(Verdict.FAIL, str(error) or "an assertion did not hold", expected, seen)
        case DoesNotApply():
            return Judgement(Verdict.NOT_RUN, str(error), applies=False)
        case pytest.skip.Exception():
            return Judgement(Verdict.NOT_RUN, str(error))
        case Verdictful():
            return _typed(error)
        case InteropError():
            return _fault(error)
    known = verdictful(error) if isinstance(error, Exception) else None
    return _typed(known) if known else _fault(error)


def _typed(error: Verdictful) -> Judgement:
    verdict = next(verdict for kind, verdict in _TYPED if isinstance(error, kind))
    return Judgement(verdict, error.message, seen=error.message, request_id=error.request_id, next_step=error.mend)


def _fault(error: BaseException) -> Judgement:
    words = f"{type(error).__name__}: {error}"
    where = traceback.extract_tb(error.__traceback__)
    place = f"{where[-1].name} (line {where[-1].lineno})" if where else ""
    return Judgement(Verdict.HARNESS_FAULT, f"unforeseen: {words}", seen=words, evidence=(f"raised in {place}",) if place else ())
