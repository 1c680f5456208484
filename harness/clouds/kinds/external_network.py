"""The network that routers and floating addresses come from; empty where there is none to be had."""

from __future__ import annotations

from openstack.network.v2.network import Network

from harness.clouds.scene import Choice, Scene, name_of, pick
from harness.errors import UsageError
from harness.manifest.workload import ExternalNetworkInput


def find(spec: ExternalNetworkInput, scene: Scene) -> Choice:
    """The external network by openstacksdk's own rule, where it is of use: not where servers stand directly on a network that is there."""
    reach = scene.reach
    of_use = not reach.no_floating or reach.model != "direct" or reach.network is None
    evidence = reach.external_evidence if of_use else f"not needed: {reach.no_floating}"
    if of_use and reach.external is not None:
        return _chosen(scene, reach.external, evidence)
    if spec.optional:
        return Choice("", evidence)
    raise UsageError(
        f"no external network fits: looked for one marked router:external; {evidence}",
        mend="set it in an overlay, or run a workload whose manifest says `optional: true`",
    )


def take(value: str, scene: Scene) -> Choice:
    """The external network that an overlay names; empty: none is to be used."""
    if not value:
        return Choice("", "set by the overlay: none is to be used")
    return _chosen(scene, pick(scene.survey.networks, value, "external network"), "set by the overlay")


def _chosen(scene: Scene, network: Network, evidence: str) -> Choice:
    return Choice(name_of(network, scene.survey.networks), evidence, {"name": network.name, "id": network.id})
