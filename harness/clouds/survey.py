"""What a cloud's APIs show to an ordinary member, each list fetched once and all of them at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

from keystoneauth1.exceptions import ClientException
from openstack import exceptions as sdk
from openstack.compute.v2.flavor import Flavor
from openstack.connection import Connection
from openstack.image.v2.image import Image
from openstack.network.v2.network import Network
from openstack.network.v2.subnet import Subnet

from harness.clouds.permissions import Permission, may_make_floating_addresses, may_make_networks, may_make_routers

WORKERS = 8


class Survey:
    """A cloud as its APIs show it. Every property is read once; an error of the API passes through as openstacksdk raised it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def prefetch(self) -> None:
        """Read everything now, side by side. What fails fails again, and is reported, where it is needed."""
        names = ("images", "flavors", "networks", "subnets", "zones", "extensions", "permissions")
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(self._try, names))

    def _try(self, name: str) -> None:
        try:
            getattr(self, name)
        except (sdk.SDKException, ClientException):
            return

    @cached_property
    def services(self) -> dict[str, str]:
        """Endpoints by type of service, as the catalogue has them for this region and interface."""
        config = self.connection.config
        catalogue = config.get_service_catalog()
        if catalogue is None:
            return {}
        found = catalogue.get_endpoints_data(interface=config.get_interface(), region_name=config.get_region_name())
        return {kind: str(endpoints[0].url) for kind, endpoints in sorted(found.items()) if endpoints and endpoints[0].url}

    @cached_property
    def images(self) -> list[Image]:
        """Images that a server could be booted from."""
        listed = self.connection.image.images(status="active")
        return [each for each in listed if isinstance(each, Image) and not each.is_hidden]

    @cached_property
    def flavors(self) -> list[Flavor]:
        """Flavors that are open to the project."""
        return [each for each in self.connection.compute.flavors(details=True) if not each.is_disabled]

    @cached_property
    def networks(self) -> list[Network]:
        """Networks that the project can see."""
        return list(self.connection.network.networks())

    @cached_property
    def subnets(self) -> list[Subnet]:
        """Subnets that the project can see."""
        return list(self.connection.network.subnets())

    @cached_property
    def zones(self) -> list[str]:
        """Availability zones of Nova that are in service."""
        return sorted(each.name for each in self.connection.compute.availability_zones() if (each.state or {}).get("available", True))

    @cached_property
    def extensions(self) -> frozenset[str]:
        """Aliases of Neutron's extensions."""
        return frozenset(each.alias for each in self.connection.network.extensions())

    @cached_property
    def permissions(self) -> dict[str, Permission]:
        """Whether the project may make a ``network``, a ``router``, a ``floating`` address."""
        asked: dict[str, Callable[[Any, frozenset[str]], Permission]] = {
            "network": may_make_networks,
            "router": may_make_routers,
            "floating": may_make_floating_addresses,
        }
        return {kind: ask(self.connection, self.extensions) for kind, ask in asked.items()}

    def subnets_of(self, network: Network) -> list[Subnet]:
        """The subnets of ``network``."""
        return [each for each in self.subnets if each.network_id == network.id]
