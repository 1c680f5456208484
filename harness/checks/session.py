"""The beginning of a pytest session that has a cell: read it, stand where its cloud can be reached, register the rest."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.checks import fixtures
from harness.checks.blame import Ledger
from harness.checks.byhand import deployed
from harness.checks.catalogue import SHIPPED, specs
from harness.checks.context import read_context
from harness.checks.ladder import Ladder
from harness.checks.marks import Spec
from harness.checks.order import ordered
from harness.checks.recorder import Recorder
from harness.checks.scene import Scene
from harness.clouds import netns
from harness.errors import UsageError
from harness.journal import Journal
from harness.model import Phase


def begin(config: pytest.Config, cell: Path) -> None:
    """Register what a cell's session needs with pytest.

    Raises:
        InteropError: the cell, its cloud or the phases cannot be used.
    """
    phases = _phases(str(config.getoption("interop_phases")))
    context = read_context(cell)
    if context.plan.netns and not Path(context.plan.netns).samefile("/proc/thread-self/ns/net"):
        netns.enter(context.plan.netns, context.plan.cloud)
    journal = Journal(context.folder / "journal.jsonl")
    scene = Scene(context, Ledger(_shipped(), context.outcomes), Ladder(journal, context.rungs))
    config.stash[fixtures.SCENE] = scene
    config.pluginmanager.register(fixtures, "interop-fixtures")
    config.pluginmanager.register(Recorder(context, scene, journal, phases), "interop-recorder")


def begin_by_hand(config: pytest.Config, cloud: str) -> None:
    """Deploy a workload of the session's own first; it is removed when the session ends.

    Raises:
        InteropError: the cloud or the workload cannot be used, or it could not be deployed.
    """
    _phases(str(config.getoption("interop_phases")))
    by_hand = deployed(cloud, str(config.getoption("interop_workload")), _tell)
    config.add_cleanup(lambda: _quietly(by_hand.remove))
    begin(config, by_hand.folder)


def _quietly(act: Callable[[], None]) -> None:
    """At the end of a session pytest's filters of warnings are off already."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"openstack\b")
        act()


def _tell(words: str) -> None:
    sys.stderr.write(f"interop: {words}\n")


def _phases(text: str) -> tuple[str, ...]:
    phases = tuple(each.strip() for each in text.split(",") if each.strip())
    strange = [each for each in phases if each not in list(Phase)]
    if strange or not phases:
        raise UsageError(f"--interop-phases {text}: not phases", mend=f"use some of {', '.join(Phase)}")
    return phases


def _shipped() -> dict[str, Spec]:
    known = specs([SHIPPED])
    return {each: known[each] for each in ordered(known)}
