"""The one error of this room."""

from __future__ import annotations


class ScoreError(ValueError):
    """A number, weight or cost that no score can be made of; says which and why."""
