"""Needs and blame, as a function of what is known so far: which check stops which, and who is at the root.

A check whose need did not pass on its subject is not run, and the first failure of that chain carries the blame. On which
results a need is looked up: those on the same subject; where there are none, those on the cloud; and where the two checks are about
different kinds of subject, all of them, since a page behind two servers stands or falls with both. A need that was not run for a
reason of its own (there was nothing to look at, or no way to see it) stops nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.checks.marks import Spec
from harness.model import Outcome, Verdict

CLOUD = "cloud"
"""The subject of checks that are about the cloud as a whole."""


@dataclass(frozen=True)
class Obstacle:
    """Why a check cannot say anything: the need that did not pass, and the root of that."""

    because: str
    subject: str
    verdict: Verdict
    blame: str
    blame_facet: str

    @property
    def reason(self) -> str:
        """One sentence."""
        root = "" if self.blame in ("", self.because) else f", which goes back to {self.blame}"
        return f"because of {self.because} ({self.verdict} on {self.subject}){root}"


class Ledger:
    """The outcomes of one attempt so far, and what they allow. ``specs`` are in the order of the ladder."""

    def __init__(self, specs: Mapping[str, Spec], outcomes: Iterable[Outcome] = ()) -> None:
        self._specs = specs
        self._rung = {id_: number for number, id_ in enumerate(specs)}
        self._outcomes: dict[str, dict[str, Outcome]] = {}
        for each in outcomes:
            self.add(each)

    def add(self, outcome: Outcome) -> None:
        """Take what a check came to; a later word on the same subject replaces the earlier."""
        self._outcomes.setdefault(outcome.check, {})[outcome.subject] = outcome

    def of(self, check: str, subject: str) -> Outcome | None:
        """What ``check`` came to on ``subject``; ``None`` when it has not run."""
        return self._outcomes.get(check, {}).get(subject)

    def obstacle(self, spec: Spec, subject: str) -> Obstacle | None:
        """What keeps ``spec`` from saying something about ``subject``: of several, that whose root is lowest in the ladder."""
        stopping = [each for need in spec.needs for each in self._results(need, spec, subject) if _stops(each)]
        if not stopping:
            return None
        lowest = min(stopping, key=lambda each: (self._rung_of(each.blame or each.check), self._rung_of(each.check)))
        return Obstacle(lowest.check, lowest.subject, lowest.verdict, lowest.blame or lowest.check, lowest.blame_facet)

    def _results(self, need: str, spec: Spec, subject: str) -> list[Outcome]:
        known = self._outcomes.get(need, {})
        for place in (subject, CLOUD):
            if place in known:
                return [known[place]]
        same_kind = need in self._specs and self._specs[need].subject == spec.subject
        return [] if same_kind else list(known.values())

    def _rung_of(self, check: str) -> int:
        return self._rung.get(check, len(self._rung))


def _stops(outcome: Outcome) -> bool:
    return outcome.verdict is not Verdict.PASS and not (outcome.verdict is Verdict.NOT_RUN and not outcome.because)
