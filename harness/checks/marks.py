"""The mark that makes a test a check, and what it declares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from harness.errors import UsageError
from harness.model import Facet, Phase

SUBJECTS = ("server", "endpoint", "cloud")
"""What a check may be about. Of the first two it runs once for each that the deployment has."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+")


@dataclass(frozen=True)
class Spec:
    """What one check declares: its place in the catalogue."""

    id: str
    facet: str
    phase: str
    needs: tuple[str, ...]
    subject: str
    source: str


def spec(id_: str, /, *, facet: str, needs: Iterable[str] = (), phase: str = "steady", subject: str = "server", source: str = "") -> Spec:
    """The declaration, proven sound in itself.

    Raises:
        UsageError: an id that is none, or an unknown facet, phase or subject; names the check.
    """
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise UsageError(f"check {id_!r}: not an id", mend="write words of lower case joined by dashes, with a dot: `egress.names-resolve`")
    for name, value, known in (("facet", facet, list(Facet)), ("phase", phase, list(Phase)), ("subject", subject, list(SUBJECTS))):
        if value not in known:
            raise UsageError(f"check {id_}: unknown {name} {value!r}", mend=f"use one of {', '.join(known)}")
    if isinstance(needs, str) or not all(isinstance(each, str) for each in needs):
        raise UsageError(f"check {id_}: needs is not a list of ids", mend='write needs=["boot.active"]')
    return Spec(id_, str(facet), str(phase), tuple(needs), subject, source)


def check(
    id_: str, /, *, facet: str, needs: Iterable[str] = (), phase: str = "steady", subject: str = "server", source: str = ""
) -> pytest.MarkDecorator:
    """Mark a test as the check ``id_``.

    Args:
        facet: the kind of behaviour, one of :class:`harness.model.Facet`.
        needs: ids of checks without whose pass this one says nothing; it is then ``not-run`` because of them.
        phase: ``steady`` (changes nothing that another check sees), ``disruptive``, or ``teardown`` (after destroy).
        subject: ``server`` or ``endpoint`` (the test asks for the fixture of that name, and runs for each), or ``cloud``.
        source: where the expectation comes from.

    The test's docstring is what ``interop explain`` shows. All arguments are literals, so that the catalogue can be read without
    running anything.

    Raises:
        UsageError: see :func:`spec`.
    """
    declared = spec(id_, facet=facet, needs=needs, phase=phase, subject=subject, source=source)
    return pytest.mark.check.with_args(declared)


def spec_of(item: pytest.Item) -> Spec | None:
    """What ``item`` declares; ``None`` when it is no check."""
    mark = item.get_closest_marker("check")
    return mark.args[0] if mark and mark.args and isinstance(mark.args[0], Spec) else None
