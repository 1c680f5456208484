"""What the machine offers to Nova and to Placement."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nova.virt.node
import os_resource_classes as orc
from nova.objects import fields

from labvirt.folder import instances_path

__all__ = ["inventory", "resources", "uptime"]


def inventory(ratios: dict[str, float]) -> dict[str, dict[str, Any]]:
    """Resource classes as Placement wants them."""
    totals = {orc.VCPU: _cpus(), orc.MEMORY_MB: _memory_mb()[0], orc.DISK_GB: _disk_gb()[0]}
    # a server may have more virtual processors than there are processors: they are shares of time
    most = {**totals, orc.VCPU: max(16, totals[orc.VCPU])}
    return {
        name: {"total": total, "min_unit": 1, "max_unit": most[name], "step_size": 1, "allocation_ratio": ratios[name], "reserved": 0}
        for name, total in totals.items()
    }


def resources(node: str) -> dict[str, Any]:
    """The hypervisor as Nova's resource tracker wants it."""
    memory, memory_free = _memory_mb()
    disk, disk_free = _disk_gb()
    topology = {"cores": 1, "threads": 1, "sockets": _cpus()}
    processor = {"arch": _architecture(), "model": "host", "vendor": "lab", "features": [], "topology": topology}
    return {
        "vcpus": _cpus(),
        "vcpus_used": 0,
        "memory_mb": memory,
        "memory_mb_used": memory - memory_free,
        "local_gb": disk,
        "local_gb_used": disk - disk_free,
        "disk_available_least": disk_free,
        "hypervisor_type": "lab",
        "hypervisor_version": 1_000_000,
        "hypervisor_hostname": node,
        "cpu_info": json.dumps(processor),
        "supported_instances": [
            (_architecture(), fields.HVType.LXC, fields.VMMode.EXE),
            (_architecture(), fields.HVType.UML, fields.VMMode.UML),
        ],
        "numa_topology": None,
        "uuid": nova.virt.node.get_local_node_uuid(),
    }


def uptime() -> str:
    """As ``uptime`` prints it, which is what Nova's API parses."""
    seconds = int(float(Path("/proc/uptime").read_text(encoding="utf-8").split()[0]))
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return f" 00:00:00 up {seconds // 86400} days, {seconds // 3600 % 24:2}:{seconds // 60 % 60:02}, 0 users, load average: {load}"


def _cpus() -> int:
    return os.cpu_count() or 1


def _memory_mb() -> tuple[int, int]:
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    values = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return values["MemTotal"] >> 10, values["MemAvailable"] >> 10


def _disk_gb() -> tuple[int, int]:
    file_system = os.statvfs(instances_path())
    return file_system.f_blocks * file_system.f_frsize >> 30, file_system.f_bavail * file_system.f_frsize >> 30


def _architecture() -> str:
    return str(fields.Architecture.canonicalize(os.uname().machine))
