"""Quirks: known defects, injected from outside into the real services of a running lab cloud.

One file a quirk, found by its name. The module's docstring says what is broken; besides it has::

    CHECK, FACET    the check that must fail because of it, and the facet that is blamed
    WORKLOAD        the workload on which it shows
    fits(spec)      whether a cloud of this kind can have it
    apply(cloud)    break it
    remove(cloud)   mend it; harmless where it was never broken

A quirk that needs a process of its own starts it with :func:`haunt` and ends it with :func:`exorcise`; one that meddles with a
service's process uses :func:`signal` and :func:`restart`; one that opens what security groups close uses :func:`let_in`, one that
closes what they open :func:`keep_out`, and both :func:`as_before`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from pkgutil import iter_modules
from typing import NoReturn

from harness.errors import LabError
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec
from harness.lab.services import Service, identity, services_of
from harness.lab.supervisor import Supervisor

__all__ = [
    "Quirk",
    "applied",
    "apply",
    "as_before",
    "broken",
    "exorcise",
    "find",
    "haunt",
    "keep_out",
    "let_in",
    "refuse",
    "remove",
    "require",
    "restart",
    "signal",
]

EVERY_PORT = "neutron_pg_drop"
"""Neutron's port group of all ports that have port security; its ACLs drop what no rule allows (at priority 1000)."""


@dataclass(frozen=True)
class Quirk:
    """One quirk as its file describes it."""

    name: str
    title: str
    check: str
    facet: str
    workload: str
    fits: Callable[[CloudSpec], bool]
    apply: Callable[[Cloud], None]
    remove: Callable[[Cloud], None]


def find() -> dict[str, Quirk]:
    """Every quirk there is, by name."""
    return {name: _load(name) for name in sorted(module.name.replace("_", "-") for module in iter_modules(__path__))}


def _load(name: str) -> Quirk:
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    title = (getdoc(module) or "").splitlines()[0].rstrip(".")
    return Quirk(name, title, module.CHECK, module.FACET, module.WORKLOAD, module.fits, module.apply, module.remove)


def require(name: str) -> Quirk:
    """The quirk called ``name``; LabError where there is none."""
    quirks = find()
    if name not in quirks:
        raise LabError(f"there is no quirk {name!r}", mend=f"choose one of {', '.join(quirks)}")
    return quirks[name]


def refuse(name: str, spec: CloudSpec) -> NoReturn:
    """Raise LabError: a cloud of this kind cannot have the quirk."""
    raise LabError(f"the quirk {name!r} makes no sense on {spec.name}: {spec.title}", mend="choose another cloud with --cloud")


def apply(name: str, cloud: Cloud) -> Quirk:
    """Break ``cloud`` in the way called ``name``, and remember it; once more where it was broken so before and may have healed.

    Raises:
        LabError: no such quirk, or this cloud cannot have it.
    """
    quirk = require(name)
    if not quirk.fits(cloud.spec):
        refuse(name, cloud.spec)
    remove(name, cloud)
    _remember(cloud, [*applied(cloud), name])
    quirk.apply(cloud)
    return quirk


def remove(name: str, cloud: Cloud) -> None:
    """Mend what :func:`apply` broke; LabError where there is no such quirk."""
    quirk = require(name)
    if name in applied(cloud):
        quirk.remove(cloud)
        _remember(cloud, [each for each in applied(cloud) if each != name])


def applied(cloud: Cloud) -> list[str]:
    """The quirks that ``cloud`` has now."""
    note = cloud.folder / "run/quirks"
    return note.read_text(encoding="utf-8").split() if note.exists() else []


def broken(bundle: Bundle) -> dict[str, list[str]]:
    """The clouds of a lab that have each quirk now, by the quirk's name."""
    found: dict[str, list[str]] = {}
    for cloud in Cloud.all_of(bundle):
        for name in applied(cloud):
            found.setdefault(name, []).append(cloud.name)
    return found


def _remember(cloud: Cloud, names: list[str]) -> None:
    (cloud.folder / "run/quirks").write_text(" ".join(names), encoding="utf-8")


def haunt(cloud: Cloud, name: str, script: str) -> None:
    """Start a Python script of a quirk's inside the lab, where it stays until :func:`exorcise`."""
    command = ["/usr/bin/python3", "-u", "-c", script]
    pid = cloud.bundle.start(command, env=cloud.switch_environment, log=cloud.folder / f"log/quirk-{name}.log")
    _note(cloud, name).write_text(identity(cloud.bundle, pid), encoding="ascii")


def exorcise(cloud: Cloud, name: str) -> None:
    """End what :func:`haunt` started."""
    note = _note(cloud, name)
    if not note.exists():
        return
    process = note.read_text(encoding="ascii")
    pid = process.partition(" ")[0]
    if process and identity(cloud.bundle, int(pid)) == process:
        cloud.bundle.run(["kill", pid], check=False)
    note.unlink()


def _note(cloud: Cloud, name: str) -> Path:
    """Where the process of a quirk is written down."""
    return cloud.folder / f"run/quirk-{name}.pid"


def let_in(cloud: Cloud, traffic: str) -> None:
    """Let ``traffic``, a match of OVN's, through to every server, by an ACL above those that Neutron wrote."""
    cloud.nbctl("--type=port-group", "--may-exist", "acl-add", *_above_all(traffic), "allow-related")


def keep_out(cloud: Cloud, traffic: str) -> None:
    """Drop ``traffic``, a match of OVN's, on its way to any server, whatever Neutron wrote."""
    cloud.nbctl("--type=port-group", "--may-exist", "acl-add", *_above_all(traffic), "drop")


def as_before(cloud: Cloud, traffic: str) -> None:
    """Take back what :func:`let_in` or :func:`keep_out` did."""
    cloud.nbctl("--type=port-group", "acl-del", *_above_all(traffic))


def _above_all(traffic: str) -> tuple[str, ...]:
    return EVERY_PORT, "to-lport", "2000", f"outport == @{EVERY_PORT} && {traffic}"


def signal(cloud: Cloud, service: str, name: str) -> None:
    """Send a signal, by its name such as ``STOP``, to the process of one of the cloud's services."""
    pid = _supervisor(cloud).pid(_service(cloud, service))
    if not pid:
        raise LabError(f"{cloud.name}: {service} does not run", mend="heal the lab with `interop lab up`")
    cloud.bundle.run(["kill", f"-{name}", str(pid)])


def restart(cloud: Cloud, service: str) -> None:
    """Start one of the cloud's services again, where it does not run."""
    supervisor, wanted = _supervisor(cloud), _service(cloud, service)
    if not supervisor.pid(wanted):
        supervisor.start([wanted])


def _service(cloud: Cloud, name: str) -> Service:
    return next(each for each in services_of(cloud) if each.name == name)


def _supervisor(cloud: Cloud) -> Supervisor:
    return Supervisor(cloud.bundle, cloud.bundle.lab / "ca/ca.pem")
