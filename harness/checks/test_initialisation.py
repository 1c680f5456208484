from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.checks import check, does_not_apply, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle, Scene
from harness.checks.sight import answers, console_text
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault, Unsupported
from harness.manifest.finding import CHECKS, LEFT_BEHIND
from harness.model import CellPlan, Deployment, Server
from harness.probes import console
from harness.probes.inside_view import GuestView
from harness.probes.outside import Outside
from harness.probes.ssh import Door, Guest, fresh_key, try_login

_RAN = "/var/lib/interop/user-data.ran"
_SOURCE = re.compile(r"DataSource(\w+)")
_NOBODY = ("None", "Fallback")
_KINDS = {"OpenStack": "metadata", "OpenStackLocal": "metadata", "Ec2": "metadata", "Ec2Local": "metadata", "ConfigDrive": "config-drive"}
_TELLING = re.compile(r"datasource|metadata|url_helper|169\.254\.169\.254|config.?drive", re.IGNORECASE)


@check(
    "initialisation.datasource",
    facet="initialisation",
    needs=["addresses.fixed-in-guest"],
    source="interop-workloads ad24dc3 and lessons learnt: metadata service absent, config drive needed",
)
def test_datasource(
    server: Server,
    cloud: CloudHandle,
    deployment: Deployment,
    outside: Outside,
    guest_of: Callable[[Server], Guest],
    observe: Observe,
    evidence: Callable[[str], None],
) -> None:
    """cloud-init got its data from somewhere: the metadata service or a config drive.

    Where from is recorded. It is read from cloud-init's last word in the console log, which needs no login; where that is not there, from
    its result inside the server. A server that found nobody to ask boots, and lets nobody in.
    """
    text = console_text(cloud.sdk, server) or ""
    said = console.finished(text)
    source = said.source if said else _from_inside(guest_of, outside, server)
    if not source and not text:
        pytest.skip("neither a login nor the console log shows where cloud-init got its data")
    for line in [each for each in console.last_boot(text).splitlines() if _TELLING.search(each)][-3:]:
        evidence(line.strip())
    found = _SOURCE.match(source)
    expect(
        found and found[1] not in _NOBODY,
        expected=f"data from {_asked_for(deployment)}",
        seen=source or "a finished boot without a word of cloud-init, which switches itself off where it finds no data",
    )
    name = found[1] if found else ""
    observe("initialisation.datasource", _KINDS.get(name, name))


@check(
    "initialisation.ssh-key", facet="initialisation", needs=["reachability.full-size-packets"], source="interop-workloads 5d93cf8: ssh user"
)
def test_ssh_key(
    server: Server, scene: Scene, cloud: CloudHandle, eventually: Eventually, observe: Observe, evidence: Callable[[str], None]
) -> None:
    """The key pair that was named when the server was created lets its login user in."""
    login = scene.login(server)

    def door() -> Door:
        door, words = try_login(login)
        expect(door is Door.IN, expected="let in", seen=words or str(door))
        return door

    try:
        eventually(f"the key lets {server.login_user} in", door, 20, every_s=2)
    except AssertionError:
        lacking = console.lacks_keys(console_text(cloud.sdk, server) or "")
        evidence(f"console: cloud-init found no key for {lacking}" if lacking else "console: no word about a missing key")
        raise
    observe("initialisation.login-user", server.login_user)


@check("initialisation.wrong-key", facet="initialisation", needs=["initialisation.ssh-key"], source="a door that lets everybody in is none")
def test_wrong_key(server: Server, scene: Scene, tmp_path: Path) -> None:
    """A key that nobody knows is refused, while the port answers and the right key lets in."""
    door, words = try_login(replace(scene.login(server), private_key=str(fresh_key(tmp_path))))
    if door not in (Door.IN, Door.DENIED):
        raise HarnessFault(f"neither let in nor refused: {words}")
    expect(door is Door.DENIED, expected="a fresh key is refused", seen="it was let in")


@check("initialisation.user-data", facet="initialisation", needs=["addresses.three-ways"], source="interop-workloads ad24dc3: user-data")
def test_user_data(guest: Guest, plan: CellPlan, subject: str, memory: dict[Any, Any], observe: Observe) -> None:
    """User-data ran exactly once: the file that it adds a line to has one line.

    It does so only where the workload has it: where no file of the payload names /var/lib/interop/user-data.ran, the check does not apply.
    """
    _only_where_asked(plan)
    runs = _runs(guest)
    observe("initialisation.user-data-runs", len(runs))
    expect(len(runs) == 1, expected="1 run of user-data", seen=f"{len(runs)} runs")
    memory["user-data before reboot", subject] = runs


@check(
    "initialisation.user-data-after-reboot",
    facet="initialisation",
    needs=["initialisation.user-data", "addresses.unchanged-after-reboot"],
    phase="disruptive",
    source="cloud-init documentation: first boot determination",
)
def test_user_data_after_reboot(guest: Guest, plan: CellPlan, subject: str, memory: dict[Any, Any], observe: Observe) -> None:
    """User-data did not run again at the reboot: the guest still takes itself for the same instance, and its disk is that of before.

    The line that the first run wrote, which has its date, must still be the only one; a disk that was reset has another.
    """
    _only_where_asked(plan)
    before: list[str] | None = memory.get(("user-data before reboot", subject))
    if before is None:
        pytest.skip("nobody looked at what user-data had written before the reboot")
    runs = _runs(guest)
    observe("initialisation.user-data-runs-after-reboot", len(runs))
    expect(len(runs) == 1, expected="1 run of user-data", seen=f"{len(runs)} runs")
    expect(
        runs == before,
        expected=f"the disk of before the reboot, where user-data ran at {' / '.join(before)}",
        seen=f"one where it ran at {' / '.join(runs)}",
    )


@check("initialisation.hostname", facet="initialisation", needs=["addresses.three-ways"], source="Compute API guide: metadata, hostname")
def test_hostname(server: Server, view: GuestView, observe: Observe) -> None:
    """The guest's host name is the server's name, as far as a host name can be; a domain after it is recorded, and allowed."""
    seen = view.hostname
    observe("initialisation.hostname-has-domain", "." in seen)
    expected = _host_name(server.name)
    expect(seen.partition(".")[0] == expected, expected=expected, seen=seen)


def _only_where_asked(plan: CellPlan) -> None:
    """End the check where the workload's payload never asks for what the check would look at."""
    folder = Path(plan.workload_folder)
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there, to tell whether user-data was to write to {_RAN}")
    payload = (each for each in folder.rglob("*") if each.is_file() and _counts(each.relative_to(folder).parts))
    if not any(_RAN.encode() in each.read_bytes() for each in payload):
        does_not_apply(f"no file of the workload has user-data write to {_RAN}")


def _counts(parts: tuple[str, ...]) -> bool:
    """Whether a file is the payload's own: checks ask for the record, and tools leave copies, without having it written."""
    return parts[0] != CHECKS and not set(parts) & set(LEFT_BEHIND)


def _runs(guest: Guest) -> list[str]:
    """What each run of user-data wrote: its date."""
    return guest.shell.run(f"cat {_RAN}").stdout.splitlines()


def _host_name(name: str) -> str:
    """What Nova makes of a server's name."""
    words = re.sub(r"[^\w.-]+", "", re.sub(r"[ _]", "-", name)).lower().strip(".-")
    return words[:63].partition(".")[0]


def _asked_for(deployment: Deployment) -> str:
    return {"config-drive": "a config drive", "metadata": "the metadata service"}.get(
        deployment.branches.get("initialisation", ""), "the cloud"
    )


def _from_inside(guest_of: Callable[[Server], Guest], outside: Outside, server: Server) -> str:
    """cloud-init's own result; empty when nobody can log in or cloud-init did nothing."""
    if answers(outside, server) != "open":
        return ""
    try:
        shell = guest_of(server).shell
        if shell.run("command -v cloud-init").rc != 0:
            raise Unsupported("the image has no cloud-init")
        found = _SOURCE.search(shell.run("cat /run/cloud-init/result.json").stdout)
    except HarnessFault:
        return ""
    return found[0] if found else ""
