"""The guest driver that runs inside Nova's own environment; it imports nothing of the harness."""
