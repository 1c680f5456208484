"""Asking for pages, steadily, while something is done to what serves them: how many answers were lost, and for how long at one place."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event, Thread
from types import TracebackType

from harness.probes.outside import Outside, Page

EVERY_S = 0.2
_LIMIT_S = 2.0


class Steadily:
    """Use it in a ``with``: it asks for as long as that lasts, for each of ``urls`` by itself, so that one that hangs holds up no other.

    ``is_good`` says which answers count; ``every_s`` is how long each rests between two requests, in seconds.
    """

    def __init__(self, outside: Outside, urls: Sequence[str], is_good: Callable[[Page], bool], every_s: float = EVERY_S) -> None:
        self._over = Event()
        self._every_s = every_s
        self._askers = [_Asker(url, outside, is_good, every_s, self._over) for url in urls]

    def __enter__(self) -> Steadily:
        for each in self._askers:
            each.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        for each in self._askers:
            each.join()

    def ask_on(self, times: int) -> None:
        """Wait until the pages, together, have been asked for that many times more."""
        until = self.asked + times
        while self.asked < until and any(each.is_alive() for each in self._askers):
            self._over.wait(self._every_s)

    @property
    def asked(self) -> int:
        """How often a page was asked for."""
        return sum(each.asked for each in self._askers)

    @property
    def lost(self) -> list[str]:
        """What came instead of a good answer, each with its place."""
        return [each for asker in self._askers for each in asker.lost]

    @property
    def gaps(self) -> dict[str, float]:
        """Of each place the longest time without a good answer, in seconds: from one to the next, or from the last to the end."""
        return {each.url: each.gap_s for each in self._askers}

    @property
    def gap_s(self) -> float:
        """The longest of the gaps: a place that was silent counts, though others answered meanwhile."""
        return max(self.gaps.values(), default=0.0)

    @property
    def loss(self) -> float:
        """The lost answers as a share of all, from 0 to 1."""
        return len(self.lost) / self.asked if self.asked else 0.0


class _Asker(Thread):
    """Asks at one place."""

    def __init__(self, url: str, outside: Outside, is_good: Callable[[Page], bool], every_s: float, over: Event) -> None:
        super().__init__(name=f"steadily {url}", daemon=True)
        self._outside = outside
        self._is_good = is_good
        self._every_s = every_s
        self._over = over
        self.url = url
        self.good_at: list[float] = []
        self.asked = 0
        self.lost: list[str] = []

    @property
    def gap_s(self) -> float:
        return max((after - before for before, after in zip(self.good_at, self.good_at[1:], strict=False)), default=0.0)

    def run(self) -> None:
        self.good_at.append(time.monotonic())
        while True:
            page = self._outside.http(self.url, _LIMIT_S)
            self.asked += 1
            if self._is_good(page):
                self.good_at.append(time.monotonic())
            else:
                self.lost.append(f"{self.url}: {page}")
            if self._over.wait(self._every_s):
                break
        self.good_at.append(time.monotonic())
