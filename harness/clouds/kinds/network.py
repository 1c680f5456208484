"""The network for the servers: empty where the payload makes one of its own."""

from __future__ import annotations

from openstack.network.v2.network import Network

from harness.clouds.reach import standing_on
from harness.clouds.scene import Choice, Scene, name_of, pick
from harness.manifest.workload import NetworkInput


def find(_spec: NetworkInput, scene: Scene) -> Choice:
    """A network of the run's own where the project may make one, else one that is there."""
    if scene.reach.network is None:
        return Choice("", scene.reach.network_evidence)
    return _chosen(scene, scene.reach.network, scene.reach.network_evidence)


def take(value: str, scene: Scene) -> Choice:
    """The network that an overlay names; empty: one is to be made."""
    network = pick(scene.survey.networks, value, "network") if value else None
    evidence = "set by the overlay" if network else "set by the overlay: one is to be made"
    scene.reach = standing_on(scene.survey, scene.reach, network, evidence)
    return _chosen(scene, network, evidence) if network else Choice("", evidence)


def _chosen(scene: Scene, network: Network, evidence: str) -> Choice:
    return Choice(name_of(network, scene.survey.networks), evidence, {"name": network.name, "id": network.id, "mtu": network.mtu})
