"""A server starts in a bundle straight from the guest image: with this machine's control groups, and with version 2 alone.

What needs controllers of version 2 (limits of memory, processors and processes) can be tried only where the machine's own
hierarchy has them: here, on a machine that binds them to version 1, it is not.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from harness.lab.apt import Apt
from harness.lab.bundle import Bundle
from harness.lab.config.fronts import PACKAGES
from harness.lab.egress import serve_packages
from harness.lab.guest_image import PLAIN, image_name
from harness.lab.install import install
from harness.lab.paths import Cache

from .traces import Traces

GATEWAY, ADDRESS, MAC = "203.0.113.1", "203.0.113.5", "02:00:00:00:00:05"
DISK = f"""
rm -rf /lab/server && mkdir -p /lab/server/{{base,upper,work,rootfs}}
qemu-img convert -O raw /images/{image_name(PLAIN)}.qcow2 /lab/server/image.raw
mount -o loop,ro /lab/server/image.raw /lab/server/base
mount -t overlay server -o lowerdir=/lab/server/base,upperdir=/lab/server/upper,workdir=/lab/server/work /lab/server/rootfs
ip netns add server
ip link add gateway type veth peer name eth0 netns server
ip addr add {GATEWAY}/24 dev gateway && ip link set gateway up
ip -n server link set lo up && ip -n server link set eth0 address {MAC}
"""
CONFIGURATION = """\
lxc.uts.name = server
lxc.rootfs.path = dir:/lab/server/rootfs
lxc.namespace.keep = net user
lxc.net.0.type = none
lxc.mount.auto = proc:rw sys:rw cgroup:rw:force
lxc.mount.entry = /lab/drive config-drive none ro,bind,create=dir 0 0
lxc.apparmor.profile = unconfined
lxc.cap.drop =
lxc.tty.max = 0
lxc.pty.max = 1024
lxc.signal.halt = SIGRTMIN+3
lxc.autodev = 1
lxc.console.logfile = /lab/server/console
"""
DEVICES = ("c 1:* rwm", "c 5:* rwm", "c 136:* rwm")
"""What a server may open: null and its like, terminals."""


@pytest.fixture(params=[False, True], ids=["this machine's groups", "version 2 alone"])
def bundle(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bundle]:
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(tmp_path))
    install(Cache.default(), Console(stderr=True))
    bundle = Bundle("t-server")
    bundle.up(unified_only=request.param)
    try:
        yield bundle
    finally:
        bundle.down()


def configure(bundle: Bundle, *, unified: bool) -> None:
    """LXC's configuration, and a config drive as Nova makes it."""
    key = "cgroup2" if unified else "cgroup"
    devices = [f"lxc.{key}.devices.deny = a", *(f"lxc.{key}.devices.allow = {device}" for device in DEVICES)]
    (bundle.lab / "server/config").write_text(CONFIGURATION + "\n".join(devices) + "\n", encoding="utf-8")
    secret = bundle.lab / "key"
    for file in (secret, secret.with_suffix(".pub")):
        file.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(secret)], check=True)
    public = secret.with_suffix(".pub").read_text(encoding="ascii")
    drive = bundle.lab / "drive/openstack/2018-08-27"
    drive.mkdir(parents=True, exist_ok=True)
    link = {"id": "eth0", "type": "phy", "ethernet_mac_address": MAC, "mtu": 1442}
    route = {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": GATEWAY}  # noqa: S104  # the default route
    network = {"id": "net", "type": "ipv4", "link": "eth0", "ip_address": ADDRESS, "netmask": "255.255.255.0", "routes": [route]}
    files = {
        "meta_data.json": {"uuid": f"{time.time_ns()}", "hostname": "web-1", "public_keys": {"mine": public}},
        "network_data.json": {"links": [link], "networks": [network], "services": [{"type": "dns", "address": GATEWAY}]},
    }
    for name, content in files.items():
        (drive / name).write_text(json.dumps(content), encoding="utf-8")
    (drive / "user_data").write_text("#!/bin/sh\necho ran >> /var/lib/user-data.ran\n", encoding="utf-8")


def serve(bundle: Bundle) -> None:
    """Names and packages on the gateway."""
    hosts = [PACKAGES, *(host.partition(":")[0] for host in Apt.read().hosts)]
    names = [f"--address=/{host}/{GATEWAY}" for host in hosts]
    resolver = ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", f"--listen-address={GATEWAY}", "--bind-interfaces", *names]
    bundle.start(resolver, log=bundle.lab / "server/dnsmasq")
    serve_packages(bundle, GATEWAY)


def on_server(bundle: Bundle, command: str, *, check: bool = True) -> str:
    """What a command prints on the server, by SSH as its default user."""
    quiet = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=2")
    options = [word for option in quiet for word in ("-o", option)]
    return bundle.run(["ssh", "-i", "/lab/key", *options, f"debian@{ADDRESS}", command], check=check, timeout=300).stdout.strip()


def lxc(bundle: Bundle, verb: str, *arguments: str) -> str:
    """What one of LXC's programs prints; they talk through the server's network namespace."""
    return bundle.run([f"lxc-{verb}", "-P", "/lab", "-n", "server", *arguments], netns="server").stdout


def test_a_server_starts_and_is_what_a_cloud_image_is(bundle: Bundle) -> None:
    unified = bundle.run(["stat", "-fc", "%T", "/sys/fs/cgroup"]).stdout == "cgroup2fs\n"
    bundle.run(["bash", "-ec", DISK])
    configure(bundle, unified=unified)
    serve(bundle)
    bundle.start(["lxc-start", "-F", "-n", "server", "-P", "/lab"], netns="server", log=bundle.lab / "server/log")
    end = time.monotonic() + 90
    while on_server(bundle, "echo in", check=False) != "in":
        assert time.monotonic() < end, (bundle.lab / "server/console").read_text(encoding="utf-8", errors="replace")
        time.sleep(0.2)

    assert "status: done" in on_server(bundle, "cloud-init status --wait")
    assert on_server(bundle, "systemctl --failed --no-legend --plain") == ""
    assert on_server(bundle, "cat /var/lib/user-data.ran") == "ran"
    assert on_server(bundle, "hostname; cat /sys/class/net/eth0/mtu; sudo id -un") == "web-1\n1442\nroot"
    assert on_server(bundle, "stat -fc %T /sys/fs/cgroup") == ("cgroup2fs" if unified else "tmpfs")

    assert "Operation not permitted" in on_server(bundle, "sudo mknod /root/disk b 254 0 2>&1", check=False)
    assert on_server(bundle, "sudo mknod /root/null c 1 3 && echo made") == "made"
    assert on_server(bundle, "sudo apt-get -qq update && sudo apt-get -qq install -y hello >/dev/null 2>&1 && hello") == "Hello, world!"

    lxc(bundle, "freeze")
    assert "FROZEN" in lxc(bundle, "info", "--state")
    lxc(bundle, "unfreeze")
    assert on_server(bundle, "echo again") == "again"

    traces = Traces.of(bundle)
    bundle.down()
    assert traces.remains() == []
