"""The config drive of a guest, as a folder: a container of this machine sees no disks of its own."""

from __future__ import annotations

from typing import Any

from nova.api.metadata import base as instance_metadata
from nova.virt import configdrive

from labvirt.conf import CONF
from labvirt.folder import Folder

__all__ = ["write"]


def write(folder: Folder, instance: Any, injected_files: Any, admin_password: str | None, network_info: Any) -> None:
    """Write what Nova would put on the drive, where the instance is to have one."""
    if not configdrive.required_by(instance):
        return
    extra = {"admin_pass": admin_password} if admin_password and CONF.api.enable_instance_password else {}
    metadata = instance_metadata.InstanceMetadata(instance, content=injected_files, extra_md=extra, network_info=network_info)
    drive = folder / "config-drive"
    drive.mkdir(exist_ok=True)
    with configdrive.ConfigDriveBuilder(instance_md=metadata) as builder:
        builder._write_md_files(str(drive))  # noqa: SLF001  # its public method makes an ISO 9660 or VFAT file of the same folder
