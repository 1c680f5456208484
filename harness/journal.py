"""Append-only events: the one truth of a run.

A journal is a file of JSON lines. Every line has ``at`` (UTC, ISO 8601, milliseconds), ``event`` (its kind) and the event's own
keys; it is flushed before the act that it announces. A cell's journal has one writer at a time; a reader may follow it while
it grows. The kinds and their keys are listed in :data:`EVENTS`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import JournalError
from harness.redact import redact

SCHEMA = 1
"""Version of the journal's format; a reader refuses a newer one."""

EVENTS: dict[str, str] = {
    "run.started": "schema, run, scenario{name,title,digest,require,waivers[Waiver],limits,participants}, "
    "workloads[{name,title,digest,must_have[],required[],checks[],left_out[],limits{}}], "
    "clouds[], versions{}, score_files{kind: digest of the score's data file}, catalogue[CheckInfo], left_out[CheckInfo]",
    "cell.planned": "cell, cloud, workload",
    "run.finished": "exit_code, reasons[]",
    "cell.started": "schema, cell, cloud, workload, digest, engine, attempt, mark, global_request_id",
    "phase.started": "phase (discover|inventory|deploy|checks|destroy|teardown)",
    "phase.finished": "phase, seconds, ok",
    "facts.found": "facts{Facts}",
    "inventory.taken": "when (before|after), resources[Resource]",
    "engine.tool": "name, version, hash?",
    "engine.task": "name, host, status (started|ok|changed|failed|skipped|unreachable), seconds?, message?",
    "deployment.made": "deployment{Deployment}",
    "page.pictured": "file (a PNG in the cell's folder), url, seconds (how long taking it took)",
    "ladder": "subject, rung, seconds",
    "check.started": "check, subject",
    "outcome": "outcome{Outcome}",
    "destroyed": "resources[Resource]",
    "leftovers": "ours[Resource], strangers_made[Resource], strangers_gone[Resource]",
    "note": "text",
    "cell.finished": "status (done|refused|failed|interrupted), kind (the error's class, if any), error, mend, exit_code, kept (bool)",
}


class Journal:
    """The writer of one journal file; ``base`` keys (``cell``, ``attempt``) are added to every event."""

    def __init__(self, path: Path, **base: Any) -> None:
        self.path = path
        self._base = base
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, event: str, **keys: Any) -> None:
        """Append one event and flush it to the file.

        Raises:
            KeyError: the event's kind is not one of :data:`EVENTS`.
        """
        if event not in EVENTS:
            raise KeyError(event)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "event": event, **self._base, **keys}, ensure_ascii=False)
        os.write(self._file, (redact(line) + "\n").encode())

    def close(self) -> None:
        """Close the file; further writes fail."""
        os.close(self._file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a journal file, in order. A last line that was cut off by a crash is left out; any other bad line is refused.

    Raises:
        JournalError: no such file, a line that is not an event, or a format newer than :data:`SCHEMA`.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}", mend="name a run's folder, as `interop run` printed it") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            schema = int(event.get("schema", SCHEMA)) if str(event["event"]).endswith(".started") and event["at"] else SCHEMA
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            if number == len(lines):
                return
            raise JournalError(f"{path}: line {number}: not an event", mend="the file was changed by hand; restore it") from error
        if schema > SCHEMA:
            raise JournalError(f"{path}: line {number}: written by a newer version (schema {schema})", mend="upgrade interop-harness")
        yield event


def follow(path: Path, offset: int) -> tuple[list[dict[str, Any]], int]:
    """The whole events after byte ``offset``, and the offset to go on from. A file that is not there yet has none."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    whole = data[: data.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines() if line], offset + len(whole)
