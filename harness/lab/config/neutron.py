"""Neutron with ML2/OVN, and the agent that leads servers to Nova's metadata service."""

from __future__ import annotations

from harness.lab.cloudspec import GENEVE_OVERHEAD, CloudSpec
from harness.lab.config.common import Ini, Site
from harness.lab.config.nova import METADATA_ADDRESS

__all__ = ["PHYSICAL_NETWORK", "metadata_agent", "neutron"]

PHYSICAL_NETWORK = "outside"
"""Neutron's name of the wire that leads out of the cloud, by bridge ``br-ex``."""

PLUGINS = ("ovn-router", "qos", "segments", "port_forwarding", "trunk", "auto_allocate", "network_ip_availability", "flavors")


def neutron(site: Site) -> Ini:
    """Neutron's one configuration file. OVN needs no agents but the metadata agent, so the message bus is in memory."""
    spec = site.spec
    return {
        "DEFAULT": {
            **site.log("neutron"),
            "transport_url": "fake://",
            "auth_strategy": "keystone",
            "core_plugin": "ml2",
            "service_plugins": PLUGINS,
            "state_path": f"{site.home}/state/neutron",
            "api_paste_config": f"{site.venv}/etc/neutron/api-paste.ini",
            "host": spec.host,
            "dns_domain": f"{spec.name}.lab.",
            "dhcp_agent_notification": False,
            "global_physnet_mtu": 1500,
            "notify_nova_on_port_status_changes": True,
            "notify_nova_on_port_data_changes": True,
            "send_events_interval": 1,
        },
        "database": site.database("neutron"),
        "keystone_authtoken": site.authtoken("neutron"),
        "nova": site.client("nova"),
        "placement": site.client("placement"),
        "quotas": _quotas(spec),
        "ml2": {
            "mechanism_drivers": "ovn",
            "type_drivers": ("flat", "geneve"),
            "project_network_types": "geneve",
            "extension_drivers": ("port_security", "qos", "dns"),
            "path_mtu": spec.networks.mtu + GENEVE_OVERHEAD if spec.networks.kind == "project" else 1500,
        },
        "ml2_type_flat": {"flat_networks": PHYSICAL_NETWORK},
        "ml2_type_geneve": {"vni_ranges": "1:65535", "max_header_size": 38},
        "securitygroup": {"enable_security_group": True},
        "ovn": {
            "ovn_nb_connection": site.ovsdb,
            "ovn_sb_connection": site.ovsdb,
            "ovn_metadata_enabled": spec.has_metadata_service,
            "enable_distributed_floating_ip": True,
            "dns_servers": spec.gateway,
            "neutron_sync_mode": "log",
        },
        "ovs": {"ovsdb_connection": site.ovsdb},
        **site.policy("neutron"),
        **site.behind_proxy,
    }


def _quotas(spec: CloudSpec) -> dict[str, object]:
    quotas = spec.quotas
    return {
        "quota_network": quotas.networks,
        "quota_subnet": quotas.subnets,
        "quota_router": quotas.routers,
        "quota_port": quotas.ports,
        "quota_floatingip": quotas.floating_ips,
        "quota_security_group": quotas.security_groups,
        "quota_security_group_rule": quotas.security_group_rules,
    }


def metadata_agent(site: Site) -> Ini:
    """neutron-ovn-metadata-agent, which runs in the cloud's network namespace as root."""
    host, port = METADATA_ADDRESS
    return {
        "DEFAULT": {
            **site.log("metadata"),
            "transport_url": "fake://",
            "state_path": f"{site.home}/state/neutron",
            "metadata_proxy_socket": f"{site.home}/run/metadata.sock",
            "metadata_proxy_shared_secret": site.credentials.metadata,
            "metadata_proxy_user": "root",
            "metadata_proxy_group": "root",
            "metadata_workers": 0,
            "nova_metadata_host": host,
            "nova_metadata_port": port,
        },
        "agent": {"root_helper": "env", "root_helper_daemon": ""},
        "ovs": {"ovsdb_connection": site.ovsdb},
        "ovn": {"ovn_nb_connection": site.ovsdb, "ovn_sb_connection": site.ovsdb},
        "oslo_concurrency": {"lock_path": f"{site.home}/lock"},
    }
