"""Real OpenStack clouds on one machine: what `interop lab` does."""
