"""Nova: API, metadata, conductor, scheduler and compute in one process, so the message bus is in memory."""

from __future__ import annotations

from harness.lab.config.common import Ini, Site

__all__ = ["METADATA_ADDRESS", "nova"]

METADATA_ADDRESS = ("127.0.0.1", 8775)
"""Where Nova's metadata service listens, inside the cloud's network namespace, for the metadata agent alone."""

WAIT_FOR_PORT_S = 60
"""Seconds until a server whose port Neutron never reports as plugged goes to ERROR (Nova's default is 300)."""


def nova(site: Site) -> Ini:
    """Nova's one configuration file."""
    spec, quotas = site.spec, site.spec.quotas
    return {
        "DEFAULT": {
            **site.log("nova"),
            "transport_url": "fake://",
            "compute_driver": "labvirt.driver.LabDriver",
            "host": spec.host,
            "my_ip": spec.api_address,
            "state_path": f"{site.home}/state",
            "instances_path": f"{site.home}/instances",
            "concurrency_backend": "threading",
            "default_availability_zone": spec.zone,
            "default_schedule_zone": spec.zone,
            "force_config_drive": spec.gives_config_drive,
            "vif_plugging_is_fatal": True,
            "vif_plugging_timeout": WAIT_FOR_PORT_S,
            "allow_resize_to_same_host": True,
            "resume_guests_state_on_host_boot": True,
            "sync_power_state_interval": 10,
            "cpu_allocation_ratio": 16.0,
            "ram_allocation_ratio": 1.5,
            "disk_allocation_ratio": 4.0,
            "reserved_host_memory_mb": 0,
        },
        "lab": {"namespace": spec.name, "ovsdb": site.ovsdb, "guests": sorted(spec.guests)},
        "database": site.database("nova"),
        "api_database": site.database("nova_api"),
        "wsgi": {"api_paste_config": f"{site.home}/etc/nova-api-paste.ini"},
        "quota": {"instances": quotas.instances, "cores": quotas.cores, "ram": quotas.ram_mb},
        "filter_scheduler": {"track_instance_changes": False},
        "keystone_authtoken": site.authtoken("nova"),
        "service_user": {"send_service_user_token": True, **site.client("nova")},
        "keystone": site.client("nova"),
        "placement": site.client("placement"),
        "glance": {"api_servers": f"{spec.url}/image", "region_name": spec.region, **site.trust},
        "neutron": {
            **site.client("neutron"),
            "service_metadata_proxy": spec.has_metadata_service,
            "metadata_proxy_shared_secret": site.credentials.metadata,
        },
        "vnc": {"enabled": False},
        **site.policy("nova"),
        **site.behind_proxy,
    }
