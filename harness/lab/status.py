"""What of the lab runs, whether it answers, and the memory it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.lab import egress
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.processes import Process
from harness.lab.services import SHARED, Service, database_server, services_of
from harness.lab.supervisor import Supervisor

__all__ = ["ServiceState", "memory", "status"]

PACKAGES = (SHARED, "packages")
"""The package proxy, which is a process of the lab, not one of the services that are started by a command inside."""

GUESTS = "guests"
"""Where the memory of the processes that watch over servers is counted; the servers' own is in their control groups."""


@dataclass(frozen=True)
class ServiceState:
    """One line of ``interop lab status``; ``problem`` is empty when it answers, memory is PSS with all its children, in MiB."""

    cloud: str
    service: str
    pid: int
    problem: str
    memory_mib: float


def status(bundle: Bundle, authority: Path) -> list[ServiceState]:
    """Every service of the lab, and its package proxy."""
    services = _services(bundle)
    supervisor = Supervisor(bundle, authority)
    problems = supervisor.problems(services)
    pids = _pids(services, supervisor)
    pids[PACKAGES], problems[PACKAGES] = egress.state(bundle)
    used = _memory(bundle, pids)
    return [
        ServiceState(cloud, name, pid, problems.get((cloud, name), ""), round(used[cloud, name], 1)) for (cloud, name), pid in pids.items()
    ]


def memory(bundle: Bundle, authority: Path) -> dict[str, float]:
    """Summed PSS in MiB: of each cloud, of ``shared`` (MariaDB and the bundle itself), and of ``guests`` (their watchers)."""
    totals: defaultdict[str, float] = defaultdict(float)
    for (owner, _), used in _memory(bundle, _pids(_services(bundle), Supervisor(bundle, authority))).items():
        totals[owner] += used
    return {owner: round(used, 1) for owner, used in totals.items()}


def _services(bundle: Bundle) -> list[Service]:
    return [database_server(bundle), *(service for cloud in Cloud.all_of(bundle) for service in services_of(cloud))]


def _pids(services: Iterable[Service], supervisor: Supervisor) -> dict[tuple[str, str], int]:
    return {(service.owner, service.name): supervisor.pid(service) for service in services}


def _memory(bundle: Bundle, pids: Mapping[tuple[str, str], int]) -> defaultdict[tuple[str, str], float]:
    """MiB by owner and service of every process of the bundle."""
    owners = {pid: name for name, pid in pids.items() if pid}
    used: defaultdict[tuple[str, str], float] = defaultdict(float)
    for process in bundle.processes():
        used[_owner(process, bundle, owners)] += _pss_mib(process.pid)
    return used


def _owner(process: Process, bundle: Bundle, owners: dict[int, tuple[str, str]]) -> tuple[str, str]:
    """Whose a process is: a service's own, one of its descendants, a helper that names a cloud's folder, or the bundle's."""
    for pid in _ancestry(bundle, process.inner_pid):
        if pid in owners:
            return owners[pid]
    command = " ".join(process.command)
    for cloud in {owner for owner, _ in owners.values()}:
        if f"/lab/{cloud}/instances/" in command:
            return GUESTS, cloud
        if f"/lab/{cloud}/" in command:
            return cloud, "metadata"
    return SHARED, "bundle"


def _ancestry(bundle: Bundle, pid: int) -> Iterable[int]:
    """A process inside and all above it."""
    while pid > 1:
        yield pid
        try:
            stat = bundle.inside(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        pid = int(stat.rpartition(")")[2].split()[1])


def _pss_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
