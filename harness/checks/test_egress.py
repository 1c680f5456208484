from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from ipaddress import ip_address

import pytest

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle
from harness.checks.waiting import Eventually
from harness.errors import Unsupported
from harness.model import Server
from harness.probes import api
from harness.probes.inside_view import GuestView, fetch_package, package_hosts
from harness.probes.ssh import Guest

_PROMPT_S = 4.0
"""A resolver that says no says it sooner; the C library gives up on a silent one after five seconds, or later."""


@check("egress.names-resolve", facet="egress", needs=["addresses.three-ways"], source="interop-workloads f14020a: proxies and mirrors")
def test_names_resolve(
    server: Server,
    guest: Guest,
    view: GuestView,
    cloud: CloudHandle,
    eventually: Eventually,
    observe: Observe,
    evidence: Callable[[str], None],
) -> None:
    """The guest resolves a name: that of the host that its own package sources name."""
    host = next((each for each in _hosts(guest) if not _is_address(each)), "")
    if not host:
        pytest.skip("the guest's package sources name no host")
    given = {each for nic in api.nics(cloud.sdk, server.id) for each in api.resolvers(cloud.sdk, nic.network)}
    observe("egress.resolvers", len(view.resolvers))
    start = time.monotonic()

    def resolved() -> bool:
        asked = time.monotonic()
        result = guest.shell.run(f"timeout 15 getent ahosts {shlex.quote(host)}", limit_s=30)
        waited = time.monotonic() - asked
        expect(result.rc == 0, expected=f"{host} resolves", seen=f"no answer in {waited:.0f} s" if waited > _PROMPT_S else "no such name")
        return True

    try:
        eventually(f"{host} resolves", resolved, 12, every_s=1)
    except AssertionError:
        evidence(f"the guest asks {', '.join(view.resolvers) or 'nobody'}; its networks name {', '.join(sorted(given)) or 'nobody'}")
        raise
    observe("egress.resolve", round((time.monotonic() - start) * 1000), "ms")


@check("egress.package", facet="egress", needs=["egress.names-resolve"], source="interop-workloads d856841: packages from far mirrors")
def test_package(guest: Guest, eventually: Eventually, observe: Observe) -> None:
    """The guest fetches a package from its own package sources, whole by the digest in their index."""
    if not guest.exists("apt-get"):
        raise Unsupported("the image has no apt, and this check knows no other way to a package")

    def fetched() -> float:
        start = time.monotonic()
        found = fetch_package(guest.shell, 120)
        if not found.followed:
            pytest.skip(f"the guest's package sources are of a kind that this check cannot follow: {found.error}")
        expect(not found.error, expected="a package from the guest's own sources", seen=found.error)
        return time.monotonic() - start

    observe("egress.package", round(eventually("a package is fetched", fetched, 30, every_s=2), 1), "s")


def _hosts(guest: Guest) -> tuple[str, ...]:
    return package_hosts(guest.shell) if guest.exists("apt-get") else ()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
