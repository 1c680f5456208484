"""How what a job made is removed: by its mark, by what the engine still knows, and by its mark again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from harness.engines import Engine, Job
from harness.errors import InteropError

Swept = TypeVar("Swept")

SETTLE_S = 3.0
"""How long before things are removed when an engine was cut off: what it had asked for, and got no answer to, is there by then."""


def remove(engine: Engine, job: Job, sweep: Callable[[], Swept], tell: Callable[[str], None]) -> Swept:
    """Remove what ``job`` made; returns what the last ``sweep`` did. That nothing is left is for an inventory to prove.

    An engine that keeps state comes after a first sweep: over what its state does not know, its destroy would stumble, or hang.
    That it failed is told, and is no error: the sweep does not depend on it.
    """
    if engine.keeps_state:
        sweep()
        try:
            engine.destroy(job)
        except InteropError as error:
            tell(f"the engine's own destroy failed, the sweep follows: {error.message}")
    return sweep()
