"""Placement's API."""

from __future__ import annotations

import os
from importlib import import_module

from . import web
from .home import Home

MODULES = ("placement.wsgi", "placement.deploy", "placement.handler")


def serve(home: Home) -> None:
    """Serve."""
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(home.path / "etc")
    wsgi = import_module("placement.wsgi")
    home.wait_for_database()
    web.serve(wsgi.init_application(), home.socket("placement"), "/placement")
