"""An image of one of the wanted distributions: by Glance's property ``os_distro``, else by its name."""

from __future__ import annotations

import re

from openstack.image.v2.image import Image

from harness.clouds.scene import Choice, Scene, name_of, pick
from harness.errors import UsageError
from harness.manifest.workload import ImageInput

_ARCHITECTURES = (None, "x86_64", "amd64")
_KNOWN_DISTROS = ("debian", "ubuntu", "centos", "fedora", "rocky", "almalinux", "opensuse", "cirros", "arch", "alpine")


def find(spec: ImageInput, scene: Scene) -> Choice:
    """The newest image of the first wanted distribution that the cloud has."""
    images = [each for each in scene.survey.images if not _is_snapshot(each)]
    wanted = spec.os_distro or list(_KNOWN_DISTROS)
    for wanted_distro in wanted:
        fitting = [each for each in images if distro(each) == wanted_distro and each.architecture in _ARCHITECTURES]
        if fitting:
            chosen = max(fitting, key=_newness)
            how = f"os_distro is {wanted_distro}" if chosen.os_distro else f"its name says {wanted_distro}"
            others = f", the newest of {len(fitting)}" if len(fitting) > 1 else ""
            return _chosen(scene, chosen, f"{how}{others}{_why_visible(chosen)}")
    there = ", ".join(sorted(f"{each.name} ({distro(each) or 'distribution unknown'})" for each in images)) or "none"
    raise UsageError(
        f"no image fits: looked for os_distro {' or '.join(wanted)}; the cloud has {there}",
        mend="upload one, or set the image in an overlay",
    )


def take(value: str, scene: Scene) -> Choice:
    """The image that an overlay names."""
    return _chosen(scene, pick(scene.survey.images, value, "image"), "set by the overlay")


def _chosen(scene: Scene, image: Image, evidence: str) -> Choice:
    scene.image = image
    detail = {
        "name": image.name,
        "id": image.id,
        "checksum": f"{image.hash_algo}:{image.hash_value}" if image.hash_value else f"md5:{image.checksum}" if image.checksum else "",
        "size_bytes": image.size,
        "os_distro": distro(image),
        "os_version": image.os_version or "",
        "disk_format": image.disk_format or "",
    }
    return Choice(name_of(image, scene.survey.images), evidence, detail)


def distro(image: Image) -> str:
    """The distribution of ``image``, as its property or its name tells; empty when neither does."""
    if image.os_distro:
        return str(image.os_distro).lower()
    words = re.split(r"[^a-z]+", (image.name or "").lower())
    return next((each for each in _KNOWN_DISTROS if each in words), "")


def _newness(image: Image) -> tuple[list[int], str, str]:
    version = image.os_version or " ".join(re.findall(r"\d+(?:\.\d+)*", image.name or "")[:1])
    return [int(each) for each in re.findall(r"\d+", version)], image.created_at or "", image.id


def _is_snapshot(image: Image) -> bool:
    return bool(image.instance_uuid) or (image.properties or {}).get("image_type") == "snapshot"


def _why_visible(image: Image) -> str:
    return f" ({image.visibility})" if image.visibility else ""
