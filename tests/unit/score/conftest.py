"""Properties are tried on the same examples each time, without a clock: a slow machine is no failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("score", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("score")
