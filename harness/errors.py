"""Every error the harness raises on purpose, in one tree.

::

    InteropError                      one clear sentence, and the mend
    ├── UsageError          (exit 2)  what was typed or written cannot be used
    │   ├── FileError                 names the file and the key or line
    │   └── CloudConfigError          clouds.yaml: unknown cloud, no or wrong credentials, endpoint, certificate
    ├── Refused             (exit 3)  nothing wrong was typed, yet the round cannot start
    │   └── QuotaTooSmall
    ├── Verdictful                    raised inside a check, or sorted from an SDK error; becomes a verdict
    │   ├── Unsupported               the cloud does not offer it
    │   ├── Denied                    the cloud's policy forbids it
    │   ├── QuotaReached              a quota stopped it: says nothing about behaviour
    │   ├── NoCapacity                no host had room: says nothing about behaviour
    │   └── HarnessFault              ours, or nobody foresaw it: never the cloud's
    ├── EngineError                   a payload did not deploy; carries the engine's own words
    │   └── Unfinished                after it had told its servers (in harness.engines)
    ├── JournalError        (exit 2)  a journal that cannot be read, with its line
    └── LabError            (exit 2)  the lab's prerequisites, or a service of it
        └── TookTooLong               a program in the lab did not end in its time (in harness.lab.bundle)
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "CloudConfigError",
    "Denied",
    "EngineError",
    "FileError",
    "HarnessFault",
    "InteropError",
    "JournalError",
    "LabError",
    "NoCapacity",
    "QuotaReached",
    "QuotaTooSmall",
    "Refused",
    "Unsupported",
    "UsageError",
    "Verdictful",
]


class InteropError(Exception):
    """A sentence for the reader, and ``mend``: what to do about it."""

    exit_code = 3

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message}\n  mend: {self.mend}" if self.mend else self.message


class UsageError(InteropError):
    """What was typed or written cannot be used; nothing was created."""

    exit_code = 2


class FileError(UsageError):
    """A file that cannot be used: names the ``file``, and the ``where`` in it (a key, a line)."""

    def __init__(self, file: Path | str, where: str, message: str, *, mend: str = "") -> None:
        place = f"{file}: {where}" if where else str(file)
        super().__init__(f"{place}: {message}", mend=mend)
        self.file = Path(file)
        self.where = where


class CloudConfigError(UsageError):
    """A cloud that cannot be reached with what ``clouds.yaml`` says of it."""


class Refused(InteropError):
    """The round cannot start, though nothing wrong was typed."""

    exit_code = 3


class QuotaTooSmall(Refused):
    """A quota that the workload does not fit into: says which, and by how much."""


class Verdictful(InteropError):
    """An error that stands for a verdict; ``request_id`` is the API request it came from, if any."""

    def __init__(self, message: str, *, mend: str = "", request_id: str = "") -> None:
        super().__init__(message, mend=mend)
        self.request_id = request_id


class Unsupported(Verdictful):
    """The cloud does not offer it: no such service, extension or method."""


class Denied(Verdictful):
    """The cloud's policy forbids it to an ordinary member."""


class QuotaReached(Verdictful):
    """A quota of the project stopped it."""


class NoCapacity(Verdictful):
    """The cloud had no room at that moment."""


class HarnessFault(Verdictful):
    """The harness, its machine or its network; or something that nobody foresaw."""


class EngineError(InteropError):
    """A payload did not deploy: ``diagnostics`` are the engine's own words, ``cause`` the verdict-bearing reason if known."""

    def __init__(self, message: str, *, mend: str = "", diagnostics: tuple[str, ...] = (), cause: Verdictful | None = None) -> None:
        super().__init__(message, mend=mend)
        self.diagnostics = diagnostics
        self.cause = cause


class JournalError(UsageError):
    """A journal that cannot be read; names the file and the line."""


class LabError(InteropError):
    """The lab cannot do it: a prerequisite is missing, or one of its services does not answer."""

    exit_code = 2
