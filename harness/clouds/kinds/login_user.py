"""Who logs in: Glance's property ``os_admin_user`` of the image, else the distribution's own custom."""

from __future__ import annotations

from harness.clouds.kinds.image import distro
from harness.clouds.scene import Choice, Scene
from harness.errors import UsageError
from harness.manifest.workload import LoginUserInput

CUSTOM = {
    "debian": "debian",
    "ubuntu": "ubuntu",
    "centos": "centos",
    "fedora": "fedora",
    "rocky": "rocky",
    "almalinux": "almalinux",
    "opensuse": "opensuse",
    "cirros": "cirros",
    "arch": "arch",
    "alpine": "alpine",
}
"""The first user of each distribution's own cloud image."""


def find(_spec: LoginUserInput, scene: Scene) -> Choice:
    """The user that the image names, or that its distribution's cloud images have."""
    image = scene.image
    if image is None:
        raise UsageError("no login user fits: the workload has no image to log in to", mend="set the login user in an overlay")
    if image.os_admin_user:
        return Choice(str(image.os_admin_user), f"the image `{image.name}` says os_admin_user")
    name = distro(image)
    if name in CUSTOM:
        return Choice(CUSTOM[name], f"the custom of {name}'s cloud images; the image `{image.name}` has no os_admin_user")
    raise UsageError(
        f"no login user fits: looked for os_admin_user, or a known os_distro, of the image {image.name}; it has neither",
        mend="set the login user in an overlay",
    )


def take(value: str, _scene: Scene) -> Choice:
    """The user that an overlay names."""
    return Choice(value, "set by the overlay")
