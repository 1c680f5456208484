"""The driver that Nova loads: Nova's calls, in terms of guests."""

# ruff: noqa: ARG002 -- the names of arguments are Nova's, which passes some by name
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nova.virt.node
import os_resource_classes as orc
from nova import exception
from nova.compute import power_state, task_states
from nova.virt import driver, hardware
from oslo_log import log

from labvirt import config_drive, host, image
from labvirt.conf import CONF
from labvirt.folder import Folder, all_folders, instances_path
from labvirt.kinds import EXTRA_SPEC, Guest, guest_of, prepare

__all__ = ["LabDriver"]

LOG = log.getLogger(__name__)


class LabDriver(driver.ComputeDriver):  # type: ignore[misc]
    """Servers of the lab. What is not overridden here the driver does not offer, and Nova says so.

    Volumes, shares and accelerators are not offered, so arguments that are about them are taken as ``_`` and left alone.
    """

    capabilities = {  # noqa: RUF012  # Nova's own way
        **driver.ComputeDriver.capabilities,
        "has_imagecache": True,
        "supports_attach_interface": True,
        "supports_migrate_to_same_host": True,
        "supports_image_type_raw": True,
        "supports_image_type_qcow2": True,
    }

    # ---- the host

    def init_host(self, host: str) -> None:
        """Remember the node's name."""
        self.node = host
        instances_path().mkdir(parents=True, exist_ok=True)

    def get_available_nodes(self, refresh: bool = False) -> list[str]:
        """One node."""
        return [self.node]

    def get_nodenames_by_uuid(self, refresh: bool = False) -> dict[str, str]:
        """The same node."""
        return {nova.virt.node.get_local_node_uuid(): self.node}

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        """For the resource tracker."""
        return host.resources(nodename)

    def update_provider_tree(self, provider_tree: Any, nodename: str, allocations: Any = None) -> None:
        """For Placement."""
        known = provider_tree.data(nodename).inventory
        ratios = self._get_allocation_ratios(known)
        provider_tree.update_inventory(nodename, host.inventory({name: ratios[name] for name in (orc.VCPU, orc.MEMORY_MB, orc.DISK_GB)}))

    def get_host_uptime(self) -> str:
        """The machine's."""
        return host.uptime()

    def get_host_ip_addr(self) -> str:
        """As configured."""
        return str(CONF.my_ip)

    def get_num_instances(self) -> int:
        """How many there are."""
        return len(all_folders())

    def list_instances(self) -> list[str]:
        """Their names."""
        return [folder.state["name"] for folder in all_folders()]

    def list_instance_uuids(self) -> list[str]:
        """Their ids."""
        return [folder.uuid for folder in all_folders()]

    def cache_image(self, context: Any, image_id: str) -> bool:
        """Fetch an image before it is needed."""
        base, fetched = image.base_image(context, image_id)
        prepare(base)
        return fetched

    # ---- birth and death

    def spawn(
        self,
        context: Any,
        instance: Any,
        image_meta: Any,
        injected_files: Any,
        admin_password: str | None,
        allocations: Any,
        network_info: Any = None,
        block_device_info: Any = None,
        power_on: bool = True,
        **_: Any,
    ) -> None:
        """Make disk and interfaces, wait until Neutron says that the ports are plugged, then start."""
        guest = guest_of(instance)
        try:
            base, _fetched = image.base_image(context, instance.image_ref)
            kind = type(guest).__module__.rpartition(".")[2]
            guest.folder.keep(kind=kind, name=instance.name, base=str(base), ports=[])
            with self._ports_plugged(instance, network_info or []):
                self._plug(guest, network_info)
                guest.create(base)
                config_drive.write(guest.folder, instance, injected_files, admin_password, network_info)
            if power_on:
                guest.start(base)
        except exception.InstanceEventTimeout as error:
            self.destroy(context, instance, network_info)
            raise exception.VirtualInterfaceCreateException from error
        except Exception:
            self.destroy(context, instance, network_info)
            raise

    def destroy(
        self, context: Any, instance: Any, network_info: Any, block_device_info: Any = None, destroy_disks: bool = True, **_: Any
    ) -> None:
        """Switch off and clean up."""
        guest_of(instance).stop(0)
        self.cleanup(context, instance, network_info, block_device_info, destroy_disks)

    def cleanup(
        self, context: Any, instance: Any, network_info: Any, block_device_info: Any = None, destroy_disks: bool = True, **_: Any
    ) -> None:
        """Give back interfaces, mounts and files."""
        guest = guest_of(instance)
        for port in {*guest.folder.state.get("ports", []), *(vif["id"] for vif in network_info or [])}:
            guest.unplug(port)
        guest.release()
        if destroy_disks:
            if instance.task_state != task_states.RESIZE_REVERTING:  # which takes back what was kept, after this
                guest.folder.forget_aside()
            guest.folder.remove()

    def delete_instance_files(self, instance: Any) -> bool:
        """Files alone."""
        Folder(instance.uuid).remove()
        return True

    def instance_on_disk(self, instance: Any) -> bool:
        """Whether there are files."""
        return Folder(instance.uuid).exists()

    # ---- life

    def get_info(self, instance: Any, use_cache: bool = True) -> Any:
        """The power state."""
        guest = guest_of(instance)
        if not guest.folder.exists():
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return hardware.InstanceInfo(state=guest.power_state())

    def get_console_output(self, context: Any, instance: Any) -> bytes:
        """The end of the console's log."""
        return Folder(instance.uuid).console()

    def power_off(self, instance: Any, timeout: int = 0, retry_interval: int = 0) -> None:
        """Shut down, by force after ``timeout`` seconds."""
        guest_of(instance).stop(timeout)

    def power_on(self, context: Any, instance: Any, network_info: Any, *_: Any, **__: Any) -> None:
        """Connect what is not connected, and start."""
        guest = guest_of(instance)
        self._plug(guest, network_info)
        guest.start(Path(guest.folder.state["base"]))

    def reboot(self, context: Any, instance: Any, network_info: Any, reboot_type: str, *_: Any, **__: Any) -> None:
        """Soft: the guest restarts by itself. Hard, or when it does not: switched off and on."""
        guest = guest_of(instance)
        if reboot_type == "SOFT" and guest.restart():
            return
        guest.stop(0)
        self.power_on(context, instance, network_info)

    def resume_state_on_host_boot(self, context: Any, instance: Any, network_info: Any, *_: Any, **__: Any) -> None:
        """Start what ran when the host went down. Nova knows of every pause but that of a snapshot, which was cut short then."""
        guest = guest_of(instance)
        if guest.power_state() == power_state.PAUSED:
            guest.unpause()
        self.power_on(context, instance, network_info)

    def pause(self, instance: Any) -> None:
        """Stop its clock."""
        guest_of(instance).pause()

    def unpause(self, instance: Any) -> None:
        """Let it run on."""
        guest_of(instance).unpause()

    def suspend(self, context: Any, instance: Any) -> None:
        """The same as a pause: memory stays where it is."""
        guest_of(instance).pause()

    def resume(self, context: Any, instance: Any, network_info: Any, *_: Any, **__: Any) -> None:
        """The end of a suspension."""
        guest_of(instance).unpause()

    # ---- interfaces

    def plug_vifs(self, instance: Any, network_info: Any) -> None:
        """Connect. Nova asks for that when it starts, and does not start where it fails: what has no files is left to be found out."""
        guest = guest_of(instance)
        if guest.folder.exists():
            self._plug(guest, network_info)

    def unplug_vifs(self, instance: Any, network_info: Any) -> None:
        """Disconnect."""
        for vif in network_info or []:
            self.detach_interface(None, instance, vif)

    def attach_interface(self, context: Any, instance: Any, image_meta: Any, vif: Any) -> None:
        """One more interface; it appears in the guest, switched off, as hot-plugged hardware does."""
        self._plug(guest_of(instance), [vif])

    def detach_interface(self, context: Any, instance: Any, vif: Any) -> None:
        """One interface less."""
        self._unplug(guest_of(instance), vif["id"])

    def _plug(self, guest: Guest, network_info: Any) -> None:
        """Connect each port under the number it has, or the first free one."""
        for vif in network_info or []:
            ports: list[str] = guest.folder.state["ports"]
            if vif["id"] in ports:
                guest.plug(vif, ports.index(vif["id"]))
            else:
                self._plug_first(guest, vif, ports)

    def _plug_first(self, guest: Guest, vif: Any, ports: list[str]) -> None:
        """Connect a port for the first time; one that cannot be is none of the guest's."""
        free = ports.index("") if "" in ports else len(ports)
        guest.folder.keep(ports=[*ports[:free], vif["id"], *ports[free + 1 :]])
        try:
            guest.plug(vif, free)
        except Exception:
            self._unplug(guest, vif["id"])
            raise

    @staticmethod
    def _unplug(guest: Guest, port: str) -> None:
        guest.unplug(port)
        if guest.folder.exists():
            guest.folder.keep(ports=["" if each == port else each for each in guest.folder.state["ports"]])

    def _ports_plugged(self, instance: Any, network_info: Any) -> Any:
        """Nova's own wait: leaving it takes until Neutron has reported every port, or the configured time."""
        awaited = [("network-vif-plugged", vif["id"]) for vif in network_info if vif.get("active") is False]
        limit_s = CONF.vif_plugging_timeout
        return self.virtapi.wait_for_instance_event(instance, awaited if limit_s else [], timeout=limit_s, error_callback=self._port_failed)

    @staticmethod
    def _port_failed(event_name: str, instance: Any) -> None:
        LOG.error("Neutron reported failure of %s", event_name, instance=instance)
        if CONF.vif_plugging_is_fatal:
            raise exception.VirtualInterfaceCreateException

    # ---- images and sizes

    def snapshot(self, context: Any, instance: Any, image_id: str, update_task_state: Any) -> None:
        """The root filesystem as a new image."""
        guest = guest_of(instance)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        raw, packed = guest.folder / f"{image_id}.raw", guest.folder / f"{image_id}.qcow2"
        try:
            guest.pack(Path(guest.folder.state["base"]), raw)
            image.compress(raw, packed)
            update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
            image.upload(context, image_id, instance.project_id, packed)
        finally:
            raw.unlink(missing_ok=True)
            packed.unlink(missing_ok=True)

    def migrate_disk_and_power_off(
        self,
        context: Any,
        instance: Any,
        dest: str,
        flavor: Any,
        network_info: Any,
        block_device_info: Any = None,
        timeout: int = 0,
        *_: Any,
    ) -> str:
        """Switch off, and keep the disk aside as it is until the resize is confirmed."""
        if flavor.root_gb < instance.flavor.root_gb:
            raise exception.InstanceFaultRollback(exception.ResizeError(reason="the disk cannot shrink"))
        guest = guest_of(instance)
        kind = guest.folder.state["kind"]
        if flavor.extra_specs.get(EXTRA_SPEC, kind) != kind:
            raise exception.InstanceFaultRollback(exception.ResizeError(reason=f"a server that is a guest of kind {kind} stays one"))
        guest.folder.forget_aside()  # of an earlier resize that failed: were this one cut short, it would be taken back
        guest.stop(timeout)
        guest.unmount()
        guest.folder.set_aside()
        return json.dumps([])

    def finish_migration(
        self,
        context: Any,
        migration: Any,
        instance: Any,
        disk_info: Any,
        network_info: Any,
        image_meta: Any,
        resize_instance: bool,
        allocations: Any,
        block_device_info: Any = None,
        power_on: bool = True,
        **_: Any,
    ) -> None:
        """Go on with a disk of the new size."""
        if resize_instance:
            guest_of(instance).grow(instance.flavor.root_gb)
        if power_on:
            self.power_on(context, instance, network_info)

    def confirm_migration(self, context: Any, migration: Any, instance: Any, network_info: Any) -> None:
        """Forget the old disk."""
        Folder(instance.uuid).forget_aside()

    def finish_revert_migration(
        self, context: Any, instance: Any, network_info: Any, migration: Any, block_device_info: Any = None, power_on: bool = True, **_: Any
    ) -> None:
        """Back to the old disk."""
        Folder(instance.uuid).take_back()
        if power_on:
            self.power_on(context, instance, network_info)
