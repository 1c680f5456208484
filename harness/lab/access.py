"""How clients get to the lab's clouds: the clouds.yaml that the harness finds, variables for others, and logs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from harness.errors import LabError
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.credentials import write_private
from harness.lab.machine import INOTIFY_A_SERVER, inotify_room
from harness.lab.paths import clouds_file
from harness.lab.services import SHARED, Service, database_server, services_of
from harness.lab.status import PACKAGES

__all__ = ["carries", "cloud_named", "environment", "forget_clouds", "log_file", "publish_clouds", "services_named"]

SERVERS_A_CELL = 4
"""Servers of the largest reference workload."""

MEMORY_A_CELL_MB = 3072
"""Their flavors' memory together."""


SERVERS = {"lxc": "system container (LXC)", "uml": "user-mode Linux"}
"""What reports call the kinds of server; times are ranked only where it is the same."""


def carries() -> int:
    """How many workloads the lab takes at the same time on this machine: by processors, memory and inotify instances."""
    processors = os.cpu_count() or 1
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    servers = inotify_room()[0] // INOTIFY_A_SERVER
    return max(1, min(processors, servers // SERVERS_A_CELL, memory_mb // MEMORY_A_CELL_MB))


def publish_clouds(bundle: Bundle, clouds: Sequence[Cloud], authority: Path) -> Path:
    """Write the clouds.yaml of a lab, last of all: from then on rounds find its clouds."""
    file = clouds_file(bundle.name)
    write_private(file, yaml.safe_dump({"clouds": {cloud.name: _entry(cloud, authority) for cloud in clouds}}, sort_keys=False))
    return file


def forget_clouds(name: str) -> None:
    """Remove the clouds.yaml of the lab ``name``."""
    clouds_file(name).unlink(missing_ok=True)


def environment(bundle: Bundle, name: str, authority: Path, *, admin: bool = False) -> dict[str, str]:
    """Variables that the ``openstack`` command and openstacksdk take, for the member or for the administrator."""
    cloud = cloud_named(bundle, name)
    trust = {"OS_CACERT": str(authority)} if cloud.spec.tls else {}
    return {f"OS_{key.upper()}": value for key, value in _auth(cloud, admin=admin).items()} | {
        "OS_REGION_NAME": cloud.spec.region,
        "OS_IDENTITY_API_VERSION": "3",
        **trust,
    }


def cloud_named(bundle: Bundle, name: str) -> Cloud:
    """A cloud of the lab; LabError names those there are."""
    clouds = {cloud.name: cloud for cloud in Cloud.all_of(bundle)}
    if name not in clouds:
        there = f"there are {', '.join(clouds)}" if clouds else "there is none yet"
        raise LabError(f"the lab {bundle.name!r} has no cloud {name!r}; {there}", mend="bring it up with `interop lab up`")
    return clouds[name]


def services_named(bundle: Bundle, owner: str) -> dict[str, Service]:
    """Services of a cloud, or of ``shared``, by name."""
    found = [database_server(bundle)] if owner == SHARED else list(services_of(cloud_named(bundle, owner)))
    return {service.name: service for service in found}


def log_file(bundle: Bundle, owner: str, name: str) -> Path:
    """The log of a service; LabError names the services there are."""
    if (owner, name) == PACKAGES:
        return bundle.paths.log
    services = services_named(bundle, owner)
    if name not in services:
        raise LabError(f"{owner} has no service {name!r}", mend=f"its services are {', '.join(services)}")
    service = services[name]
    return service.log_file if service.log_file.exists() else service.output


def _entry(cloud: Cloud, authority: Path) -> dict[str, Any]:
    trust = {"cacert": str(authority)} if cloud.spec.tls else {}
    servers = ", ".join(SERVERS.get(kind, kind) for kind in sorted(cloud.spec.guests))
    named = {"vendor": "the lab", "product": cloud.spec.title, "release": cloud.spec.release, "servers": servers}
    return {
        "auth": _auth(cloud),
        "region_name": cloud.spec.region,
        **trust,
        "interop": {"netns": str(cloud.bundle.netns()), "carries": carries(), "participant": named},
    }


def _auth(cloud: Cloud, *, admin: bool = False) -> dict[str, str]:
    member = cloud.spec.member
    return {
        "auth_url": cloud.site.identity,
        "username": "admin" if admin else member.user,
        "password": cloud.credentials.admin if admin else cloud.credentials.member,
        "project_name": "admin" if admin else member.project,
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
