"""What Terraform tells with ``-json``, line by line: into the journal and a log, and what a caller needs to know of it.

The lines are those of Terraform's machine-readable UI. Sensitive outputs are left out of them by Terraform itself.
"""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.journal import Journal
from harness.redact import redact

_PARAGRAPH = "\n\n"


@dataclass(frozen=True)
class Diagnostic:
    """One error of Terraform's: ``words`` in one line; ``address`` of the resource, ``file`` and ``line``, where it has them."""

    words: str
    address: str = ""
    file: str = ""
    line: int = 0

    @property
    def is_of_the_cloud(self) -> bool:
        """Whether the OpenStack provider said it of one of its resources, and so perhaps in the words of a cloud's API."""
        return "openstack_" in self.address

    def __str__(self) -> str:
        place = self.address or (f"{self.file} line {self.line}" if self.file else "")
        return f"{place}: {self.words}" if place else self.words


@dataclass
class Progress:
    """A running command. ``running`` are the acts under way, with the moment they began; ``errors`` what Terraform complains of.

    ``last_words`` are the last lines that were no events: what Terraform says before it knows that JSON is wanted.
    """

    journal: Journal
    log: Path
    running: dict[str, float] = field(default_factory=dict)
    errors: list[Diagnostic] = field(default_factory=list)
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=10))

    def take(self, line: str) -> None:
        """One line of the command's output."""
        event = _event(line)
        if event is None:
            self.say(line)
            return
        self._print(str(event.get("@message", "")))
        kind = str(event.get("type", ""))
        if kind == "diagnostic":
            self.complain(event["diagnostic"])
        elif kind.startswith("apply_"):
            self._follow(kind.removeprefix("apply_"), event["hook"])

    def say(self, line: str) -> None:
        """Text that is no event."""
        if line.strip():
            self.last_words.append(redact(line.strip()))
            self._print(line)

    def complain(self, told: dict[str, Any]) -> None:
        """One diagnostic; warnings do not count. Of long explanations the first paragraph counts, the log has the whole."""
        if told.get("severity") != "error":
            return
        where, detail = told.get("range") or {}, redact(told.get("detail", ""))
        self._print(detail)
        words = " ".join(f"{redact(told['summary'])}: {detail.partition(_PARAGRAPH)[0]}".split()).rstrip(": ")
        diagnostic = Diagnostic(words, told.get("address", ""), where.get("filename", ""), where.get("start", {}).get("line", 0))
        self.errors.append(diagnostic)
        if diagnostic.address:
            self._tell(diagnostic.address, "failed", message=words)

    def _follow(self, moment: str, hook: dict[str, Any]) -> None:
        name = f"{hook['action']} {hook['resource']['addr']}"
        if moment == "start":
            self.running[name] = time.monotonic()
            self._tell(name, "started")
        elif moment in ("complete", "errored"):
            seconds = round(time.monotonic() - self.running.pop(name, time.monotonic()), 2)
            if moment == "complete":  # an error is told with its words, as a diagnostic
                self._tell(name, "ok" if hook["action"] == "read" else "changed", seconds=seconds)

    def _tell(self, name: str, status: str, **more: Any) -> None:
        self.journal.write("engine.task", name=name, host="", status=status, **more)

    def _print(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(redact(text).rstrip() + "\n")


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "@message" in event else None
