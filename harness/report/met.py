"""Whether something that was asked for was met: yes, no with evidence, or unknown. One rule for a round's exit code and for its report."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from harness.model import Outcome, Verdict
from harness.report.roots import AGAINST, Roots


class Met(StrEnum):
    """What a demand came to. What was not tried is unknown, unless a failure on the same cloud is known to be why."""

    YES = "met"
    NO = "not met"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """The exit code of a round of which this is the worst."""
        return {Met.YES: 0, Met.NO: 1, Met.UNKNOWN: 3}[self]


def of_check(check: str, outcomes: Iterable[Outcome]) -> tuple[Met, str]:
    """What a check that has to pass came to over all subjects that it applies to in one cell, and the words for it."""
    outcomes = list(outcomes)
    all_ = [each for each in outcomes if each.check == check]
    mine = [each for each in all_ if each.applies is not False] or all_
    against = [each for each in mine if each.verdict in AGAINST]
    if against:
        return Met.NO, f"{against[0].verdict} on {against[0].subject}: {against[0].reason}"
    roots = Roots(outcomes)
    barred = [each for each in mine if each.verdict is Verdict.NOT_RUN and roots.failed(each.blame or each.because, each.subject)]
    if barred:
        return Met.NO, f"could not be tried on {barred[0].subject}, because of {barred[0].blame or barred[0].because}"
    unknown = [each for each in mine if each.verdict is not Verdict.PASS]
    if unknown:
        return Met.UNKNOWN, f"{unknown[0].verdict} on {unknown[0].subject}: {unknown[0].reason}"
    return (Met.YES, "pass") if mine else (Met.UNKNOWN, "was not tried")


def of_failed_cell(exit_code: int | None, outcomes: Iterable[Outcome]) -> Met:
    """What a deployment that failed says by itself: no where its own exit code says so and a check saw something; else unknown."""
    return Met.NO if exit_code == Met.NO.exit_code and any(each.verdict in AGAINST for each in outcomes) else Met.UNKNOWN


def but(waivers: Iterable[str]) -> str:
    """What is said behind a demand that was not met, where somebody waived it; nothing where nobody did."""
    words = "; ".join(waivers)
    return f" ({words}; it counts all the same)" if words else ""
