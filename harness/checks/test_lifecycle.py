from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle
from harness.checks.sight import answers, console_text, view_if_open
from harness.checks.waiting import Eventually
from harness.model import Server
from harness.probes import api, console
from harness.probes.inside_view import CLOCK_S, look
from harness.probes.outside import Outside
from harness.probes.ssh import Guest

_PATIENCE_S = 30.0
"""How long a login is still tried after the console log has shown a new boot."""


@check("lifecycle.soft-reboot", facet="lifecycle", needs=["addresses.three-ways"], phase="disruptive", source="Compute API: reboot server")
def test_soft_reboot(
    server: Server,
    subject: str,
    guest: Guest,
    cloud: CloudHandle,
    outside: Outside,
    memory: dict[Any, Any],
    eventually: Eventually,
    observe: Observe,
    evidence: Callable[[str], None],
) -> None:
    """The server comes back from a soft reboot, and has really been rebooted.

    Process 1 of the guest must have started after the request, by the guest's own clock. Where nobody can log in any more (which is then
    for another check to explain), the console log must show a boot that was not there before.
    """
    before = look(guest.shell)
    boot_before = console.last_begin(console_text(cloud.sdk, server) or "")
    memory["nics before reboot", subject] = api.nics(cloud.sdk, server.id)
    memory["guest's addresses before reboot", subject] = before.addresses
    guest.shell.close()
    start = time.monotonic()
    api.reboot(cloud.sdk, server.id)
    new_boot: list[float] = []

    def back() -> str:
        view = view_if_open(guest, outside, server, 1.0)
        if view and view.init_started > before.init_started + CLOCK_S:
            expect(view.init_started >= before.now - CLOCK_S, expected="process 1 started after the request", seen="before it")
            return "login"
        if not view and console.last_begin(console_text(cloud.sdk, server) or "") not in ("", boot_before):
            new_boot.append(time.monotonic())
            if new_boot[-1] - new_boot[0] > _PATIENCE_S:
                return "console"
        seen = "process 1 is that of before" if view else f"port 22: {answers(outside, server, 1.0)}"
        raise AssertionError(f"{seen}; {api.state(cloud.sdk, server.id)}")

    channel = eventually("the server is back from its reboot", back, 240)
    seconds = time.monotonic() - start
    if channel == "login":
        observe("lifecycle.soft-reboot", round(seconds, 1), "s")
    else:
        evidence("the console log shows a new boot; nobody can log in")
    eventually("the server is ACTIVE again", lambda: api.state(cloud.sdk, server.id), 60, until=lambda state: state.status == "ACTIVE")
