"""What is written down about a running bundle, so that whoever comes later finds all of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.lab.processes import Process, boot_id

__all__ = ["State"]


@dataclass(frozen=True)
class State:
    """``bundle.json``: written before anything is made, and again when the first process and its network namespace are known."""

    boot: str
    groups: tuple[str, ...]
    unified_only: bool = False
    pid: int = 0
    start: int = 0
    netns: int = 0
    cookie: int = 0

    @classmethod
    def load(cls, file: Path) -> State | None:
        """The state on disk; None where there is none, or one that a crash of the machine left unreadable."""
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            return cls(**{**data, "groups": tuple(data["groups"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, file: Path) -> None:
        """Write all of it or nothing."""
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(file)

    def with_first(self, first: Process, *, netns: int, cookie: int) -> State:
        """The state with the first process known."""
        return replace(self, pid=first.pid, start=first.start, netns=netns, cookie=cookie)

    @property
    def first(self) -> Process | None:
        """The first process, if it still runs."""
        process = Process(self.pid, self.start)
        return process if self.pid and self.this_boot and process.alive else None

    @property
    def this_boot(self) -> bool:
        """Whether it was written since the machine started; if not, only files can be left of the bundle."""
        return self.boot == boot_id()
