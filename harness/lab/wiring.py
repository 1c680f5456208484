"""The wires of a cloud: its network namespace, its switch's databases and bridges, and the way to the outside."""

from __future__ import annotations

from harness.lab.cloud import Cloud
from harness.lab.config.neutron import PHYSICAL_NETWORK

__all__ = ["ROUTER", "connect_outside", "make_databases", "make_namespace", "set_up_switch"]

INNER = "outside0"
"""The cloud's end of the wire to the outside."""

ROUTER = 10
"""The number among the wire's IPv6 addresses of the ready network's router, behind which are the servers'."""


def outer_interface(cloud: Cloud) -> str:
    """The outside's end; it has the gateway's and the API's address."""
    return f"to-{cloud.name}"


def make_namespace(cloud: Cloud) -> None:
    """The network namespace that holds all of the cloud's wires; does nothing twice."""
    script = f"ip netns list | grep -qw {cloud.name} || ip netns add {cloud.name}; ip -n {cloud.name} link set lo up"
    cloud.bundle.run(["sh", "-ec", script])


def make_databases(cloud: Cloud) -> None:
    """Empty databases for Open vSwitch and OVN; those that exist stay."""
    schemas = {"conf": "openvswitch/vswitch", "ovnnb": "ovn/ovn-nb", "ovnsb": "ovn/ovn-sb"}
    files = {f"{cloud.home}/ovs/{name}.db": f"/usr/share/{schema}.ovsschema" for name, schema in schemas.items()}
    cloud.bundle.run(["sh", "-ec", "\n".join(f"test -s {file} || ovsdb-tool create {file} {schema}" for file, schema in files.items())])


def set_up_switch(cloud: Cloud) -> None:
    """Who this chassis is, and its two bridges; the OVSDB server must answer."""
    ids = {
        "system-id": cloud.spec.host,
        "hostname": cloud.spec.host,
        "ovn-remote": cloud.site.ovsdb,
        "ovn-encap-type": "geneve",
        "ovn-encap-ip": "127.0.0.1",
        "ovn-bridge-datapath-type": "netdev",
        "ovn-bridge-mappings": f"{PHYSICAL_NETWORK}:br-ex",
        "ovn-cms-options": "enable-chassis-as-gw",
        "ovn-monitor-all": "true",
    }
    settings = [f'external_ids:{key}="{value}"' for key, value in ids.items()]
    threads = ["other_config:n-handler-threads=1", "other_config:n-revalidator-threads=1"]
    bridges = [f"--may-exist add-br {name} -- set bridge {name} datapath_type=netdev".split() for name in ("br-int", "br-ex")]
    secure = ["set", "bridge", "br-int", "fail-mode=secure"]
    cloud.vsctl(
        "--no-wait", "init", "--", "set", "open_vswitch", ".", *settings, *threads, "--", *bridges[0], "--", *secure, "--", *bridges[1]
    )
    cloud.nbctl("init")
    cloud.sbctl("init")


def connect_outside(cloud: Cloud) -> None:
    """A wire from the outside to the cloud's ``br-ex``, with the addresses of gateway and API; does nothing twice."""
    outer, spec = outer_interface(cloud), cloud.spec
    ipv6 = (
        f"""
              ip address add {spec.wire6[1]}/64 dev {outer} nodad
              ip route add {spec.servers6} via {spec.wire6[ROUTER]} dev {outer}"""
        if spec.wire6
        else ""
    )
    cloud.bundle.run(
        [
            "sh",
            "-ec",
            f"""
            if ! ip link show {outer} >/dev/null 2>&1; then
              ip link add {outer} type veth peer name {INNER} netns {cloud.name}
              ethtool -K {outer} tx off >/dev/null
              ip address add {spec.gateway}/{spec.outside.prefixlen} dev {outer}
              ip address add {spec.api_address}/{spec.outside.prefixlen} dev {outer}
              ip link set {outer} up{ipv6}
              ip -n {cloud.name} link set {INNER} addrgenmode none up
            fi
            """,
        ]
    )
    cloud.vsctl("--no-wait", "--may-exist", "add-port", "br-ex", INNER)
