"""Names for programs that are let into a bundle: its own resolver, on the loopback address of the outside.

Each cloud's servers have a resolver on their gateway; this one is for clients that came in with ``interop lab exec``. It knows
what the clouds publish, and says at once that there is nothing else, since waiting for an answer costs 40 seconds a boot.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping

from harness.lab.apt import Apt
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.egress import serve_packages

__all__ = ["ADDRESS", "PACKAGES", "configuration", "offer_names", "publish", "start"]

ADDRESS = "127.0.0.1"
PACKAGES = "packages.lab"
_HOME = "/lab/resolver"
_COMMAND = ["dnsmasq", "--keep-in-foreground", f"--conf-file={_HOME}/dnsmasq.conf"]


def start(bundle: Bundle, package_hosts: Iterable[str]) -> None:
    """Start the resolver and the package proxy that its answers lead to; nothing to do where they run."""
    serve_packages(bundle, ADDRESS)
    if any(process.command == _COMMAND for process in bundle.processes()):
        return
    home = bundle.lab / "resolver"
    shutil.rmtree(home, ignore_errors=True)
    (home / "hosts").mkdir(parents=True)
    (home / "dnsmasq.conf").write_text(configuration(), encoding="utf-8")
    publish(bundle, "packages", dict.fromkeys([PACKAGES, *(host.partition(":")[0] for host in package_hosts)], ADDRESS))
    bundle.start(_COMMAND, log=home / "log")


def offer_names(bundle: Bundle) -> None:
    """Make the names of all clouds of the lab known to programs that are let in."""
    start(bundle, Apt.read().hosts)
    publish(bundle, "clouds", {f"api.{cloud.name}.lab": str(cloud.spec.api_address) for cloud in Cloud.all_of(bundle)})


def publish(bundle: Bundle, owner: str, names: Mapping[str, str]) -> None:
    """Make names known with their addresses, in place of what ``owner`` published before."""
    text = "".join(f"{address} {name}\n" for name, address in names.items())
    (bundle.lab / "resolver/hosts" / owner).write_text(text, encoding="utf-8")


def configuration() -> str:
    """dnsmasq's configuration: names from the folder that is watched, and NXDOMAIN for all others."""
    lines = [
        f"listen-address={ADDRESS}",
        "bind-interfaces",
        "user=root",
        "no-resolv",
        "no-hosts",
        "no-poll",
        f"hostsdir={_HOME}/hosts",
        f"pid-file={_HOME}/pid",
        "address=/#/",
    ]
    return "".join(f"{line}\n" for line in lines)
