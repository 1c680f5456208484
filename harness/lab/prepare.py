"""What a cloud's operator does before opening it, through the cloud's own APIs: image, flavors, the network that leads out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import openstack

from harness.errors import LabError
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import Flavor, ProviderNetwork
from harness.lab.config.neutron import PHYSICAL_NETWORK

__all__ = ["Operator"]

WAIT_FOR_HYPERVISOR_S = 60

AGGREGATE = "all-hosts"
"""Nova caches images on the hosts of an aggregate; it names no zone and changes nothing else."""


class Operator:
    """The cloud's administrator. Everything is done once: what is there already stays. Call it where the cloud can be reached."""

    def __init__(self, cloud: Cloud, authority: Path) -> None:
        spec = cloud.spec
        self.spec = spec
        self.connection = openstack.connection.Connection(
            auth={
                "auth_url": cloud.site.identity,
                "username": "admin",
                "password": cloud.credentials.admin,
                "project_name": "admin",
                "user_domain_id": "default",
                "project_domain_id": "default",
            },
            region_name=spec.region,
            verify=str(authority) if spec.tls else True,
            app_name="interop-lab",
        )

    def offer_image(self, file: Path) -> None:
        """Upload the guest image under the cloud's own name for it; needs Keystone and Glance."""
        images: Any = self.connection.image
        for image in list(images.images(name=self.spec.image.name)):
            if image.status == "active":
                return
            images.delete_image(image)
        form: dict[str, Any] = {"disk_format": "qcow2", "container_format": "bare", "visibility": "public", "min_disk": 2}
        unchecked: dict[str, Any] = {"validate_checksum": False, "md5": "", "sha256": ""}
        properties: dict[str, Any] = self.spec.image.properties
        made = images.create_image(self.spec.image.name, filename=str(file), **form, **unchecked, **properties)
        if images.get_image(made.id).status != "active":
            raise LabError(f"{self.spec.name}: the image did not become active", mend=f"read `interop lab logs {self.spec.name} glance`")

    def offer_network(self) -> None:
        """The network that leads out: of floating addresses, or shared by all projects; needs Neutron."""
        networks, spec = self.connection.network, self.spec
        shared = isinstance(spec.networks, ProviderNetwork)
        external = spec.networks.external if isinstance(spec.networks, ProviderNetwork) else True
        mtu = {"mtu": spec.networks.mtu} if shared else {}
        network: Any = networks.find_network(spec.networks.name) or networks.create_network(
            name=spec.networks.name,
            provider_network_type="flat",
            provider_physical_network=PHYSICAL_NETWORK,
            is_router_external=external,
            is_shared=shared,
            **mtu,
        )
        if network.subnet_ids:
            return
        first, last = spec.pool
        networks.create_subnet(
            name=f"{spec.networks.name}-v4",
            network_id=network.id,
            ip_version=4,
            cidr=str(spec.outside),
            gateway_ip=str(spec.gateway),
            is_dhcp_enabled=shared,
            allocation_pools=[{"start": str(first), "end": str(last)}],
            dns_nameservers=[str(spec.gateway)] if shared else [],
        )

    def offer_flavors(self) -> None:
        """The sizes of servers; needs Nova."""
        known = {flavor.name for flavor in self.connection.compute.flavors()}
        for flavor in self.spec.flavors:
            if flavor.name not in known:
                self._offer_flavor(flavor)

    def _offer_flavor(self, flavor: Flavor) -> None:
        compute = self.connection.compute
        made = compute.create_flavor(name=flavor.name, ram=flavor.ram_mb, vcpus=flavor.vcpus, disk=flavor.disk_gb)
        compute.create_flavor_extra_specs(made, {"lab:guest": flavor.guest})

    def await_hypervisor(self) -> None:
        """Until Nova would place a server; raises LabError when its hypervisor does not come up."""
        end = time.monotonic() + WAIT_FOR_HYPERVISOR_S
        while not any(service.state == "up" for service in self.connection.compute.services(binary="nova-compute")):
            if time.monotonic() > end:
                raise LabError(f"{self.spec.name}: Nova has no hypervisor", mend=f"read `interop lab logs {self.spec.name} nova`")
            time.sleep(0.2)

    def cache_image(self) -> None:
        """Have the hypervisor fetch the image, so that the first server starts like the second; nobody waits for it."""
        compute: Any = self.connection.compute
        if any(aggregate.name == AGGREGATE for aggregate in compute.aggregates()):
            return
        image = next(iter(self.connection.image.images(name=self.spec.image.name)))
        aggregate = compute.create_aggregate(name=AGGREGATE)
        compute.add_host_to_aggregate(aggregate, self.spec.host)
        compute.aggregate_precache_images(aggregate, [image.id])
