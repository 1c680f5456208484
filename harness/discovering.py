"""``interop discover``: the facts of one cloud, shown."""

from __future__ import annotations

from pathlib import Path

from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException

from harness.clouds import netns
from harness.clouds.config import entry, opened
from harness.clouds.discovery import discover
from harness.clouds.sorting import sort
from harness.manifest import Workload, find_workload, read_overlay, read_workload
from harness.model import Facts, Json, to_json
from harness.showing import Format, show_data, show_rows

ANYTHING = Workload.model_validate(
    {
        "name": "anything",
        "title": "One small server",
        "engine": "none",
        "entry": "none",
        "roles": {"server": 1},
        "inputs": {
            "image": {"kind": "image"},
            "flavor": {"kind": "flavor"},
            "network": {"kind": "network"},
            "external": {"kind": "external-network", "optional": True},
            "address": {"kind": "address"},
            "zone": {"kind": "zone"},
            "login_user": {"kind": "login-user"},
            "config_drive": {"kind": "config-drive"},
        },
    }
)
"""What is looked for when no workload is named: one input of each kind that is found on a cloud, asking for little."""


def facts_of(cloud: str, workload: str | None, overlay: Path | None) -> Facts:
    """Discover ``cloud`` for a workload, or for anything.

    Raises:
        InteropError: the cloud, the workload or the overlay cannot be used, or nothing fits an input.
    """
    manifest = read_workload(find_workload(workload)) if workload else ANYTHING
    settings: dict[str, Json] = read_overlay(overlay, {manifest.name: manifest})[1] if overlay else {}
    with netns.inside(entry(cloud).netns, cloud):
        try:
            return discover(opened(cloud), manifest, settings)[0]
        except (SDKException, ClientException) as error:
            raise sort(error) from error


def show_facts(facts: Facts, form: Format) -> None:
    """Show them, with the evidence of each."""
    if form in (Format.JSON, Format.YAML):
        show_data(to_json(facts), form)
        return
    general = [
        ("region", facts.region, "the cloud's entry in clouds.yaml"),
        ("address model", facts.address_model, facts.address_evidence),
        ("networks", facts.networks, facts.networks_evidence),
        ("services", ", ".join(facts.services), "the service catalogue"),
    ]
    show_rows(facts.cloud, ("what", "value", "evidence"), general, form)
    inputs = [(each.name, _words(each.value), each.source, each.evidence) for each in facts.inputs]
    show_rows("inputs", ("input", "value", "source", "evidence"), inputs, form)


def _words(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in ("", None) else "–"
