"""Discovery on clouds of different kinds, each a few lists on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from openstack.connection import Connection

from harness.clouds import reach
from harness.clouds.discovery import discover
from harness.clouds.quota import refuse_if_too_small
from harness.errors import CloudConfigError, QuotaTooSmall, Unsupported, UsageError
from harness.manifest import Workload
from harness.manifest.workload import Takes
from harness.model import Facts, Input
from tests.unit.wire import PROJECT, URL, Wire

SERVICE = "9" * 32


def image(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "status": "active", "visibility": "public", "os_hash_algo": "sha512", "size": 9, **more}


def flavor(name: str, vcpus: int, ram: int, disk: int, **specs: str) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "vcpus": vcpus, "ram": ram, "disk": disk, "extra_specs": specs}


def network(name: str, **more: Any) -> dict[str, Any]:
    known = {"router:external": False, "shared": False, "admin_state_up": True, "project_id": SERVICE, "mtu": 1500}
    return {"id": f"id-{name}", "name": name, **known, **more}


def subnet(of: str, gateway: str | None = "198.51.100.1") -> dict[str, Any]:
    return {"id": f"subnet-{of}", "network_id": f"id-{of}", "gateway_ip": gateway, "cidr": "198.51.100.0/24", "ip_version": 4}


class Cloud:
    """A cloud on the wire: what its lists have, and what its policy says to the questions."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.images = [image("debian-12", os_distro="debian", os_version="12", os_admin_user="debian", os_hash_value="abc")]
        self.flavors = [flavor("small", 1, 1024, 10), flavor("tiny", 1, 512, 5), flavor("large", 4, 8192, 40)]
        self.networks = [network("public", **{"router:external": True})]
        self.subnets: list[dict[str, Any]] = []
        self.zones = ["nova"]
        self.extensions = ["router", "network_availability_zone", "router_availability_zone", "net-mtu-writable"]
        self.refusals = {"networks": 400, "routers": 404, "floatingips": 404}
        self.quotas: dict[str, tuple[int, int]] = {}
        self.no_quotas: set[str] = set()

    def found(self, connection: Connection, **inputs: Any) -> Facts:
        return self.fits(connection, workload(**inputs), {})

    def found_with(self, connection: Connection, settings: dict[str, Any], **inputs: Any) -> Facts:
        return self.fits(connection, workload(**inputs), settings)

    def fits(self, connection: Connection, wanted: Workload, settings: dict[str, Any]) -> Facts:
        self.answer()
        facts, scene = discover(connection, wanted, settings)
        refuse_if_too_small(connection, wanted, facts, scene)
        return facts

    def answer(self) -> None:
        wire = self._wire
        wire.get(f"{URL}/image/v2/images", json={"images": self.images})
        wire.get(f"{URL}/compute/v2.1/flavors/detail", json={"flavors": self.flavors})
        zones = [{"zoneName": each, "zoneState": {"available": each != "down"}} for each in self.zones]
        wire.get(f"{URL}/compute/v2.1/os-availability-zone", json={"availabilityZoneInfo": zones})
        wire.get(f"{URL}/network/v2.0/networks", json={"networks": self.networks})
        wire.get(f"{URL}/network/v2.0/subnets", json={"subnets": self.subnets})
        wire.get(f"{URL}/network/v2.0/extensions", json={"extensions": [{"alias": each} for each in self.extensions]})
        for what, status in self.refusals.items():
            message = "disallowed by policy" if status == 403 else "no"
            wire.post(
                f"{URL}/network/v2.0/{what}", status_code=status, json={"NeutronError": {"message": message, "type": "X", "detail": ""}}
            )
        room = {"limit": 10, "used": 0, "reserved": 0}
        quota = dict.fromkeys(("network", "subnet", "router", "port", "floatingip", "security_group", "security_group_rule"), room)
        quota |= {name: {"limit": limit, "used": used, "reserved": 0} for name, (limit, used) in self.quotas.items()}
        known = {name: room for name, room in quota.items() if name not in self.no_quotas}
        wire.get(f"{URL}/network/v2.0/quotas/{PROJECT}/details", json={"quota": known})
        limits = {"instances": (10, 0), "cores": (20, 0), "ram": (51200, 0), **self.quotas}
        absolute = {
            "maxTotalInstances": limits["instances"][0],
            "totalInstancesUsed": limits["instances"][1],
            "maxTotalCores": limits["cores"][0],
            "totalCoresUsed": limits["cores"][1],
            "maxTotalRAMSize": limits["ram"][0],
            "totalRAMUsed": limits["ram"][1],
            "maxTotalKeypairs": 100,
        }
        wire.get(f"{URL}/compute/v2.1/limits", json={"limits": {"absolute": absolute, "rate": []}})
        wire.get(f"{URL}/compute/v2.1/os-keypairs", json={"keypairs": []})


def workload(**inputs: Any) -> Workload:
    data = {"name": "pair", "title": "A pair", "engine": "ansible", "entry": "site.yml", "roles": {"one": 1, "many": 3}}
    return Workload.model_validate({**data, "inputs": inputs or {"image": {"kind": "image"}}})


@pytest.fixture
def cloud(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setattr(reach, "answers", lambda _: True)
    return Cloud(wire)


def the(facts: Facts, name: str) -> Input:
    return next(each for each in facts.inputs if each.name == name)


def provider(cloud: Cloud) -> Cloud:
    """A cloud of one shared network, whose policy forbids all else."""
    cloud.networks = [network("quayside", shared=True)]
    cloud.subnets = [subnet("quayside")]
    cloud.refusals = {"networks": 403, "routers": 403, "floatingips": 403}
    return cloud


NET = {"network": {"kind": "network"}, "external": {"kind": "external-network", "optional": True}, "address": {"kind": "address"}}


def test_a_cloud_with_floating_addresses(connection: Connection, cloud: Cloud) -> None:
    facts = cloud.found(connection, **NET, drive={"kind": "config-drive"})
    assert (facts.address_model, facts.networks, facts.region, facts.project) == ("floating", "made", "RegionOne", PROJECT)
    assert {each.name: each.value for each in facts.inputs} == {"network": "", "external": "public", "address": "floating", "drive": False}
    assert "`public` is marked router:external" in the(facts, "external").evidence
    assert facts.services["network"] == f"{URL}/network"


def test_a_cloud_with_one_shared_network(connection: Connection, cloud: Cloud) -> None:
    facts = provider(cloud).found(connection, **NET, drive={"kind": "config-drive"})
    assert (facts.address_model, facts.networks) == ("direct", "shared")
    assert {each.name: each.value for each in facts.inputs} == {"network": "quayside", "external": "", "address": "direct", "drive": True}
    assert "the network `quayside` is shared and its gateway 198.51.100.1 answers from here" in facts.address_evidence
    assert "no floating addresses: policy forbids them" in facts.address_evidence


def test_a_profile_that_says_there_are_no_floating_addresses_is_believed(connection: Connection, cloud: Cloud) -> None:
    connection.config.config["floating_ip_source"] = "None"
    facts = provider(cloud).found(connection, **NET)
    assert "floating_ip_source: none" in facts.address_evidence


def test_a_cloud_with_neither_says_so_and_goes_on_with_fixed_addresses(connection: Connection, cloud: Cloud) -> None:
    cloud.networks, cloud.refusals["floatingips"] = [], 403
    facts = cloud.found(connection, **NET)
    assert facts.address_model == "none"
    assert the(facts, "address").value == "direct"
    assert "no network that is known to be reachable" in facts.address_evidence


@pytest.mark.parametrize("shared", [True, False])
def test_a_neutron_without_routers_is_never_asked_about_them(connection: Connection, cloud: Cloud, wire: Wire, shared: bool) -> None:
    bare = network("quayside", shared=shared, project_id=SERVICE if shared else PROJECT)
    del bare["router:external"]  # of the extension external-net, which comes with routers
    cloud.networks, cloud.subnets = [bare], [subnet("quayside")]
    cloud.extensions = ["network_availability_zone", "net-mtu-writable"]
    cloud.refusals = {"networks": 400, "routers": 500, "floatingips": 500}
    cloud.no_quotas = {"router", "floatingip"}
    facts = cloud.found(connection, **NET, drive={"kind": "config-drive"})
    assert (facts.address_model, facts.networks) == ("direct" if shared else "none", "shared")
    assert {each.name: each.value for each in facts.inputs} == {"network": "quayside", "external": "", "address": "direct", "drive": True}
    assert "the cloud has no floating addresses (extension `router` is missing)" in facts.address_evidence
    assert facts.networks_evidence == "own routers: the cloud has no routers (extension `router` is missing)"
    assert not [each for each in wire.request_history if each.path.endswith(("/routers", "/floatingips"))]


def test_a_project_network_is_used_where_none_may_be_made(connection: Connection, cloud: Cloud) -> None:
    cloud.networks.append(network("inside", project_id=PROJECT))
    cloud.subnets = [subnet("inside")]
    cloud.refusals["networks"] = 403
    facts = cloud.found(connection, **NET)
    assert (facts.address_model, facts.networks, the(facts, "network").value) == ("floating", "shared", "inside")


DRIVEN = {**NET, "drive": {"kind": "config-drive"}}


def values(facts: Facts) -> dict[str, Any]:
    return {each.name: each.value for each in facts.inputs}


def test_servers_on_a_network_that_an_overlay_names_get_a_config_drive(connection: Connection, cloud: Cloud) -> None:
    cloud.networks.append(network("provider", shared=True))
    # whatever the order in the manifest: what follows from the network is decided after it
    facts = cloud.found_with(connection, {"network": "provider"}, **dict(reversed(DRIVEN.items())))
    assert values(facts) == {"network": "provider", "external": "public", "address": "floating", "drive": True}
    assert "a network of somebody else promises no metadata service" in the(facts, "drive").evidence


def test_a_network_that_an_overlay_has_made_comes_with_a_router_and_no_config_drive(connection: Connection, cloud: Cloud) -> None:
    cloud.networks.append(network("quayside", shared=True))
    cloud.subnets = [subnet("quayside")]
    cloud.refusals["floatingips"] = 403
    assert values(cloud.found(connection, **DRIVEN)) == {"network": "quayside", "external": "", "address": "direct", "drive": True}
    facts = cloud.found_with(connection, {"network": ""}, **DRIVEN)
    assert values(facts) == {"network": "", "external": "public", "address": "direct", "drive": False}
    assert (facts.address_model, "quayside" in facts.address_evidence) == ("none", False)


def test_servers_on_an_external_network_that_an_overlay_names_are_reached_directly(connection: Connection, cloud: Cloud) -> None:
    facts = cloud.found_with(connection, {"network": "public"}, **NET)
    assert (facts.address_model, the(facts, "address").value) == ("direct", "direct")
    assert facts.address_evidence == "direct: the network `public` is external"


def test_a_projects_network_on_a_physical_one_is_not_taken_for_external(connection: Connection, cloud: Cloud) -> None:
    cloud.networks.append(network("inside", project_id=PROJECT, **{"provider:physical_network": "trunk"}))
    assert cloud.found_with(connection, {"network": "inside"}, **NET).address_model == "floating"


def test_the_kind_of_address_that_an_overlay_sets_is_how_servers_are_reached(connection: Connection, cloud: Cloud) -> None:
    facts = cloud.found_with(connection, {"address": "direct"}, **NET)
    assert (facts.address_model, the(facts, "address").detail) == ("direct", {"model": "direct"})
    assert facts.address_evidence.startswith("set by the overlay; found was floating: `public` gives floating addresses")


def test_floating_addresses_that_an_overlay_asks_for_come_from_the_external_network(connection: Connection, cloud: Cloud) -> None:
    cloud.networks.append(network("quayside", shared=True))
    cloud.subnets = [subnet("quayside")]
    connection.config.config["requires_floating_ip"] = False
    assert the(cloud.found(connection, **NET), "external").value == ""
    assert the(cloud.found_with(connection, {"address": "floating"}, **NET), "external").value == "public"


def test_a_network_that_an_overlay_names_is_enough_where_discovery_finds_none(connection: Connection, cloud: Cloud) -> None:
    cloud.refusals["networks"] = 403
    assert the(cloud.found_with(connection, {"network": "public"}, **NET), "network").value == "public"


def test_no_network_at_all_is_refused(connection: Connection, cloud: Cloud) -> None:
    cloud.refusals["networks"] = 403
    with pytest.raises(CloudConfigError, match="no network for servers"):
        cloud.found(connection, **NET)


def test_an_external_network_that_is_not_optional_must_be_there(connection: Connection, cloud: Cloud) -> None:
    with pytest.raises(UsageError, match=r"cloud acme: input external: no external network fits: looked for one marked router:external"):
        provider(cloud).found(connection, external={"kind": "external-network"})


def test_a_network_that_only_the_entry_names_and_nobody_has_is_refused(connection: Connection, cloud: Cloud) -> None:
    connection._nat_source = "nowhere"
    with pytest.raises(CloudConfigError, match="nowhere"):
        cloud.found(connection, **NET)


def test_the_newest_image_of_the_first_wanted_distribution(connection: Connection, cloud: Cloud) -> None:
    cloud.images += [
        image("ubuntu-24.04", os_distro="ubuntu", os_version="24.04"),
        image("debian-13", os_distro="debian", os_version="13"),
        image("debian-13-arm", os_distro="debian", os_version="13", architecture="aarch64"),
        image("debian-14-snapshot", os_distro="debian", os_version="14", image_type="snapshot"),
        image("debian-15", os_distro="debian", os_version="15", os_hidden=True),
    ]
    found = the(cloud.found(connection, image={"kind": "image", "os_distro": ["debian", "ubuntu"]}), "image")
    assert (found.value, found.source) == ("debian-13", "found")
    assert "the newest of 2" in found.evidence
    assert the(cloud.found(connection, image={"kind": "image", "os_distro": ["ubuntu", "debian"]}), "image").value == "ubuntu-24.04"


def test_what_makes_an_image_equal_to_another_clouds_is_recorded(connection: Connection, cloud: Cloud) -> None:
    detail = the(cloud.found(connection, image={"kind": "image"}), "image").detail
    assert (detail["checksum"], detail["size_bytes"], detail["os_version"]) == ("sha512:abc", 9, "12")


def test_an_image_without_properties_is_known_by_its_name(connection: Connection, cloud: Cloud) -> None:
    cloud.images = [image("Debian GNU/Linux 12 (bookworm)"), image("Windows 11")]
    found = the(cloud.found(connection, image={"kind": "image", "os_distro": ["debian"]}), "image")
    assert found.value == "Debian GNU/Linux 12 (bookworm)"
    assert "its name says debian" in found.evidence


def test_no_fitting_image_says_what_was_looked_for_and_what_there_is(connection: Connection, cloud: Cloud) -> None:
    with pytest.raises(UsageError, match=r"no image fits: looked for os_distro fedora; the cloud has debian-12 \(debian\)") as caught:
        cloud.found(connection, image={"kind": "image", "os_distro": ["fedora"]})
    assert caught.value.exit_code == 2


def test_images_of_one_name_are_told_apart_by_id(connection: Connection, cloud: Cloud) -> None:
    cloud.images.append({**cloud.images[0], "id": "another", "created_at": "2026-01-01T00:00:00Z"})
    assert the(cloud.found(connection, image={"kind": "image"}), "image").value == "another"


def test_the_smallest_flavor_that_bears_workload_and_image(connection: Connection, cloud: Cloud) -> None:
    wanted = {"image": {"kind": "image"}, "flavor": {"kind": "flavor", "ram_mb": 256}}
    assert the(cloud.found(connection, **wanted), "flavor").value == "tiny"
    cloud.images[0]["min_disk"] = 8
    found = the(cloud.found(connection, **wanted), "flavor")
    assert (found.value, found.detail["disk_gb"]) == ("small", 10)
    assert "at least 1 vCPU, 256 MiB, 8 GiB disk" in found.evidence


def test_a_flavor_for_special_hardware_comes_last(connection: Connection, cloud: Cloud) -> None:
    cloud.flavors.append(flavor("gpu", 1, 256, 5, **{"resources:VGPU": "1"}))
    assert the(cloud.found(connection, flavor={"kind": "flavor", "ram_mb": 256}), "flavor").value == "tiny"


def test_no_fitting_flavor_says_what_was_looked_for_and_what_there_is(connection: Connection, cloud: Cloud) -> None:
    with pytest.raises(UsageError, match=r"no flavor fits: looked for at least 8 vCPU, .*tiny \(1 vCPU, 512 MiB, 5 GiB disk\), small"):
        cloud.found(connection, flavor={"kind": "flavor", "vcpus": 8})


@pytest.mark.parametrize(("zones", "value"), [(["nova"], "nova"), (["a", "b"], ""), (["a", "down"], "a")])
def test_the_only_zone_is_named_and_of_several_none(connection: Connection, cloud: Cloud, zones: list[str], value: str) -> None:
    cloud.zones = zones
    assert the(cloud.found(connection, zone={"kind": "zone"}), "zone").value == value


def test_the_login_user_is_the_images_or_its_distributions(connection: Connection, cloud: Cloud) -> None:
    wanted = {"user": {"kind": "login-user"}, "image": {"kind": "image"}}
    cloud.images = [image("x", os_distro="debian", os_admin_user="harbour")]
    assert the(cloud.found(connection, **wanted), "user").value == "harbour"
    cloud.images = [image("x", os_distro="ubuntu")]
    found = the(cloud.found(connection, **wanted), "user")
    assert (found.value, "custom of ubuntu" in found.evidence) == ("ubuntu", True)


def test_an_image_that_insists_gets_a_config_drive(connection: Connection, cloud: Cloud) -> None:
    cloud.images[0]["img_config_drive"] = "mandatory"
    assert the(cloud.found(connection, image={"kind": "image"}, drive={"kind": "config-drive"}), "drive").value is True


def test_what_an_overlay_sets_is_told_from_what_is_found(connection: Connection, cloud: Cloud) -> None:
    inputs = {"image": {"kind": "image"}, "flavor": {"kind": "flavor"}, "size": {"kind": "integer", "default": 3}}
    facts = cloud.found_with(connection, {"flavor": "large", "size": 9}, **inputs)
    assert [(each.name, each.value, each.source) for each in facts.inputs] == [
        ("image", "debian-12", "found"),
        ("flavor", "large", "set"),
        ("size", 9, "set"),
    ]
    assert the(facts, "flavor").detail["vcpus"] == 4
    assert the(cloud.found(connection, **inputs), "size").source == "default"


@pytest.mark.parametrize(
    ("kind", "value"), [("image", "beos"), ("flavor", "huge"), ("network", "nowhere"), ("external-network", "nowhere"), ("zone", "moon")]
)
def test_an_overlay_that_names_what_the_cloud_lacks_is_refused_with_what_it_has(
    connection: Connection, cloud: Cloud, kind: str, value: str
) -> None:
    with pytest.raises(UsageError, match=f"cloud acme: input it: .*{value}: the cloud has none of that name.*it has"):
        cloud.found_with(connection, {"it": value}, it={"kind": kind})


def test_a_service_that_is_missing_is_unsupported(connection: Connection, cloud: Cloud) -> None:
    cloud.answer()
    wanted = workload().model_copy(update={"services": ["compute", "orchestration"]})
    with pytest.raises(Unsupported, match=r"no service of type orchestration.*its catalogue has compute, identity, image, network"):
        discover(connection, wanted, {})


def test_a_quota_that_is_too_small_says_which_and_by_how_much(connection: Connection, cloud: Cloud) -> None:
    cloud.quotas = {"instances": (5, 3), "ram": (4096, 2049), "floatingip": (2, 2)}
    with pytest.raises(QuotaTooSmall) as caught:
        cloud.found(connection, image={"kind": "image"}, flavor={"kind": "flavor"})
    assert caught.value.exit_code == 3
    assert "instances: 2 too few (4 needed, 3 of 5 in use)" in caught.value.message
    assert "RAM MiB: 1 too few (2048 needed, 2049 of 4096 in use)" in caught.value.message
    assert "floating addresses: 1 too few (1 needed, 2 of 2 in use)" in caught.value.message


def test_the_rules_of_security_groups_have_a_quota_of_their_own(connection: Connection, cloud: Cloud) -> None:
    cloud.quotas = {"security_group": (10, 1), "security_group_rule": (10, 4)}
    wanted = workload().model_copy(update={"takes": Takes(security_groups=2, security_group_rules=7)})
    with pytest.raises(QuotaTooSmall, match=r"quota: security group rules: 1 too few \(7 needed, 4 of 10 in use\)\n"):
        cloud.fits(connection, wanted, {})


def test_a_count_that_an_overlay_sets_is_what_has_to_fit(connection: Connection, cloud: Cloud) -> None:
    cloud.quotas = {"instances": (5, 0), "floatingip": (5, 0)}
    many = {"many": {"kind": "integer", "default": 3}}
    wanted = workload(**many).model_copy(update={"roles": {"one": 1, "many": "many"}, "takes": Takes(floating_addresses="servers")})
    cloud.fits(connection, wanted, {})
    with pytest.raises(QuotaTooSmall) as caught:
        cloud.fits(connection, wanted, {"many": 6})
    assert "instances: 2 too few (7 needed, 0 of 5 in use)" in caught.value.message
    assert "floating addresses: 2 too few (7 needed" in caught.value.message


def test_what_an_overlay_spares_need_not_fit(connection: Connection, cloud: Cloud) -> None:
    cloud.networks.append(network("inside", project_id=PROJECT))
    cloud.quotas = {"floatingip": (2, 0), "network": (1, 1), "subnet": (1, 1), "router": (1, 1)}
    wanted = workload(**NET).model_copy(update={"takes": Takes(floating_addresses="servers", networks=1, routers=1)})
    with pytest.raises(QuotaTooSmall) as caught:
        cloud.fits(connection, wanted, {})
    for each in ("floating addresses: 2", "networks: 1", "subnets: 1", "routers: 1"):
        assert f"{each} too few" in caught.value.message
    with pytest.raises(QuotaTooSmall, match=r"quota: floating addresses: 2 too few \(4 needed, 0 of 2 in use\)\n"):
        cloud.fits(connection, wanted, {"network": "inside"})
    cloud.fits(connection, wanted, {"network": "inside", "address": "direct"})


def test_what_an_overlay_has_made_must_fit(connection: Connection, cloud: Cloud) -> None:
    cloud.networks.append(network("quayside", shared=True))
    cloud.subnets = [subnet("quayside")]
    cloud.refusals["floatingips"] = 403
    cloud.quotas = {"network": (1, 1)}
    cloud.found(connection, **NET)
    with pytest.raises(QuotaTooSmall, match="networks: 1 too few"):
        cloud.found_with(connection, {"network": ""}, **NET)


def test_an_unlimited_quota_is_large_enough(connection: Connection, cloud: Cloud) -> None:
    cloud.quotas = {"instances": (-1, 500), "port": (-1, 500)}
    cloud.found(connection, image={"kind": "image"}, flavor={"kind": "flavor"})


def test_a_quota_that_cannot_be_read_is_noted(connection: Connection, cloud: Cloud, wire: Wire) -> None:
    cloud.answer()
    facts, scene = discover(connection, workload(), {})
    wire.get(f"{URL}/network/v2.0/quotas/{PROJECT}/details", status_code=403)
    assert refuse_if_too_small(connection, workload(), facts, scene) == ("the network's quotas could not be read beforehand: 403",)
