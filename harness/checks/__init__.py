"""The catalogue of behaviours, and the pytest plugin that runs it.

A check is an ordinary pytest test that carries the mark :func:`check`; what it finds out is told by :func:`expect` (or a plain
``assert``), by :func:`does_not_apply` and by the fixture ``observe``. See :mod:`harness.checks.fixtures` for what a check may ask for.
"""

from __future__ import annotations

from harness.checks.marks import check
from harness.checks.unmet import Unmet, does_not_apply, expect

__all__ = ["Unmet", "check", "does_not_apply", "expect"]
