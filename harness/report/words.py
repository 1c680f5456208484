"""The words and symbols that every form of the report shares, so that none has a language of its own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import ip_interface

from harness.model import Facet, Outcome, Verdict
from harness.report.roots import Roots


class Standing(StrEnum):
    """What a verdict says about the cloud. ``follows`` and ``unknown`` are no evidence: they say that nothing was seen."""

    HOLDS = "holds"
    FAILS = "fails"
    LACKS = "lacks"
    FOLLOWS = "follows"
    UNKNOWN = "unknown"

    @property
    def is_evidence(self) -> bool:
        """Whether something was seen."""
        return self in (Standing.HOLDS, Standing.FAILS, Standing.LACKS)


SYMBOLS = {Standing.HOLDS: "✓", Standing.FAILS: "✗", Standing.LACKS: "⊘", Standing.FOLLOWS: "↳", Standing.UNKNOWN: "?"}

MEANINGS = {
    Standing.HOLDS: "the behaviour was seen",
    Standing.FAILS: "another behaviour was seen",
    Standing.LACKS: "the cloud does not offer it, or its policy denies it",
    Standing.FOLLOWS: "not run, because of another failure on this cloud",
    Standing.UNKNOWN: "unknown: quota, capacity, a fault of the harness, or not run",
}

SEVERITY = (
    Verdict.FAIL,
    Verdict.DENIED,
    Verdict.UNSUPPORTED,
    Verdict.HARNESS_FAULT,
    Verdict.CAPACITY,
    Verdict.QUOTA,
    Verdict.NOT_RUN,
    Verdict.PASS,
)
"""Worst first. Evidence against stands above what is unknown, and that above a pass."""

RUNG_TITLES = {
    "accepted": "accepted",
    "active": "ACTIVE",
    "console": "console",
    "port-22": "port 22",
    "ssh-login": "login",
    "cloud-init": "cloud-init",
    "application": "application",
}

RUNG_ABBREVIATIONS = {
    "accepted": "acc",
    "active": "act",
    "console": "con",
    "port-22": "22",
    "ssh-login": "ssh",
    "cloud-init": "init",
    "application": "app",
}

ANSWERS = {"application.page": "application.to_page", "application.mesh": "application.to_mesh"}
"""The checks that see a workload answer, of which it has one, and what each observes: seconds from the deployment's first request to it."""

NOT_A_SUBJECT = ("", "cloud")
_FACETS = tuple(Facet)


def judged(outcomes: Iterable[Outcome]) -> tuple[tuple[Outcome, Standing], ...]:
    """The outcomes of one cell, each with what it says about the cloud.

    What was not run follows from a failure only where the root of that is evidence; after a quota, say, it is unknown as well, whatever
    the root came to on another server.
    """
    known = tuple(outcomes)
    roots = Roots(known)
    return tuple((each, _standing(each, roots)) for each in known)


def _standing(outcome: Outcome, roots: Roots) -> Standing:
    if outcome.verdict is Verdict.PASS:
        return Standing.HOLDS
    if outcome.verdict is Verdict.FAIL:
        return Standing.FAILS
    if outcome.verdict.is_evidence:
        return Standing.LACKS
    follows = outcome.verdict is Verdict.NOT_RUN and roots.failed(outcome.blame or outcome.because, outcome.subject)
    return Standing.FOLLOWS if follows else Standing.UNKNOWN


def facet_order(facet: str) -> int:
    """Where ``facet`` stands in the order of the facets; one that nobody knows stands last."""
    return _FACETS.index(Facet(facet)) if facet in set(_FACETS) else len(_FACETS)


def count(number: int, one: str, many: str = "") -> str:
    """``1 server``, ``2 servers``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: list[str] | tuple[str, ...], limit: int = 0) -> str:
    """``a, b and c``; of more than ``limit`` (if given) the rest as a number."""
    if limit and len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def duration(seconds: float) -> str:
    """Seconds as people say them: ``0.42 s``, ``3.9 s``, ``141 s``, ``20 min 5 s``."""
    if seconds >= 599.5:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if seconds >= 99.95:
        return f"{seconds:.0f} s"
    return f"{seconds:.1f} s" if seconds >= 0.95 or seconds == 0 else f"{seconds:.2f} s"


def short_digest(digest: str) -> str:
    """The first twelve digits of a digest."""
    return digest.removeprefix("sha256:")[:12]


def names_a_thing(text: str, marks: tuple[str, ...]) -> bool:
    """Whether ``text`` is the name of one thing (an address, an id, a URL, a moment, a name under a mark) and no behaviour."""
    compact = text.replace("-", "").replace(":", "")
    if "://" in text or any(mark and mark in text for mark in marks):
        return True
    if len(compact) >= 12 and all(each in "0123456789abcdefABCDEFTZ.+" for each in compact):
        return True
    try:
        ip_interface(text)
    except ValueError:
        return False
    return True
