"""What a cloud's operator does before opening it, through the cloud's own APIs: image, flavors, the network that leads out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openstack
from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException

from harness.errors import LabError
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import Flavor, ProjectNetworks, ProviderNetwork, ReadyNetwork
from harness.lab.config.neutron import PHYSICAL_NETWORK
from harness.lab.guest_image import disk_gb
from harness.lab.wiring import ROUTER

__all__ = ["Operator", "doing"]

WAIT_FOR_HYPERVISOR_S = 60

AGGREGATE = "all-hosts"
"""Nova caches images on the hosts of an aggregate; it names no zone and changes nothing else."""


@contextmanager
def doing(cloud: str, what: str) -> Iterator[None]:
    """Raise LabError where an API refuses an operator ``what``, or does not answer as the API that it should be."""
    try:
        yield
    except (ClientException, SDKException) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        mend = "see what does not answer: `interop lab status`; `interop lab up` heals it and goes on from here"
        raise LabError(f"{cloud}: {what} failed: {reason}", mend=mend) from error


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
        self.connection.session.session.trust_env = False  # the proxies of the host's environment are not to be reached from the lab

    @property
    def _networks(self) -> Any:
        return self.connection.network

    @property
    def _identity(self) -> Any:
        return self.connection.identity

    def offer_image(self, file: Path) -> None:
        """Upload the guest image under the cloud's own name for it; needs Keystone and Glance."""
        images: Any = self.connection.image
        for image in list(images.images(name=self.spec.image.name)):
            if image.status == "active":
                return
            images.delete_image(image)
        form: dict[str, Any] = {"disk_format": "qcow2", "container_format": "bare", "visibility": "public", "min_disk": disk_gb(file)}
        unchecked: dict[str, Any] = {"validate_checksum": False, "md5": "", "sha256": ""}
        properties: dict[str, Any] = self.spec.image.properties
        made = images.create_image(self.spec.image.name, filename=str(file), **form, **unchecked, **properties)
        if images.get_image(made.id).status != "active":
            raise LabError(f"{self.spec.name}: the image did not become active", mend=f"read `interop lab logs {self.spec.name} glance`")

    def offer_network(self) -> None:
        """The network that leads out: of floating addresses, or shared by all projects; needs Neutron."""
        networks, spec = self._networks, self.spec
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
        first, last = spec.pool
        self._subnet(
            network,
            4,
            cidr=str(spec.outside),
            gateway_ip=str(spec.gateway),
            is_dhcp_enabled=shared,
            allocation_pools=[{"start": str(first), "end": str(last)}],
            dns_nameservers=[str(spec.gateway)] if shared else [],
        )
        if spec.wire6:
            self._subnet(network, 6, cidr=str(spec.wire6), gateway_ip=str(spec.wire6[1]), is_dhcp_enabled=False)
        if isinstance(spec.networks, ProjectNetworks) and spec.networks.ready:
            self._offer_ready_network(spec.networks.ready, network)

    def _offer_ready_network(self, ready: ReadyNetwork, external: Any) -> None:
        """A network of the member's project with a router that leads out; IPv6 addresses are made by the servers themselves (SLAAC)."""
        networks, identity, spec = self._networks, self._identity, self.spec
        project = identity.find_project(spec.member.project, ignore_missing=False)
        owner = {"project_id": project.id}
        network: Any = networks.find_network(ready.name) or networks.create_network(name=ready.name, **owner)
        inner = [self._subnet(network, 4, cidr=str(ready.range), **owner)]
        if spec.servers6:
            modes = {"ipv6_address_mode": "slaac", "ipv6_ra_mode": "slaac"}
            inner.append(self._subnet(network, 6, cidr=str(spec.servers6), **modes, **owner))
        router: Any = networks.find_router(ready.name) or self._router(ready.name, external, owner)
        attached = {address["subnet_id"] for port in networks.ports(device_id=router.id) for address in port.fixed_ips}
        for subnet in inner:
            if subnet.id not in attached:
                networks.add_interface_to_router(router, subnet=subnet)

    def _router(self, name: str, external: Any, owner: dict[str, str]) -> Any:
        """A router that leads to ``external``, with the IPv6 address there by which servers are reached."""
        networks = self._networks
        gateway: dict[str, Any] = {"network_id": external.id}
        if self.spec.wire6:
            outer = {subnet.ip_version: subnet.id for subnet in networks.subnets(network_id=external.id)}
            fixed = {"subnet_id": outer[6], "ip_address": str(self.spec.wire6[ROUTER])}
            gateway["external_fixed_ips"] = [{"subnet_id": outer[4]}, fixed]
        return networks.create_router(name=name, external_gateway_info=gateway, **owner)

    def _subnet(self, network: Any, version: int, **settings: Any) -> Any:
        """The network's one subnet of an IP version."""
        networks = self._networks
        for subnet in networks.subnets(network_id=network.id, ip_version=version):
            return subnet
        return networks.create_subnet(name=f"{network.name}-v{version}", network_id=network.id, ip_version=version, **settings)

    def offer_flavors(self) -> None:
        """The sizes of servers; needs Nova."""
        known = {flavor.name for flavor in self.connection.compute.flavors()}
        for flavor in self.spec.flavors:
            if flavor.name not in known:
                self._offer_flavor(flavor)

    def _offer_flavor(self, flavor: Flavor) -> None:
        compute = self.connection.compute
        made = compute.create_flavor(name=flavor.name, ram=flavor.ram_mb, vcpus=flavor.vcpus, disk=flavor.disk_gb)
        compute.create_flavor_extra_specs(made, {"lab:guest": self.spec.guest_of(flavor)})

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
