"""The journals of a run's folder, read as they grow, whatever is in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import JournalError
from harness.journal import SCHEMA

ROUND = "journal.jsonl"
UNREADABLE = None
"""What stands for a line that is no event; it is counted, as any event that cannot be understood."""


@dataclass(frozen=True)
class Heard:
    """An event, when it was written (seconds of the epoch), and the cell whose journal has it; empty for the round's own."""

    at: float
    source: str
    event: Any


class Tail:
    """Reads every journal of a run's folder on from where it was; the folder may not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}
        self._latest: dict[Path, float] = {}

    def read(self) -> list[Heard]:
        """What was written since the last time, in the order of its time. A last line that has no end yet is left for later."""
        heard = [each for path, source in self._journals() for each in self._of(path, source)]
        return sorted(heard, key=lambda each: each.at)

    def _journals(self) -> list[tuple[Path, str]]:
        cells = sorted(self._folder.glob(f"cells/*/{ROUND}"))
        return [(self._folder / ROUND, ""), *((path, path.parent.name) for path in cells)]

    def _of(self, path: Path, source: str) -> list[Heard]:
        try:
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                data = file.read()
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offsets[path] = self._offsets.get(path, 0) + len(whole)
        events = [_event(line) for line in whole.split(b"\n") if line.strip()]
        return [Heard(self._moment(path, event), source, event) for event in events]

    def _moment(self, path: Path, event: Any) -> float:
        """When ``event`` was written; one without a time that can be read, or before its forerunner, counts as of that one's time."""
        latest = self._latest.get(path, 0.0)
        try:
            moment = datetime.fromisoformat(event["at"]).timestamp()
        except (KeyError, TypeError, ValueError, OverflowError):
            moment = latest
        self._latest[path] = max(moment, latest)
        return self._latest[path]


def _event(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return UNREADABLE


def refuse_if_newer(path: Path, heard: list[Heard]) -> None:
    """Raise where a journal was written in a format that this version does not know.

    Raises:
        JournalError: it was; names the schema.
    """
    for each in heard:
        schema = each.event.get("schema", SCHEMA) if isinstance(each.event, dict) else SCHEMA
        if isinstance(schema, int) and schema > SCHEMA:
            raise JournalError(f"{path}: written by a newer version (schema {schema})", mend="upgrade interop-harness")
