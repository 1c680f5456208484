"""The journal's events behind an outcome that is no pass, in words, so that each can be found again by its number in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.model import Verdict
from harness.report.words import duration


@dataclass(frozen=True)
class Event:
    """An event of a cell's journal: its ``number`` there (the first is 1), its moment (ISO 8601), its kind, and what it says."""

    number: int
    at: str
    kind: str
    text: str

    @property
    def clock(self) -> str:
        """The time of day, in UTC."""
        return self.at.partition("T")[2].partition("+")[0] or self.at


class Tracer:
    """Takes a cell's events one after another; ``traces`` are, by check and subject, those that led to what is no pass.

    That is: how far the subject had climbed, when the check began, and what it came to.
    """

    def __init__(self) -> None:
        self.traces: dict[tuple[str, str], tuple[Event, ...]] = {}
        self._number = 0
        self._climbed: dict[str, list[Event]] = {}
        self._begun: dict[tuple[str, str], Event] = {}

    def take(self, event: dict[str, Any]) -> None:
        """Count ``event``, and remember what it says of a subject or a check."""
        self._number += 1
        match event["event"]:
            case "ladder":
                climbed = self._event(event, f"{event['subject']} reached {event['rung']} after {event['seconds']} s")
                self._climbed.setdefault(event["subject"], []).append(climbed)
            case "check.started":
                self._begun[event["check"], event["subject"]] = self._event(event, f"{event['check']} begins on {event['subject']}")
            case "outcome" if event["outcome"]["verdict"] != Verdict.PASS:
                self._conclude(event)

    def _conclude(self, event: dict[str, Any]) -> None:
        outcome = event["outcome"]
        about = outcome["check"], outcome["subject"]
        took = f" after {duration(outcome['seconds'])}" if isinstance(outcome.get("seconds"), float) and outcome["seconds"] > 0 else ""
        began = [self._begun[about]] if about in self._begun else []
        said = self._event(event, f"{outcome['check']} on {outcome['subject'] or 'the cloud'}: {outcome['verdict']}{took}")
        self.traces[about] = (*self._climbed.get(outcome["subject"], ()), *began, said)

    def _event(self, event: dict[str, Any], text: str) -> Event:
        return Event(self._number, str(event["at"]), event["event"], text)
