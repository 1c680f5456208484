"""Deploy reference workloads, unchanged, on many OpenStack clouds, and compare what really happened."""

__version__ = "0.1.0"
