"""Rounds: one scenario on several clouds. Plan it, run its cells side by side, say what it came to."""

from harness.rounds.conclusion import Conclusion, conclude
from harness.rounds.conduct import View, conduct
from harness.rounds.plan import Round, plan_round

__all__ = ["Conclusion", "Round", "View", "conclude", "conduct", "plan_round"]
