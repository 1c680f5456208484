"""Whether to ask for a config drive: where no metadata service is promised, it is the way that always works."""

from __future__ import annotations

from harness.clouds.scene import Choice, Scene
from harness.manifest.workload import ConfigDriveInput


def find(_spec: ConfigDriveInput, scene: Scene) -> Choice:
    """Asked for when the image insists, or when the servers stand on a network that the project did not make."""
    image = scene.image
    if image is not None and image.needs_config_drive == "mandatory":
        return Choice(value=True, evidence=f"the image `{image.name}` says img_config_drive: mandatory")
    if scene.reach.network is None:
        return Choice(value=False, evidence="not asked for: the run's own network and router come with the metadata service")
    return Choice(value=True, evidence="asked for: a network of somebody else promises no metadata service, and no API tells of one")


def take(value: bool, _scene: Scene) -> Choice:
    """What an overlay says."""
    return Choice(value, "set by the overlay")
