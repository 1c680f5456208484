from __future__ import annotations

from collections.abc import Callable

import pytest
from openstack.exceptions import HttpException

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.ladder import Ladder
from harness.checks.scene import CloudHandle, Scene
from harness.checks.sight import age, answers, console_text
from harness.checks.waiting import Eventually
from harness.clouds.sorting import sort_text
from harness.errors import HarnessFault, NoCapacity, QuotaReached
from harness.model import Server
from harness.probes import api, console
from harness.probes.outside import Outside
from harness.probes.ssh import Guest

_DONE = """
if command -v cloud-init > /dev/null; then test -e /run/cloud-init/result.json || test -e /run/cloud-init/disabled
else systemctl is-system-running | grep -qE 'running|degraded'; fi
"""


@check("boot.active", facet="boot", source="interop-workloads lessons learnt: Provisioning")
def test_active(
    server: Server,
    subject: str,
    scene: Scene,
    cloud: CloudHandle,
    eventually: Eventually,
    observe: Observe,
    ladder: Ladder,
    evidence: Callable[[str], None],
) -> None:
    """The server reaches ACTIVE.

    The API is asked until it says ACTIVE or ERROR, at most 180 s after the server was accepted where the workload sets no limit. A server
    in ERROR for want of room or quota says nothing about the cloud's behaviour, and gets that verdict.
    """
    since = age(api.state(cloud.sdk, server.id), scene.context.deploy_began)
    state = eventually(
        "the server is ACTIVE",
        lambda: api.state(cloud.sdk, server.id),
        180,
        until=lambda seen: seen.status in ("ACTIVE", "ERROR"),
        since=since,
    )
    if state.fault:
        evidence(state.fault)
        reason = sort_text(state.fault)
        if isinstance(reason, NoCapacity | QuotaReached):
            raise reason
    expect(state.status == "ACTIVE", expected="ACTIVE", seen=state, next_step=f"openstack --os-cloud {cloud.name} server show {server.id}")
    ladder.reached(subject, "accepted", 0)
    if state.created and state.launched >= state.created:
        observe("boot.to_active", round(state.launched - state.created, 1), "s")
        ladder.reached(subject, "active", state.launched - state.created)


@check("boot.console", facet="boot", needs=["boot.active"], source="guideline 2020.06 has no test of it")
def test_console(server: Server, cloud: CloudHandle, eventually: Eventually, observe: Observe) -> None:
    """The console log of a server has output.

    It is the only channel to a server that nobody can log in to. A cloud that gives none is recorded as not offering it.
    """

    def output() -> str:
        try:
            return api.console(cloud.sdk, server.id).strip()
        except HttpException as error:
            # that the API breaks down over it is the cloud's own doing; anything else is sorted as ever
            expect((error.status_code or 0) < 500, expected="a console log", seen=f"{error} (request {error.request_id or 'unknown'})")
            raise

    text = eventually("the console log has output", output, 60, every_s=2)
    observe("boot.console", len(text), "bytes of console")


@check("boot.first-boot-finishes", facet="boot", needs=["boot.active"], source="interop-workloads 77439ae: wait for cloud-init's result")
def test_first_boot_finishes(
    server: Server,
    scene: Scene,
    cloud: CloudHandle,
    outside: Outside,
    guest_of: Callable[[Server], Guest],
    eventually: Eventually,
    evidence: Callable[[str], None],
) -> None:
    """The first boot comes to its end.

    The console log is looked at for cloud-init's last word, or for a login prompt where cloud-init never spoke; where the log does not
    tell, a login is tried. At most 600 s after the server was accepted where the workload sets no limit. Where the cloud gives no console
    log and nobody answers, nothing is known of the boot.
    """
    since = age(api.state(cloud.sdk, server.id), scene.context.deploy_began)
    texts: list[str | None] = []

    def seen_by() -> str:
        texts.append(console_text(cloud.sdk, server))
        if texts[-1] and console.is_up(texts[-1]):
            return "console"
        door = answers(outside, server)
        expect(
            door == "open" and _is_done(guest_of(server)),
            expected="the end of the boot",
            seen=f"console: {_words(texts[-1])}; port 22: {door}",
        )
        return "login"

    try:
        evidence(f"seen by {eventually('the first boot finishes', seen_by, 600, every_s=2, since=since)}")
    except AssertionError:
        if texts[-1] is None and answers(outside, server) != "open":
            pytest.skip("neither a login nor a console log shows the boot")
        raise
    finally:
        done = console.finished(texts[-1]) if texts and texts[-1] else None
        evidence(
            f"cloud-init {done.version} finished at {done.when}, from {done.source}"
            if done
            else f"console: {_words(texts[-1] if texts else None)}"
        )


def _is_done(guest: Guest) -> bool:
    try:
        return guest.shell.run(_DONE).rc == 0
    except HarnessFault:
        return False


def _words(text: str | None) -> str:
    if text is None:
        return "not offered"
    return f"ends with {' / '.join(console.tail(text, 2))!r}" if text.strip() else "empty"
