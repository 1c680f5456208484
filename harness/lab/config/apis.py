"""Keystone, Glance and Placement."""

from __future__ import annotations

from harness.lab.config.common import Ini, Site

__all__ = ["glance", "keystone", "placement"]


def keystone(site: Site) -> Ini:
    """Fernet tokens and receipts share one key repository; password hashes are as cheap as bcrypt allows."""
    return {
        "DEFAULT": site.log("keystone"),
        "database": site.database("keystone"),
        "token": {"provider": "fernet"},
        "fernet_tokens": {"key_repository": f"{site.home}/etc/fernet"},
        "fernet_receipts": {"key_repository": f"{site.home}/etc/fernet"},
        "credential": {"key_repository": f"{site.home}/etc/credential"},
        "cache": {"enabled": True, "backend": "dogpile.cache.memory"},
        "identity": {"password_hash_rounds": 4},
        **site.policy("keystone"),
        **site.behind_proxy,
    }


def glance(site: Site) -> Ini:
    """Images are files in the cloud's folder."""
    return {
        "DEFAULT": {**site.log("glance"), "enabled_backends": "file:file", "worker_self_reference_url": f"{site.spec.url}/image"},
        "database": site.database("glance"),
        "glance_store": {"default_backend": "file"},
        "file": {"filesystem_store_datadir": f"{site.home}/images"},
        "os_glance_staging_store": {"filesystem_store_datadir": f"{site.home}/state/staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": f"{site.home}/state/tasks"},
        "keystone_authtoken": site.authtoken("glance"),
        "paste_deploy": {"flavor": "keystone", "config_file": f"{site.venv}/etc/glance/glance-api-paste.ini"},
        **site.policy("glance"),
        **site.behind_proxy,
    }


def placement(site: Site) -> Ini:
    """Nothing special."""
    return {
        "DEFAULT": site.log("placement"),
        "placement_database": site.database("placement"),
        "api": {"auth_strategy": "keystone"},
        "keystone_authtoken": site.authtoken("placement"),
        **site.policy("placement"),
        **site.behind_proxy,
    }
