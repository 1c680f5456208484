"""One cloud of a running lab: where its files are, and hands on its database and its switches."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.lab.bundle import Bundle
from harness.lab.cloudspec import CloudSpec
from harness.lab.config import Site
from harness.lab.config.common import DATABASE_SOCKET
from harness.lab.config.nova import METADATA_ADDRESS
from harness.lab.credentials import Credentials

__all__ = ["Cloud"]

FOLDERS = ("etc", "etc/fernet", "etc/credential", "run", "log", "lock", "spool", "images", "instances", "ovs")
STATE_FOLDERS = ("state/neutron", "state/staging", "state/tasks")
CATALOG = {
    "identity": ("keystone", "identity"),
    "image": ("glance", "image"),
    "placement": ("placement", "placement"),
    "compute": ("nova", "compute/v2.1"),
    "network": ("neutron", "networking"),
}
"""Type of each service in the catalog, its name there, and the path of its endpoint."""


class Cloud:
    """A cloud by its spec. Everything that speaks to a part of it returns what was printed and raises LabError when it fails."""

    def __init__(self, bundle: Bundle, spec: CloudSpec) -> None:
        self.bundle = bundle
        self.spec = spec

    @property
    def name(self) -> str:
        """Also the network namespace that holds its switch."""
        return self.spec.name

    @property
    def folder(self) -> Path:
        """/lab/<name> as the host sees it."""
        return self.bundle.lab / self.name

    @property
    def home(self) -> str:
        """The same folder inside."""
        return f"/lab/{self.name}"

    @cached_property
    def credentials(self) -> Credentials:
        """Made at the first ``up``, kept in the cloud's folder."""
        return Credentials.of(self.folder / "etc/credentials.json")

    @cached_property
    def site(self) -> Site:
        """What its configuration is rendered from."""
        return Site(self.spec, self.credentials)

    @classmethod
    def all_of(cls, bundle: Bundle) -> list[Cloud]:
        """Every cloud that was brought up in a lab, whether all of it still runs or not."""
        files = sorted(bundle.lab.glob("*/etc/spec.json"))
        return [cls(bundle, CloudSpec.model_validate_json(file.read_text(encoding="utf-8"))) for file in files]

    def make_folders(self) -> None:
        """Everything below the cloud's folder that services expect."""
        for name in (*FOLDERS, *STATE_FOLDERS):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def description(self) -> str:
        """``site.json``, from which the launchers inside learn about the cloud."""
        spec, secrets = self.spec, self.credentials
        facts: dict[str, Any] = {
            "region": spec.region,
            "metadata": METADATA_ADDRESS if spec.has_metadata_service else None,
            "catalog": {kind: f"{spec.url}/{path}" for kind, (_, path) in CATALOG.items()},
            "names": {kind: name for kind, (name, _) in CATALOG.items()},
            "member": {"user": spec.member.user, "project": spec.member.project},
            "passwords": {"admin": secrets.admin, "member": secrets.member, "services": secrets.services},
        }
        return json.dumps(facts, indent=1)

    def sql(self, statements: str, database: str = "") -> list[list[str]]:
        """Run SQL as the database's administrator; ``database`` is one of the cloud's, such as ``nova`` or ``neutron``."""
        chosen = [f"{self.name}_{database}"] if database else []
        command = ["mariadb", f"--socket={DATABASE_SOCKET}", "--batch", "--skip-column-names", *chosen]
        printed = self.bundle.run(command, stdin=statements, timeout=60).stdout
        return [line.split("\t") for line in printed.splitlines()]

    def vsctl(self, *arguments: str) -> str:
        """ovs-vsctl."""
        return self._tool("ovs-vsctl", f"--db={self.site.ovsdb}", "--timeout=20", *arguments)

    def nbctl(self, *arguments: str) -> str:
        """ovn-nbctl: what Neutron asked for."""
        return self._tool("ovn-nbctl", f"--db={self.site.ovsdb}", "--timeout=20", *arguments)

    def sbctl(self, *arguments: str) -> str:
        """ovn-sbctl: what OVN made of it."""
        return self._tool("ovn-sbctl", f"--db={self.site.ovsdb}", "--timeout=20", *arguments)

    def ofctl(self, command: str, bridge: str, *arguments: str) -> str:
        """ovs-ofctl on one of the cloud's bridges, ``br-int`` or ``br-ex``."""
        return self._tool("ovs-ofctl", "-O", "OpenFlow15", command, f"{self.home}/run/{bridge}.mgmt", *arguments)

    def appctl(self, daemon: str, *arguments: str) -> str:
        """ovs-appctl on a daemon by its name, such as ``ovs-vswitchd``."""
        return self._tool("ovs-appctl", "--timeout=10", "--target", f"{self.home}/run/{daemon}.ctl", *arguments)

    def _tool(self, *command: str) -> str:
        return self.bundle.run(command, env=self.switch_environment, timeout=60).stdout.strip()

    @property
    def switch_environment(self) -> dict[str, str]:
        """Where the cloud's Open vSwitch and OVN keep their files."""
        run, log, data = f"{self.home}/run", f"{self.home}/log", f"{self.home}/ovs"
        ovs = {"OVS_RUNDIR": run, "OVS_LOGDIR": log, "OVS_DBDIR": data, "OVS_SYSCONFDIR": f"{self.home}/etc"}
        return {**ovs, "OVN_RUNDIR": run, "OVN_LOGDIR": log, "OVN_DBDIR": data}
