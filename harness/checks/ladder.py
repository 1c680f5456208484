"""The rungs of a server as checks find them, where the watcher of the deployment has not written them already."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.checks.context import CellContext
from harness.journal import Journal
from harness.model import LADDER
from harness.probes.outside import Outside

_PAGE_S = 5.0


class Ladder:
    """The fixture ``ladder``. Seconds count from the moment the server's creation was accepted."""

    def __init__(self, journal: Journal, known: frozenset[tuple[str, str]]) -> None:
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


def note_applications(context: CellContext, ladder: Ladder, outside: Outside) -> None:
    """Write the last rung of every server whose endpoint answers at once: it was there when the deployment ended, at the latest."""
    for endpoint in context.deployment.endpoints if context.deployment else ():
        host = urlsplit(endpoint.url).hostname
        for server in (each for each in context.servers if each.address == host):
            subject = context.subject(server)
            answered = subject in context.accepted and outside.http(endpoint.url, _PAGE_S).status in range(200, 400)
            if answered:
                ladder.reached(subject, "application", context.deploy_ended - context.accepted[subject])
