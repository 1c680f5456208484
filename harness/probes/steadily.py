"""Asking for pages in turn, steadily, while something is done to what serves them: how many answers were lost, and for how long."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import cycle
from threading import Event, Thread
from types import TracebackType

from harness.probes.outside import Outside, Page

EVERY_S = 0.1
_LIMIT_S = 2.0


class Steadily:
    """Use it in a ``with``: it asks for as long as that lasts, each of ``urls`` in its turn. ``is_good`` says which answers count."""

    def __init__(self, outside: Outside, urls: Sequence[str], is_good: Callable[[Page], bool], every_s: float = EVERY_S) -> None:
        self._outside = outside
        self._urls = urls
        self._is_good = is_good
        self._every_s = every_s
        self._over = Event()
        self._thread = Thread(target=self._ask, name="steadily", daemon=True)
        self._good_at: list[float] = []
        self.asked = 0
        self.lost: list[str] = []

    def __enter__(self) -> Steadily:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def ask_on(self, times: int) -> None:
        """Wait until the pages have been asked for that many times more."""
        until = self.asked + times
        while self.asked < until and self._thread.is_alive():
            self._over.wait(self._every_s)

    @property
    def gap_s(self) -> float:
        """The longest time without a good answer, in seconds: from one to the next, or from the last to the end."""
        return max((after - before for before, after in zip(self._good_at, self._good_at[1:], strict=False)), default=0.0)

    @property
    def loss(self) -> float:
        """The lost answers as a share of all, from 0 to 1."""
        return len(self.lost) / self.asked if self.asked else 0.0

    def _ask(self) -> None:
        self._good_at.append(time.monotonic())
        for url in cycle(self._urls):
            page = self._outside.http(url, _LIMIT_S)
            self.asked += 1
            if self._is_good(page):
                self._good_at.append(time.monotonic())
            else:
                self.lost.append(f"{url}: {page}")
            if self._over.wait(self._every_s):
                break
        self._good_at.append(time.monotonic())
