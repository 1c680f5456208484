"""Servers boot and answer, but the API says BUILD for ever.

A trigger in Nova's database keeps the state that the compute service wants to leave behind.
"""

from __future__ import annotations

from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec

CHECK, FACET, WORKLOAD = "boot.active", "boot", "two-servers"

TRIGGER = """
CREATE OR REPLACE TRIGGER interop_build BEFORE UPDATE ON instances FOR EACH ROW SET
NEW.task_state = IF(OLD.vm_state = 'building' AND NEW.vm_state = 'active', 'spawning', NEW.task_state),
NEW.vm_state = IF(OLD.vm_state = 'building' AND NEW.vm_state = 'active', 'building', NEW.vm_state)
"""


def fits(spec: CloudSpec) -> bool:
    """Any cloud."""
    return bool(spec)


def apply(cloud: Cloud) -> None:
    """Set the trigger."""
    cloud.sql(TRIGGER, "nova")


def remove(cloud: Cloud) -> None:
    """Drop the trigger."""
    cloud.sql("DROP TRIGGER IF EXISTS interop_build", "nova")
