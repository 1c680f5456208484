"""Neutron's API with ML2/OVN."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from . import web
from .home import Home

MODULES = (
    "neutron.server.api",
    "neutron.common.config",
    "neutron.api.v2.router",
    "neutron.api.extensions",
    "neutron.plugins.ml2.plugin",
    "neutron.plugins.ml2.drivers.ovn.mech_driver.mech_driver",
    "neutron.plugins.ml2.drivers.type_flat",
    "neutron.plugins.ml2.drivers.type_geneve",
    "neutron.services.ovn_l3.plugin",
    "neutron.services.qos.qos_plugin",
    "neutron.services.segments.plugin",
    "neutron.services.trunk.plugin",
    "neutron.pecan_wsgi.app",
)
"""Not the port forwarding plugin: when imported, it reads which plugins are configured."""

IMPORTS_EVENTLET = True
"""oslo.service's WSGI server does, though Neutron runs with native threads."""


def serve(home: Home) -> None:
    """Serve, as the one worker there is: Neutron takes its number from the variable."""
    os.environ.update(OS_NEUTRON_CONFIG_DIR=str(home.path / "etc"), OS_NEUTRON_CONFIG_FILES="neutron.conf", ASGI_WORKERS="1")
    for stale in (home.path / "spool/neutron").glob("neutron_*"):
        stale.unlink()
    server, api = import_module("neutron.server"), import_module("neutron.server.api")
    home.wait_for_database()
    home.wait_for_switch()
    sys.argv = ["neutron-api"]  # what it is to call itself; only later releases take it as an argument
    web.serve(server.boot_server(api.api_server), home.socket("neutron"), "/networking")
