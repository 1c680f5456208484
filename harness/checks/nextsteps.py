"""The next command to try after a verdict that is no pass, by the facet that it belongs to."""

from __future__ import annotations

from harness.checks.marks import Spec
from harness.model import Facet, Server
from harness.probes.ssh import Login

_CONSOLE = "openstack --os-cloud {cloud} console log show {id}"
_SHOW = "openstack --os-cloud {cloud} server show {id}"
_PORTS = "openstack --os-cloud {cloud} port list --server {id} --long"
_RULES = "openstack --os-cloud {cloud} security group rule list --ingress --long"
_LOGIN = "{login}"

_STEPS = {
    Facet.BOOT: _CONSOLE,
    Facet.INITIALISATION: _CONSOLE,
    Facet.ADDRESSES: _PORTS,
    Facet.REACHABILITY: _PORTS,
    Facet.SECURITY_GROUPS: _RULES,
    Facet.EGRESS: "{login} cat /etc/resolv.conf",
    Facet.LIFECYCLE: "openstack --os-cloud {cloud} server event list {id}",
    Facet.APPLICATION: _LOGIN,
    Facet.TEARDOWN: "interop sweep --cloud {cloud}",
}
_OF_THE_CLOUD = {Facet.TEARDOWN, Facet.SECURITY_GROUPS}


def next_step(spec: Spec, cloud: str, server: Server | None, private_key: str) -> str:
    """A command that shows more about what ``spec`` looked at; empty when there is no server that it could be about."""
    step = _STEPS.get(Facet(spec.facet), _SHOW)
    if server is None:
        return step.format(cloud=cloud) if spec.facet in _OF_THE_CLOUD else ""
    login = Login(server.login_user, server.address, private_key).command if server.address else _CONSOLE.format(cloud=cloud, id=server.id)
    return step.format(cloud=cloud, id=server.id, login=login)
