"""Clouds: entries of clouds.yaml, connections to them, and what can be found out without creating anything."""
