"""The catalogue has a second endpoint for compute, of a service that is long gone.

Subtle: clients that take the first endpoint see nothing of it, and which is the first is the catalogue's whim.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec
from harness.lab.outside import outside
from harness.lab.prepare import Operator, doing

CHECK, FACET, WORKLOAD = "identity.catalogue", "identity", "docker-swarm"

ID = "f" * 32
"""The last of all ids: Keystone lists a service's endpoints in their order, so the living one stays first. Its API lets nobody choose."""

ADD = f"""
INSERT IGNORE INTO endpoint (id, interface, service_id, url, extra, enabled, region_id)
SELECT '{ID}', endpoint.interface, service_id, 'http://%(address)s:8774/v2.1', '{{}}', 0, region_id
FROM endpoint JOIN service ON service.id = service_id WHERE service.type = 'compute' AND endpoint.interface = 'public'
"""  # noqa: S608  nothing in it comes from outside


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Add the endpoint, at a port where nobody listens; then enable it by the API, which renews the catalogue."""
    cloud.sql(ADD % {"address": cloud.spec.api_address}, "keystone")
    _as_operator(cloud, lambda identity: identity.update_endpoint(ID, is_enabled=True))


def remove(cloud: Cloud) -> None:
    """Delete it."""
    _as_operator(cloud, lambda identity: identity.delete_endpoint(ID))


def _as_operator(cloud: Cloud, act: Callable[[Any], object]) -> None:
    with doing(cloud.name, "changing the catalogue"):
        outside(cloud.bundle.netns(), lambda: act(Operator(cloud, cloud.bundle.lab / "ca/ca.pem").connection.identity))
