"""The smallest flavor that is large enough for the workload and for its image."""

from __future__ import annotations

from openstack.compute.v2.flavor import Flavor

from harness.clouds.scene import Choice, Scene, name_of, pick
from harness.errors import UsageError
from harness.manifest.workload import FlavorInput

_SPECIAL = ("resources:", "pci_passthrough:", "trait:", "aggregate_instance_extra_specs:", "hw:")


def find(spec: FlavorInput, scene: Scene) -> Choice:
    """The smallest one that fits, by memory, then processors, then disk; one for special hardware only when nothing else fits."""
    image = scene.image
    ram = max(spec.ram_mb, (image and image.min_ram) or 0)
    disk = max(spec.disk_gb, (image and image.min_disk) or 0)
    fitting = [each for each in scene.survey.flavors if each.vcpus >= spec.vcpus and each.ram >= ram and each.disk >= disk]
    if fitting:
        chosen = min(fitting, key=_size)
        return _chosen(scene, chosen, f"the smallest of {len(fitting)} with at least {_words(spec.vcpus, ram, disk)}")
    there = (
        ", ".join(f"{each.name} ({_words(each.vcpus, each.ram, each.disk)})" for each in sorted(scene.survey.flavors, key=_size)) or "none"
    )
    raise UsageError(
        f"no flavor fits: looked for at least {_words(spec.vcpus, ram, disk)}; the cloud has {there}", mend="set the flavor in an overlay"
    )


def take(value: str, scene: Scene) -> Choice:
    """The flavor that an overlay names."""
    return _chosen(scene, pick(scene.survey.flavors, value, "flavor"), "set by the overlay")


def _chosen(scene: Scene, flavor: Flavor, evidence: str) -> Choice:
    scene.flavor = flavor
    detail = {"name": flavor.name, "id": flavor.id, "vcpus": flavor.vcpus, "ram_mb": flavor.ram, "disk_gb": flavor.disk}
    return Choice(name_of(flavor, scene.survey.flavors), evidence, detail)


def _size(flavor: Flavor) -> tuple[bool, int, int, int, str]:
    special = any(key.startswith(_SPECIAL) for key in flavor.extra_specs or {})
    return special, flavor.ram, flavor.vcpus, flavor.disk, flavor.name or ""


def _words(vcpus: int, ram_mb: int, disk_gb: int) -> str:
    return f"{vcpus} vCPU, {ram_mb} MiB, {disk_gb} GiB disk"
