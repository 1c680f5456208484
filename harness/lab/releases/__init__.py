"""Pinned requirements, with hashes, one file a release of OpenStack."""
