"""Whether a failure is why a check was not run: one rule for the report, a round's exit code and the wallboard.

What stands at the root of a chain is looked up as it was when the checks ran: on the same subject first. A login that failed on one
server says nothing of what a fault of the harness kept from running on another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from harness.model import Verdict

AGAINST = (Verdict.FAIL, Verdict.UNSUPPORTED, Verdict.DENIED)
"""The verdicts that are evidence against a cloud."""

_STOPS_NOBODY = (Verdict.PASS, Verdict.NOT_RUN)


class Seen(Protocol):
    """What a check came to on a subject."""

    @property
    def check(self) -> str:
        """The check's id."""

    @property
    def subject(self) -> str:
        """The server, the endpoint, the cloud."""

    @property
    def verdict(self) -> str:
        """One of the verdicts."""


class Roots:
    """What may stand at the root of a chain in one cell, by what was seen there."""

    def __init__(self, seen: Iterable[Seen]) -> None:
        self._here = {(each.check, each.subject): each.verdict in AGAINST for each in seen if each.verdict not in _STOPS_NOBODY}
        self._anywhere = {check for (check, _), is_against in self._here.items() if is_against}

    def failed(self, root: str, subject: str) -> bool:
        """Whether ``root`` is evidence against the cloud, where it stood in the way of a check of ``subject``.

        Where ``root`` kept nothing from running on ``subject`` itself, the chain comes from other subjects: a page stands or falls with
        the servers behind it.
        """
        return self._here.get((root, subject), root in self._anywhere)
