"""The availability zone of Nova: the only one, or empty where the cloud can choose."""

from __future__ import annotations

from harness.clouds.scene import Choice, Scene
from harness.errors import UsageError
from harness.manifest.workload import ZoneInput


def find(_spec: ZoneInput, scene: Scene) -> Choice:
    """The only zone by its name; of several none, so that the cloud's scheduler chooses among all."""
    zones = scene.survey.zones
    if len(zones) == 1:
        return Choice(zones[0], "the only zone in service", {"zones": list(zones)})
    return Choice("", f"left to the cloud, which has {', '.join(zones) or 'none in service'}", {"zones": list(zones)})


def take(value: str, scene: Scene) -> Choice:
    """The zone that an overlay names."""
    zones = scene.survey.zones
    if value and value not in zones:
        raise UsageError(f"zone {value}: the cloud has none of that name in service; it has {', '.join(zones)}", mend="correct the overlay")
    return Choice(value, "set by the overlay", {"zones": list(zones)})
