"""How a cell is told to stop: by a signal, or because whoever started it is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from types import FrameType

from harness.signals import heard


class Interrupted(BaseException):
    """The cell was told to stop. Not an :class:`Exception`: nothing on the way may take it for an error of its own."""


class Stop:
    """Whether the cell was told to stop; may be set from any thread."""

    def __init__(self) -> None:
        self.requested = False
        self._abrupt = False

    def was_requested(self) -> bool:
        """The same as ``requested``, for whoever wants to ask."""
        return self.requested

    def request(self) -> None:
        """Tell it to stop; what is under way is asked to end, and what was made is cleaned up."""
        self.requested = True

    def check(self) -> None:
        """A place where stopping is easy.

        Raises:
            Interrupted: it was told to stop.
        """
        if self.requested:
            raise Interrupted

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """For the length of a ``with`` nothing is there to clean up: a signal ends it wherever it is."""
        self.check()
        self._abrupt = True
        try:
            yield
        finally:
            self._abrupt = False
        self.check()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """For the length of a ``with``, SIGINT and SIGTERM mean stop."""
        with heard((signal.SIGINT, signal.SIGTERM), self._heard):
            yield

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.request()
        if self._abrupt:
            raise Interrupted

    def when_closed(self, lifeline: int) -> None:
        """Stop when the other end of the pipe ``lifeline`` is closed: the process that holds it ended, however it ended."""

        def wait() -> None:
            while os.read(lifeline, 1):
                pass
            os.kill(os.getpid(), signal.SIGTERM)

        Thread(target=wait, name="lifeline", daemon=True).start()
