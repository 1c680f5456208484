"""One check on one cloud: outcomes of several subjects (servers) and attempts folded into a square of the matrix.

The worst stands for all, and the subjects that had it are named. A subject that has nothing of the kind says nothing about the others:
it is named beside what they came to. One on which nothing could be seen is unknown, and so then is the check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from harness.model import CheckInfo, Outcome, Verdict
from harness.report.clean import one_line
from harness.report.record import Cell, Status
from harness.report.values import Value, fold
from harness.report.words import NOT_A_SUBJECT, SEVERITY, Standing, count, judged, listed

Known: TypeAlias = "list[tuple[Outcome, Standing]]"
"""Outcomes, each with what it says about the cloud."""

_NAMED = 3
_LONGEST_SEEN = 60


@dataclass(frozen=True)
class Square:
    """What a check came to on a cloud. ``who`` are the subjects with the worst verdict when others did better.

    ``because`` is the check at the root of what kept this one from running; ``left_out`` are the subjects it had nothing to look at on.
    ``waived`` says that somebody waived it, and until when.
    """

    cloud: str
    check: str
    verdict: Verdict
    standing: Standing
    values: tuple[Value, ...] = ()
    who: tuple[str, ...] = ()
    reason: str = ""
    seen: str = ""
    because: str = ""
    left_out: tuple[str, ...] = ()
    waived: str = ""
    outcomes: tuple[Outcome, ...] = ()

    @property
    def word(self) -> str:
        """The verdict in a word or two: ``not run ← boot.active``."""
        word = self.verdict.value.replace("-", " ")
        return f"{word} ← {self.because}" if self.because else word

    def said(self, first: frozenset[str] = frozenset()) -> str:
        """The square in words: what was observed on a pass; else the verdict, whose it is, and what was observed, or seen instead.

        Values named in ``first`` come first.
        """
        observed = self.observed(first)
        aside = f" ({self.aside})" if self.aside else ""
        if self.standing is Standing.HOLDS:
            return (observed or self.word) + aside
        return self.word + aside + (f": {observed}" if observed and self.standing.is_evidence else "")

    @property
    def aside(self) -> str:
        """The subjects that had the verdict, and those without one, as far as they must be told apart; and whether it is waived."""
        without = f"not run: {listed(self.left_out, _NAMED)}" if self.left_out else ""
        return "; ".join(filter(None, (listed(self.who, _NAMED), without, self.waived)))

    def observed(self, first: frozenset[str] = frozenset()) -> str:
        """The observed values, those named in ``first`` first; a value that is called as the check is goes without its name.

        Where something else was seen than expected, and no value was recorded, that.
        """
        ordered = sorted(self.values, key=lambda each: each.name not in first)
        if self.standing is not Standing.HOLDS and not ordered:
            return one_line(self.seen, _LONGEST_SEEN)
        return " · ".join(each.text if each.name == self.check else f"{_plain(each.name)} {each.text}" for each in ordered)


def by_check(cells: tuple[Cell, ...]) -> dict[str, Known]:
    """The outcomes of all attempts, each with what it says, by check."""
    found: dict[str, Known] = {}
    for pair in (pair for cell in cells for pair in judged(cell.outcomes)):
        found.setdefault(pair[0].check, []).append(pair)
    return found


def folded(known: Known | None, cloud: str, check: CheckInfo, marks: tuple[str, ...], cells: tuple[Cell, ...]) -> Square:
    """What ``known`` outcomes of ``check`` on ``cloud`` come to; without any, what became of the ``cells``."""
    if not known:
        return Square(cloud, check.id, Verdict.NOT_RUN, Standing.UNKNOWN, reason=_why_nothing(cells))
    told = looked(known)
    worst, says = min(told, key=lambda pair: (SEVERITY.index(pair[0].verdict), pair[1] is not Standing.FOLLOWS))
    outcomes = tuple(outcome for outcome, _ in told)
    return Square(
        cloud,
        check.id,
        worst.verdict,
        says,
        values=fold((value for each in outcomes for value in each.observations), marks),
        who=_who(worst.verdict, outcomes),
        reason=worst.reason,
        seen=worst.seen,
        because=(worst.blame or worst.because) if worst.verdict is Verdict.NOT_RUN else "",
        left_out=tuple(dict.fromkeys(each.subject for each, _ in known if each not in outcomes)),
        outcomes=tuple(outcome for outcome, _ in known),
    )


def looked(known: Known) -> Known:
    """The outcomes of subjects on which there was something to look at; all, where there was nothing on any."""
    return [pair for pair in known if not _had_nothing_to_look_at(pair[0])] or known


def _had_nothing_to_look_at(outcome: Outcome) -> bool:
    """Whether the check did not apply; an older journal does not tell that from what could not be seen."""
    return outcome.verdict is Verdict.NOT_RUN and not outcome.because and outcome.applies is not True


def _why_nothing(cells: tuple[Cell, ...]) -> str:
    """Why a check has no outcome on a cloud: what became of the cell."""
    reasons = {
        Status.REFUSED: "the cloud was refused",
        Status.FAILED: "the cell failed",
        Status.INTERRUPTED: "the round was interrupted",
        Status.CUT: "the journal was cut off",
        Status.NEVER_STARTED: "never started",
    }
    for cell in cells:
        if cell.status in reasons:
            return f"{reasons[cell.status]}: {cell.reason}" if cell.reason else reasons[cell.status]
    return "the check was not run"


def _who(verdict: Verdict, outcomes: tuple[Outcome, ...]) -> tuple[str, ...]:
    """The subjects with ``verdict``, and the attempt where there were several; nobody where it goes without saying."""
    alike = [each for each in outcomes if each.verdict is verdict]
    if len(outcomes) == 1 or (len(alike) == len(outcomes) and verdict is Verdict.PASS):
        return ()
    several = len({each.attempt for each in outcomes}) > 1
    if {each.subject for each in outcomes} <= set(NOT_A_SUBJECT):
        return (f"{len(alike)} of {count(len(outcomes), 'attempt')}",)
    if len(alike) == len(outcomes):
        return (f"all {len(outcomes)}",)
    return tuple(f"{each.subject} #{each.attempt}" if several else each.subject for each in alike)


def _plain(name: str) -> str:
    """The name of a value without its facet, in words."""
    return name.rpartition(".")[2].replace("_", " ").replace("-", " ")
