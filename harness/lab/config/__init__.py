"""Configuration of every service of a cloud, rendered from its spec: pure functions from data to text."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from harness.lab.config.apis import glance, keystone, placement
from harness.lab.config.common import Site, ini
from harness.lab.config.fronts import dnsmasq, nginx
from harness.lab.config.neutron import metadata_agent, neutron
from harness.lab.config.nova import nova

__all__ = ["Site", "render"]


def render(site: Site, package_hosts: Iterable[str]) -> dict[str, str]:
    """All configuration files of one cloud: name in its ``etc`` folder, and text."""
    files = {
        "keystone.conf": ini(keystone(site)),
        "glance-api.conf": ini(glance(site)),
        "placement.conf": ini(placement(site)),
        "nova.conf": ini(nova(site)),
        "neutron.conf": ini(neutron(site)),
        "nginx.conf": nginx(site),
        "dnsmasq.conf": dnsmasq(site, package_hosts),
    }
    if site.spec.has_metadata_service:
        files["metadata.conf"] = ini(metadata_agent(site))
    for service, rules in site.policies.items():
        files[f"{service}-policy.yaml"] = yaml.safe_dump(rules)
    return files
