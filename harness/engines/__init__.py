"""Engines: what deploys a workload's payload on one cloud.

An engine is found by the name that a workload's manifest gives: a module of this package that has a function ``engine``, or an
entry point of the group ``interop.engines`` that names such a function in another package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol

from harness.errors import EngineError, UsageError, Verdictful
from harness.journal import Journal
from harness.model import Deployment

GROUP = "interop.engines"


@dataclass(frozen=True)
class Job:
    """One payload to deploy on one cloud.

    ``workload`` is the folder as it stands, ``entry`` the payload's first file in it, ``folder`` the cell's private place for the
    engine (mode 0700), ``shared`` a place that all cells of the round have in common. ``config_file`` is the clouds.yaml that has
    ``cloud``; ``None`` leaves the search to openstacksdk. ``inputs`` hold nothing secret. ``limit_s`` is the harness's own deadline
    in seconds; ``cancelled`` is asked about once a second. ``digest`` is what the workload's content came to when the round was planned,
    and binds whoever copies it; empty where nothing was planned.
    """

    workload: Path
    entry: str
    folder: Path
    shared: Path
    cloud: str
    config_file: Path | None
    inputs: dict[str, Any]
    journal: Journal
    limit_s: float
    cancelled: Callable[[], bool]
    digest: str = ""


class Engine(Protocol):
    """What every engine can do. ``keeps_state`` is whether it still knows what it made when it has ended."""

    keeps_state: bool

    def prepare(self, job: Job) -> None:
        """Get ready in the job's folder, and refuse what can be refused before anything is created; comes before all else.

        Raises:
            UsageError: the engine's tool is missing, or the payload cannot be used.
        """

    def deploy(self, job: Job) -> Deployment:
        """Deploy the payload; applying the same job again changes nothing.

        Raises:
            Unfinished: it failed after it had told its servers.
            EngineError: it failed before that.
        """

    def destroy(self, job: Job) -> None:
        """Remove what the tool still knows of; called where ``keeps_state``, between two sweeps by mark."""


class Unfinished(EngineError):
    """A payload that failed after it had told which servers it made: checks can still look at them, through ``deployment``."""

    def __init__(
        self, message: str, *, deployment: Deployment, mend: str = "", diagnostics: tuple[str, ...] = (), cause: Verdictful | None = None
    ) -> None:
        super().__init__(message, mend=mend, diagnostics=diagnostics, cause=cause)
        self.deployment = deployment


def load(name: str) -> Engine:
    """The engine called ``name``.

    Raises:
        UsageError: there is none; says which there are.
    """
    engines = {**{each.name: each.load for each in entry_points(group=GROUP)}, **_builtin()}
    if name not in engines:
        there = ", ".join(sorted(engines))
        raise UsageError(f"no engine is called {name!r}", mend=f"write one of these as the manifest's `engine`: {there}")
    make: Callable[[], Engine] = engines[name]()
    return make()


def _builtin() -> dict[str, Callable[[], Any]]:
    modules = {each.name: import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)}
    return {name: partial(getattr, module, "engine") for name, module in modules.items() if hasattr(module, "engine")}
