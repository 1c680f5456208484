"""The services of the lab: what each is started by, how one sees that it answers, and which runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.config.common import DATABASE_SOCKET
from harness.lab.config.fronts import PREFIXES

__all__ = ["PYTHON_SERVICES", "SHARED", "Service", "database_server", "identity", "services_of"]

SHARED = "shared"
"""Owner of what all clouds use."""

PYTHON_SERVICES = ("nova", "neutron", "keystone", "glance", "placement", "metadata")
"""Launched together from one process tree, the slowest to import first."""


@dataclass(frozen=True)
class Service:
    """One service. It answers when ``probe`` succeeds inside, or ``url`` (``dns:`` too) gives anything but a gateway's error."""

    owner: str
    name: str
    folder: Path
    command: tuple[str, ...] = ()
    probe: tuple[str, ...] = ()
    url: str = ""
    netns: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    log: str = ""

    @property
    def pidfile(self) -> Path:
        """Process id inside and start time, as the host sees the file."""
        return self.folder / "run" / f"{self.name}.pid"

    @property
    def output(self) -> Path:
        """What it wrote to its standard output and error."""
        return self.folder / "log" / f"{self.name}.out"

    @property
    def log_file(self) -> Path:
        """Its log, or what it wrote where it keeps none."""
        return self.folder / "log" / (self.log or f"{self.name}.log")

    @property
    def is_python(self) -> bool:
        """Whether it is launched from the tree of a release."""
        return self.name in PYTHON_SERVICES


def identity(bundle: Bundle, pid: int) -> str:
    """A process inside, as its pid file names it; nothing when there is none."""
    try:
        stat = bundle.inside(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else f"{pid} {fields[19]}"


def database_server(bundle: Bundle) -> Service:
    """MariaDB, for all clouds."""
    return Service(
        SHARED,
        "mariadb",
        bundle.lab / "mariadb",
        command=("mariadbd", "--defaults-file=/lab/mariadb/etc/my.cnf"),
        probe=("mariadb-admin", f"--socket={DATABASE_SOCKET}", "ping"),
    )


def services_of(cloud: Cloud) -> Iterator[Service]:
    """Every service of a cloud, in the order in which they need each other."""
    yield from _switch(cloud)
    yield from _fronts(cloud)
    for name, prefix in PREFIXES.items():
        yield Service(cloud.name, name, cloud.folder, url=f"{cloud.spec.url}/{prefix}/")
    if cloud.spec.has_metadata_service:
        asker = ("--header", "X-Forwarded-For: 192.0.2.1", "--header", "X-OVN-Network-ID: none")  # as its haproxy says who asks
        probe = ("curl", "--silent", *asker, "--unix-socket", f"{cloud.home}/run/metadata.sock", "http://metadata/")
        yield Service(cloud.name, "metadata", cloud.folder, probe=probe)


def _switch(cloud: Cloud) -> Iterator[Service]:
    """Open vSwitch with its userspace datapath, and OVN; one OVSDB server holds all three databases."""
    home, ovsdb = cloud.home, cloud.site.ovsdb
    databases = [f"{home}/ovs/{name}.db" for name in ("conf", "ovnnb", "ovnsb")]
    programs = {
        "ovsdb-server": (None, [*databases, f"--remote=p{ovsdb}"]),
        "ovs-vswitchd": (cloud.name, [ovsdb]),
        "ovn-northd": (None, [f"--ovnnb-db={ovsdb}", f"--ovnsb-db={ovsdb}"]),
        "ovn-controller": (cloud.name, [ovsdb]),
    }
    for program, (netns, arguments) in programs.items():
        control = f"{home}/run/{program}.ctl"
        options = [f"--log-file={home}/log/{program}.log", f"--unixctl={control}", "-vconsole:off", "-vfile:warn"]
        yield Service(
            cloud.name,
            program,
            cloud.folder,
            command=(program, *arguments, *options),
            probe=("ovs-appctl", "--target", control, "version"),
            netns=netns,
            environment=cloud.switch_environment,
        )


def _fronts(cloud: Cloud) -> Iterator[Service]:
    """What listens in the outside."""
    config = f"{cloud.home}/etc/dnsmasq.conf"
    question = f"dns://{cloud.spec.gateway}/gateway.{cloud.name}.lab"
    yield Service(cloud.name, "dnsmasq", cloud.folder, command=("dnsmasq", "--keep-in-foreground", f"--conf-file={config}"), url=question)
    config = f"{cloud.home}/etc/nginx.conf"
    yield Service(cloud.name, "nginx", cloud.folder, command=("nginx", "-c", config, "-p", cloud.home), url=f"{cloud.spec.url}/")
