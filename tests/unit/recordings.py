"""A round as it was recorded: lampstack on two clouds of the lab. Tests count on what is in it, so it stays as it is."""

from __future__ import annotations

from pathlib import Path

SAMPLE = Path(__file__).parent / "recorded"
