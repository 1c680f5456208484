"""Glance's API."""

from __future__ import annotations

import os
from importlib import import_module

from . import web
from .home import Home, is_older

MODULES = (
    "glance.common.wsgi_app",
    "glance.api.v2.router",
    "glance.api.middleware.context",
    "glance.api.middleware.version_negotiation",
    "glance.db.sqlalchemy.api",
    "glance.async_.taskflow_executor",
    "glance_store._drivers.filesystem",
)

IMPORTS_EVENTLET = is_older("glance", 33)
"""Until 2026.1 it does, though it runs with native threads behind any WSGI server."""


def serve(home: Home) -> None:
    """Serve."""
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(home.path / "etc")
    wsgi = import_module("glance.common.wsgi_app")
    home.wait_for_database()
    web.serve(wsgi.init_app(), home.socket("glance"), "/image")
