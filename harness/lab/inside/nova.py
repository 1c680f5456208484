"""Nova in one process: API, conductor, scheduler, compute, and the metadata service where the cloud has one.

One process needs no message broker: oslo.messaging's ``fake`` transport passes messages within it.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
import threading
from importlib import import_module
from typing import Any

import waitress

from . import web
from .home import Home, enter, is_older

MODULES = (
    "inside.nova_threads",
    "nova.api.openstack.wsgi_app",
    "nova.api.openstack.compute",
    "nova.api.metadata.handler",
    "nova.compute.api",
    "nova.compute.resource_tracker",
    "nova.conductor.manager",
    "nova.scheduler.filters.all_filters",
    "nova.network.neutron",
    "nova.image.glance",
    "nova.virt.libvirt.blockinfo",
    "os_vif",
    "os_brick",
    "labvirt.driver",
)
"""Not nova.compute.manager and nova.scheduler.manager: when imported, they read how often their periodic tasks run."""

IMPORTS_EVENTLET = is_older("nova", 34)
"""Until 2026.1 it does, though it is told to run with native threads."""

SERVICES = (
    ("nova-conductor", "nova.conductor.rpcapi"),
    ("nova-scheduler", "nova.scheduler.rpcapi"),
    ("nova-compute", "nova.compute.rpcapi"),
)


def serve(home: Home) -> None:
    """Bring the parts up one after another, then serve the API."""
    os.environ.update(OS_NOVA_CONFIG_DIR=str(home.path / "etc"), OS_NOVA_CONFIG_FILES="nova-api-paste.ini;nova.conf")
    offer_driver()
    home.wait_for_database()
    api = import_module("nova.api.openstack.wsgi_app").init_application("osapi_compute", "nova-api-os-compute")
    conf = import_module("nova.conf").CONF
    prepare(conf)
    home.wait_for_apis("keystone", "placement", "neutron")
    for binary, module in SERVICES:
        start(binary, import_module(module))
    map_host()
    if home.site["metadata"]:
        serve_metadata(home)
    web.serve(api, home.socket("nova"), "/compute", threads=10)


def offer_driver() -> None:
    """Let ``nova.virt.labvirt`` be our package: Nova looks for drivers below ``nova.virt`` alone."""
    import_module("labvirt.driver")
    for name in [name for name in sys.modules if name.partition(".")[0] == "labvirt"]:
        sys.modules[f"nova.virt.{name}"] = sys.modules[name]


def prepare(conf: Any) -> None:
    """What Nova's own commands do before they create a service."""
    import_module("oslo_service.opts").register_service_opts(conf)
    helper = import_module("nova.utils").get_root_helper()
    import_module("oslo_privsep.priv_context").init(root_helper=shlex.split(helper))
    import_module("os_brick").setup(conf)
    import_module("os_vif").initialize()


def start(binary: str, rpc: Any) -> None:
    """Start one of Nova's services in this process."""
    second = {"topic_alt": rpc.RPC_TOPIC_ALT} if hasattr(rpc, "RPC_TOPIC_ALT") else {}
    import_module("nova.service").Service.create(binary=binary, topic=rpc.RPC_TOPIC, **second).start()


def map_host() -> None:
    """Tell the API's database which cell the hypervisor is in."""
    context = import_module("nova.context").get_admin_context()
    import_module("nova.objects.host_mapping").discover_hosts(context)


def serve_metadata(home: Home) -> None:
    """Serve metadata in a thread, on a socket in the cloud's network namespace."""
    application = import_module("paste.deploy").loadapp(f"config:{home.config('nova-api-paste.ini')}", name="metadata")
    listener = listen_in(home.cloud, *home.site["metadata"])
    options = {"sockets": [listener], "threads": 4, "_quiet": True}
    threading.Thread(target=waitress.serve, args=(application,), kwargs=options, daemon=True).start()


def listen_in(namespace: str, address: str, port: int) -> socket.socket:
    """A listening socket in another network namespace; a thread goes there and ends, so that no other is moved."""
    made: list[socket.socket] = []

    def enter_and_listen() -> None:
        enter(namespace)
        made.append(socket.create_server((address, port)))

    thread = threading.Thread(target=enter_and_listen)
    thread.start()
    thread.join()
    return made[0]
