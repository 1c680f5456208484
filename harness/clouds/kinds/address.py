"""How servers are reached from outside: ``floating`` or ``direct``."""

from __future__ import annotations

from dataclasses import replace

from harness.clouds.scene import Choice, Scene
from harness.manifest.workload import AddressInput


def find(_spec: AddressInput, scene: Scene) -> Choice:
    """The cloud's address model. Where it has none a server has only its fixed address, and it may not be reached."""
    model = scene.reach.model
    return Choice("floating" if model == "floating" else "direct", scene.reach.model_evidence, {"model": model})


def take(value: str, scene: Scene) -> Choice:
    """The kind that an overlay names."""
    evidence = f"set by the overlay; found was {scene.reach.model_evidence}"
    scene.reach = replace(scene.reach, model=value, model_evidence=evidence)
    return Choice(value, evidence, {"model": value})
