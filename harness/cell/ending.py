"""How a cell ended, and what that comes to as an exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from harness.cell.stop import Interrupted
from harness.clouds.sorting import verdictful
from harness.errors import Denied, EngineError, HarnessFault, InteropError, Unsupported, Verdictful


@dataclass(frozen=True)
class Ending:
    """``status`` is ``done``, ``refused`` (nothing was created), ``failed`` or ``interrupted``; ``kind`` is the error's class."""

    status: str = "done"
    exit_code: int = 0
    kind: str = ""
    error: str = ""
    mend: str = ""
    kept: bool = False

    NOT_MET: ClassVar[int] = 1
    UNKNOWN: ClassVar[int] = 3
    LEAKED: ClassVar[int] = 4
    INTERRUPTED: ClassVar[int] = 130

    def but(self, **changes: Any) -> Ending:
        """The same ending with ``changes``."""
        return replace(self, **changes)

    def with_leak(self) -> Ending:
        """The same ending, and something of ours is left, or may be."""
        return self if self.exit_code == self.INTERRUPTED else self.but(exit_code=self.LEAKED)


def ended_by(error: BaseException, *, nothing_created: bool) -> Ending:
    """The ending of a cell that ``error`` ended."""
    if isinstance(error, Interrupted):
        return Ending("interrupted", Ending.INTERRUPTED, "Interrupted", "told to stop")
    known = error if isinstance(error, InteropError) else verdictful(error)
    if known is None:
        known = HarnessFault(f"unforeseen: {type(error).__name__}: {error}", mend="read fault.log in the cell's folder, and report it")
    status = "refused" if nothing_created else "failed"
    return Ending(status, _code(known), type(known).__name__, known.message, known.mend)


def says_nothing_of_the_cloud(error: InteropError) -> bool:
    """Whether it is unknown what ``error`` means: a quota, no room, or a fault of the harness and its machine."""
    return _code(error) == Ending.UNKNOWN


def _code(error: InteropError) -> int:
    if isinstance(error, EngineError):
        return _code(error.cause) if error.cause else Ending.NOT_MET
    if isinstance(error, Verdictful):
        return Ending.NOT_MET if isinstance(error, Unsupported | Denied) else Ending.UNKNOWN
    return error.exit_code
