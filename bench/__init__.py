"""Benchmarks: each figure is measured in this run, ratios side by side."""
