"""What the configuration files of all services of a cloud share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.lab.cloudspec import CloudSpec, Service
from harness.lab.credentials import Credentials

__all__ = ["DATABASES", "DATABASE_SOCKET", "Ini", "Site", "ini"]

Ini = dict[str, dict[str, object]]
"""An INI file: sections, options, values; booleans and lists are written as oslo.config reads them."""

DATABASES = ("keystone", "glance", "placement", "nova_api", "nova", "nova_cell0", "neutron")
"""Databases of one cloud; each is named ``<cloud>_<database>`` in the shared server."""

DATABASE_SOCKET = "/lab/mariadb/sock"

NOT_OFFERED: Mapping[Service, Mapping[str, str]] = {"nova": {"os_compute_api:os-rescue": "!"}}
"""Rules that refuse what no kind of guest can do: Nova would take the request and leave the server in ERROR."""


@dataclass(frozen=True)
class Site:
    """One cloud with its secrets, and where its files lie inside the lab."""

    spec: CloudSpec
    credentials: Credentials

    @property
    def home(self) -> str:
        """The cloud's folder inside."""
        return f"/lab/{self.spec.name}"

    @property
    def venv(self) -> str:
        """The release's virtual environment inside."""
        return f"/opt/{self.spec.release}"

    @property
    def identity(self) -> str:
        """Keystone's address."""
        return f"{self.spec.url}/identity"

    @property
    def ovsdb(self) -> str:
        """The one OVSDB server of the cloud: Open vSwitch's, OVN's northbound and southbound databases."""
        return f"unix:{self.home}/run/ovsdb.sock"

    @property
    def authority(self) -> str:
        """The CA's certificate inside."""
        return "/lab/ca/ca.pem"

    @property
    def trust(self) -> dict[str, object]:
        """``cafile`` where the cloud's APIs speak TLS."""
        return {"cafile": self.authority} if self.spec.tls else {}

    def log(self, service: str) -> dict[str, object]:
        """Where ``service`` writes its log."""
        return {"log_file": f"{self.home}/log/{service}.log", "use_stderr": False, "debug": False}

    def database(self, name: str, pool: int = 5) -> dict[str, object]:
        """Connection to one of the cloud's databases, through the server's UNIX socket."""
        user, secret = self.spec.name, self.credentials.database
        url = f"mysql+pymysql://{user}:{secret}@localhost/{user}_{name}?charset=utf8mb4&unix_socket={DATABASE_SOCKET}"
        return {"connection": url, "max_pool_size": pool, "max_overflow": 20}

    def client(self, user: str) -> dict[str, object]:
        """How one service authenticates to another."""
        return {
            "auth_type": "password",
            "auth_url": self.identity,
            "username": user,
            "password": self.credentials.services[user],
            "user_domain_id": "default",
            "project_name": "service",
            "project_domain_id": "default",
            "region_name": self.spec.region,
            **self.trust,
        }

    def authtoken(self, user: str) -> dict[str, object]:
        """How a service checks the tokens it is shown."""
        return {
            "www_authenticate_uri": self.identity,
            "service_token_roles": "service",
            "service_token_roles_required": True,
            **self.client(user),
        }

    @property
    def policies(self) -> dict[Service, dict[str, str]]:
        """Rules for each service that has any: what the lab cannot do, and what the cloud's file says, which goes before."""
        services = [*NOT_OFFERED, *(service for service in self.spec.policies if service not in NOT_OFFERED)]
        return {service: {**NOT_OFFERED.get(service, {}), **self.spec.policies.get(service, {})} for service in services}

    def policy(self, service: Service) -> Ini:
        """Where the rules for ``service`` stand, if it has any."""
        return {"oslo_policy": {"policy_file": f"{self.home}/etc/{service}-policy.yaml"}} if service in self.policies else {}

    @property
    def behind_proxy(self) -> Ini:
        """Sections of every API: it stands behind nginx, locks in its own folder and notifies nobody."""
        return {
            "oslo_middleware": {"enable_proxy_headers_parsing": True},
            "oslo_concurrency": {"lock_path": f"{self.home}/lock"},
            "oslo_messaging_notifications": {"driver": "noop"},
        }


def ini(sections: Mapping[str, Mapping[str, object]]) -> str:
    """Sections as the text of a file that oslo.config reads."""
    parts = []
    for section, options in sections.items():
        lines = [f"{key} = {_value(value)}".rstrip() for key, value in options.items()]
        parts.append("\n".join([f"[{section}]", *lines]))
    return "\n\n".join(parts) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return str(value).replace("$", "$$")
