"""openstacksdk repeats some requests in silence. A cloud that answers 503 once in twenty must not look well: they are counted."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGER = "keystoneauth"
_RETRY = re.compile(r"Retriable status code (?P<code>\S+)\. Retrying|Failure: (?P<failure>.*?)\. Retrying", re.DOTALL)


class Retries(logging.Handler):
    """Hears keystoneauth, which announces each repetition, and counts them by reason."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.counts: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count ``record`` when it announces a repetition."""
        found = _RETRY.search(record.getMessage())
        if found:
            self.counts[f"answered {found['code']}" if found["code"] else "no connection"] += 1

    def words(self) -> str:
        """What was counted so far; empty when nothing was."""
        return ", ".join(f"{number} × {reason}" for reason, number in sorted(self.counts.items()))


@contextmanager
def counted() -> Iterator[Retries]:
    """Count the repetitions of every connection of this process for the length of a ``with``."""
    logger, handler = logging.getLogger(_LOGGER), Retries()
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
