from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable

import pytest

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle
from harness.checks.waiting import Eventually
from harness.errors import Unsupported
from harness.model import Server
from harness.probes import api
from harness.probes.inside_view import look
from harness.probes.ssh import Guest

_HOST = re.compile(r"\w+://([^/:\s]+)")
_PACKAGE = "hello"
_LISTS_OF_ITS_OWN = "-o Dir::State::lists=$PWD/lists -o Dir::Cache=$PWD/cache -o Debug::NoLocking=1 -o Acquire::Languages=none"
_DOWNLOAD = f"""
cd "$(mktemp -d)" && trap 'rm -rf "$PWD"' EXIT && exec 2>&1
options="-q -o Acquire::Retries=1 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15"
if ! apt-get $options download {_PACKAGE}; then
  mkdir -p lists/partial cache/archives/partial
  apt-get $options {_LISTS_OF_ITS_OWN} update && apt-get $options {_LISTS_OF_ITS_OWN} download {_PACKAGE} || exit 1
fi
dpkg-deb --field {_PACKAGE}_*.deb Package Version
"""


@check("egress.names-resolve", facet="egress", needs=["addresses.three-ways"], source="interop-workloads f14020a: proxies and mirrors")
def test_names_resolve(
    server: Server, guest: Guest, cloud: CloudHandle, eventually: Eventually, observe: Observe, evidence: Callable[[str], None]
) -> None:
    """The guest resolves a name: that of the host that its own package sources name."""
    host = _package_host(guest)
    if not host:
        pytest.skip("the guest's package sources name no host")
    view = look(guest.shell)
    given = {each for nic in api.nics(cloud.sdk, server.id) for each in api.resolvers(cloud.sdk, nic.network)}
    observe("egress.resolvers", len(view.resolvers))
    start = time.monotonic()

    def resolved() -> bool:
        result = guest.shell.run(f"timeout 15 getent ahosts {shlex.quote(host)}", limit_s=30)
        expect(
            result.rc == 0,
            expected=f"{host} resolves",
            seen=f"no answer after {time.monotonic() - start:.1f} s" if result.rc == 124 else "no such name",
        )
        return True

    try:
        eventually(f"{host} resolves", resolved, 12, every_s=1)
    except AssertionError:
        evidence(f"the guest asks {', '.join(view.resolvers) or 'nobody'}; its networks name {', '.join(sorted(given)) or 'nobody'}")
        raise
    observe("egress.resolve", round((time.monotonic() - start) * 1000), "ms")


@check("egress.package", facet="egress", needs=["egress.names-resolve"], source="interop-workloads d856841: packages from far mirrors")
def test_package(guest: Guest, eventually: Eventually, observe: Observe) -> None:
    """The guest fetches a package from its own package sources, in a folder that is removed again."""
    if not guest.exists("apt-get"):
        raise Unsupported("the image has no apt, and this check knows no other way to a package")

    def fetched() -> float:
        start = time.monotonic()
        result = guest.shell.run(_DOWNLOAD, limit_s=120)
        expect(result.rc == 0, expected=f"the package {_PACKAGE}", seen=" / ".join(result.stdout.strip().splitlines()[-3:]))
        return time.monotonic() - start

    observe("egress.package", round(eventually(f"the package {_PACKAGE} is fetched", fetched, 30, every_s=2), 1), "s")


def _package_host(guest: Guest) -> str:
    sites = guest.shell.run(
        "apt-get indextargets --format '$(SITE)' 2>/dev/null || grep -rhoE '(baseurl|metalink|mirrorlist)=\\S+' /etc/yum.repos.d"
    )
    found = _HOST.search(sites.stdout)
    return found[1] if found else ""
