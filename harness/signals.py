"""Signals that mean something of our own for a while."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heard(numbers: Iterable[signal.Signals], hear: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """For the length of a ``with``, ``hear`` is called for the signals ``numbers``; afterwards they mean what they did before."""
    before = {number: signal.signal(number, hear) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
