"""Whose is what in a project: marks, inventories, their difference, and the sweep of what carries a mark of ours."""

from harness.ownership.inventory import Leftovers, difference, inventory, owned, run_of
from harness.ownership.sweep import Stuck, Swept, sweep

__all__ = ["Leftovers", "Stuck", "Swept", "difference", "inventory", "owned", "run_of", "sweep"]
