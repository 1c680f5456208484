"""The rungs of a server as checks find them, where the watcher of the deployment has not written them already."""

from __future__ import annotations

from collections.abc import Iterable

from harness.journal import Journal
from harness.model import LADDER


class Ladder:
    """The fixture ``ladder``. Seconds count from the moment the server's creation was accepted."""

    def __init__(self, journal: Journal, known: Iterable[tuple[str, str]]) -> None:
        self._journal = journal
        self._known = set(known)

    def reached(self, subject: str, rung: str, seconds: float) -> None:
        """Write that ``subject`` reached ``rung``, unless that is written already.

        Raises:
            KeyError: no ladder has such a rung.
        """
        if rung not in LADDER:
            raise KeyError(rung)
        if (subject, rung) not in self._known:
            self._known.add((subject, rung))
            self._journal.write("ladder", subject=subject, rung=rung, seconds=round(seconds, 2))
