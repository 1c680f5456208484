"""A reboot that a check needs for something else, proven to have been one."""

from __future__ import annotations

import time

from openstack.connection import Connection

from harness.checks.sight import view_if_open
from harness.checks.waiting import Eventually
from harness.model import Server
from harness.probes import api
from harness.probes.inside_view import CLOCK_S, look
from harness.probes.outside import Outside
from harness.probes.ssh import Guest


def reboot(connection: Connection, guest: Guest, outside: Outside, server: Server, eventually: Eventually, limit_s: float) -> float:
    """Ask for a soft reboot of ``server`` and wait until its process 1 is another; returns when it was asked for, by the monotonic clock.

    Raises:
        AssertionError: it has not started anew within ``limit_s`` seconds.
    """
    before = look(guest.shell)
    guest.shell.close()
    asked = time.monotonic()
    api.reboot(connection, server.id)

    def started() -> float:
        view = view_if_open(guest, outside, server, 1.0)
        return view.init_started if view else 0.0

    eventually(f"the {server.role} has started anew", started, limit_s, until=lambda seen: seen > before.init_started + CLOCK_S)
    return asked
