"""Limits of a container, written for both versions of control groups: LXC applies those whose controllers it finds."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["configuration", "nodename", "processors"]

LONGEST_NODENAME = 64
"""Bytes of a host's name that the kernel takes (``HOST_NAME_MAX``); Nova allows a domain name of 255."""

PERIOD_US = 100_000
"""Length of the period that a CPU quota refers to, the kernel's default."""

DEVICES = (
    "c *:* m",
    "b *:* m",
    "c 1:3 rwm",  # null
    "c 1:5 rwm",  # zero
    "c 1:7 rwm",  # full
    "c 1:8 rwm",  # random
    "c 1:9 rwm",  # urandom
    "c 5:0 rwm",  # tty
    "c 5:1 rwm",  # console
    "c 5:2 rwm",  # ptmx
    "c 136:* rwm",  # pts
    "c 10:200 rwm",  # net/tun
    "c 10:229 rwm",  # fuse
)
"""Devices that a guest may use; nodes of others it may make, not open."""


def configuration(memory_mb: int, vcpus: int, unified: Path = Path("/sys/fs/cgroup")) -> list[str]:
    """Lines of an LXC configuration.

    LXC takes ``lxc.cgroup2`` keys only for controllers that the unified hierarchy has, and refuses to start otherwise, so
    those of memory and CPU are left out where another version has the controller; its device filter is a program, not a controller.
    """
    controllers = _unified_controllers(unified)
    lines = [
        f"lxc.cgroup.memory.limit_in_bytes = {memory_mb}M",
        f"lxc.cgroup.cpu.cfs_period_us = {PERIOD_US}",
        f"lxc.cgroup.cpu.cfs_quota_us = {PERIOD_US * vcpus}",
    ]
    if "memory" in controllers:
        lines.append(f"lxc.cgroup2.memory.max = {memory_mb}M")
    if "cpu" in controllers:
        lines.append(f"lxc.cgroup2.cpu.max = {PERIOD_US * vcpus} {PERIOD_US}")
    for version in ("cgroup", "cgroup2"):
        lines.append(f"lxc.{version}.devices.deny = a")
        lines += [f"lxc.{version}.devices.allow = {device}" for device in DEVICES]
    return lines


def nodename(hostname: str) -> str:
    """What a container is called until its cloud-init says it: the name without its domain."""
    return hostname.partition(".")[0][:LONGEST_NODENAME] or "guest"


def processors(cpuinfo: str, vcpus: int) -> str:
    """What a guest shall find in ``/proc/cpuinfo``: as many processors as its flavor has, each described as one of the machine's."""
    described = [each for each in cpuinfo.split("\n\n") if each.startswith("processor")]
    counted = (re.sub(r"^(processor\s*:).*", rf"\g<1> {number}", described[number % len(described)]) for number in range(vcpus))
    return "".join(f"{each}\n\n" for each in counted)


def _unified_controllers(root: Path) -> set[str]:
    """Controllers of the unified hierarchy, mounted alone or beside those of version 1."""
    for candidate in (root, root / "unified", root / "cgroup2"):
        try:
            return set((candidate / "cgroup.controllers").read_text(encoding="utf-8").split())
        except OSError:
            continue
    return set()
