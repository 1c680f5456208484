"""The metadata has no SSH key, though the server was created with one.

A trigger in Nova's database drops the key from what is kept for the metadata service; its name stays with the server, so that the API
still shows it.
"""

from __future__ import annotations

from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "initialisation.ssh-key", "initialisation", "two-servers"


TRIGGER = """
CREATE OR REPLACE TRIGGER interop_key BEFORE INSERT ON instance_extra FOR EACH ROW
SET NEW.keypairs = JSON_SET(NEW.keypairs, '$."nova_object.data".objects', JSON_ARRAY())
"""
"""An empty KeyPairList: the object's own form, as Nova serialises it."""


def fits(spec: CloudSpec) -> bool:
    """Where servers ask the metadata service, which reads the record; a config drive is written before the record is read back."""
    return spec.has_metadata_service


def apply(cloud: Cloud) -> None:
    """Set the trigger."""
    cloud.sql(TRIGGER, "nova")


def remove(cloud: Cloud) -> None:
    """Drop the trigger."""
    cloud.sql("DROP TRIGGER IF EXISTS interop_key", "nova")
