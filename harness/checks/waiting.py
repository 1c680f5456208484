"""Waiting for something to become so, within a limit that means something."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from harness.checks.unmet import Unmet
from harness.errors import HarnessFault

T = TypeVar("T")

OWN_LIMIT_S = 300.0
"""How long is waited where nobody set a limit; passing it is a fault of the harness."""


class Eventually:
    """The fixture ``eventually``: ask again until it is so.

    The limit is that of the workload or scenario under the check's id, else the one that the check itself gives: passing those is
    ``fail``, with the last state seen. Where there is neither, the harness's own deadline holds, and passing it is a harness fault.
    """

    def __init__(
        self,
        check: str,
        limits: Mapping[str, Mapping[str, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._check = check
        self._limits = limits
        self._clock = clock
        self._sleep = sleep

    def __call__(
        self,
        what: str,
        probe: Callable[[], T],
        limit_s: float | None = None,
        *,
        until: Callable[[T], object] = bool,
        every_s: float = 0.5,
        since: float = 0.0,
    ) -> T:
        """The first value of ``probe`` that ``until`` calls true; ``what`` says in words what is waited for.

        An :class:`AssertionError` of the probe counts as "not yet". ``since`` seconds of the limit are used up already (a server that was
        accepted some time ago). The probe is asked at least once.

        Raises:
            Unmet: the limit passed.
            HarnessFault: the harness's own deadline passed.
        """
        limit = self.limit(limit_s)
        end = self._clock() + (OWN_LIMIT_S if limit is None else limit) - since
        while True:
            seen: Any
            try:
                seen = probe()
                if until(seen):
                    return seen  # type: ignore[no-any-return]
            except AssertionError as error:
                seen = error.seen if isinstance(error, Unmet) else error
            if self._clock() >= end:
                break
            self._sleep(max(0.0, min(every_s, end - self._clock())))
        if limit is None:
            raise HarnessFault(f"{what}: not within {OWN_LIMIT_S:g} s, the harness's own deadline; last seen: {seen}")
        raise Unmet(f"{what} within {limit:g} s", f"after {limit:g} s: {seen}")

    def limit(self, limit_s: float | None = None) -> float | None:
        """The limit of this check in seconds: the workload's or scenario's, else ``limit_s``."""
        return self._limits.get(self._check, {}).get("limit", limit_s)
