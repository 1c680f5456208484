"""``interop explain``: what a check looks at, and why."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from harness.cell.checking import folders_of
from harness.checks.catalogue import catalogue
from harness.errors import UsageError
from harness.manifest import find_workload, names
from harness.model import CheckInfo


def known_checks(workload: Path | None = None) -> tuple[CheckInfo, ...]:
    """The checks that are shipped, and those of all workloads that can be found by name, or of one that is given by its folder."""
    folders = [workload] if workload else [find_workload(each) for each in names("workloads")]
    return catalogue(dict.fromkeys(each for folder in folders for each in folders_of(folder.resolve())))


def explain(check: str, known: tuple[CheckInfo, ...]) -> CheckInfo:
    """The check called ``check``.

    Raises:
        UsageError: there is none of that id.
    """
    found = {each.id: each for each in known}
    if check in found:
        return found[check]
    close = get_close_matches(check, found, n=1)
    mend = f"did you mean {close[0]}?" if close else "`interop explain` lists the checks"
    raise UsageError(f"there is no check {check}", mend=mend)
