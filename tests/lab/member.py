"""An ordinary member of a lab cloud's project, who boots servers with plain openstacksdk and looks at them over SSH."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import openstack
import yaml

from harness.lab.outside import outside

Result = TypeVar("Result")
USER_DATA = "#!/bin/sh\necho ran >> /var/lib/test-user-data\n"
LIMIT_S = 300


def keys(folder: Path) -> Path:
    """A key pair without a passphrase; the private key's file."""
    private = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(private)], check=True)
    return private


@dataclass
class Member:
    """The member of the cloud ``name`` of the lab whose clouds.yaml is ``file``."""

    file: Path
    name: str
    key: Path
    made: list[Callable[[], object]] = field(default_factory=list)

    @property
    def entry(self) -> dict[str, Any]:
        """The cloud's entry."""
        return dict(yaml.safe_load(self.file.read_text(encoding="utf-8"))["clouds"][self.name])

    def there(self, act: Callable[[], Result]) -> Result:
        """Do something where the cloud can be reached."""
        return outside(Path(self.entry["interop"]["netns"]), act)

    def connect(self) -> openstack.connection.Connection:
        """A connection; to be used ``there`` alone."""
        config = openstack.config.OpenStackConfig(config_files=[str(self.file)], load_envvars=False)
        return openstack.connection.Connection(config=config.get_one(cloud=self.name))

    def boot(self, flavor: str = "") -> Server:
        """Boot a server that answers to ping and SSH, by a floating address or directly, as the cloud has it.

        Its flavor is the one that is named, or the one with the least memory.
        """
        return self.there(lambda: self._boot(flavor))

    def clean(self) -> None:
        """Remove what was made, the last first."""

        def remove() -> None:
            while self.made:
                self.made.pop()()

        self.there(remove)

    def _boot(self, flavor: str) -> Server:
        cloud: Any = self.connect()
        network, compute = cloud.network, cloud.compute
        group = network.find_security_group("test") or self._group(network)
        pair = compute.find_keypair("test") or self._pair(compute)
        shared = next(iter(network.networks(is_shared=True)), None)
        ready = next((each for each in network.networks() if not each.is_router_external), None)
        port = network.create_port(network_id=(shared or ready or self._own_network(network)).id, security_group_ids=[group.id])
        self.made.append(lambda: network.delete_port(port))
        fixed, *others = sorted((each["ip_address"] for each in port.fixed_ips), key=lambda address: ":" in address)
        address = fixed if shared else self._floating(network, port)
        server = compute.create_server(
            name="test",
            image_id=next(iter(cloud.image.images())).id,
            flavor_id=min((each for each in compute.flavors() if not flavor or each.name == flavor), key=lambda each: each.ram).id,
            networks=[{"port": port.id}],
            key_name=pair.name,
            user_data=base64.b64encode(USER_DATA.encode()).decode(),
        )
        self.made.append(lambda: (compute.delete_server(server), compute.wait_for_delete(server, wait=60)))
        compute.wait_for_server(server, wait=LIMIT_S, interval=0.5)
        return Server(self, server.id, fixed, address, *others)

    def _group(self, network: Any) -> Any:
        group = network.create_security_group(name="test")
        self.made.append(lambda: network.delete_security_group(group))
        for version, protocol, port in (("IPv4", "tcp", 22), ("IPv4", "icmp", None), ("IPv6", "tcp", 22), ("IPv6", "ipv6-icmp", None)):
            rule = {"ethertype": version, "protocol": protocol, "port_range_min": port, "port_range_max": port, "direction": "ingress"}
            network.create_security_group_rule(security_group_id=group.id, **rule)
        return group

    def _pair(self, compute: Any) -> Any:
        pair = compute.create_keypair(name="test", public_key=self.key.with_suffix(".pub").read_text(encoding="utf-8"))
        self.made.append(lambda: compute.delete_keypair(pair))
        return pair

    def _own_network(self, network: Any) -> Any:
        external = next(iter(network.networks(is_router_external=True)))
        made = network.create_network(name="test")
        self.made.append(lambda: network.delete_network(made))
        subnet = network.create_subnet(network_id=made.id, ip_version=4, cidr="10.9.8.0/24")
        router = network.create_router(name="test", external_gateway_info={"network_id": external.id})
        self.made.append(lambda: network.delete_router(router))
        network.add_interface_to_router(router, subnet=subnet)
        self.made.append(lambda: network.remove_interface_from_router(router, subnet=subnet))
        return made

    def _floating(self, network: Any, port: Any) -> str:
        external = next(iter(network.networks(is_router_external=True)))
        floating = network.create_ip(floating_network_id=external.id, port_id=port.id)
        self.made.append(lambda: network.delete_ip(floating))
        return str(floating.floating_ip_address)


@dataclass(frozen=True)
class Server:
    """A server, the address that it is reached by, and its IPv6 address where it has one."""

    owner: Member
    id: str
    fixed: str
    address: str
    address6: str = ""

    def ask_nova(self, question: Callable[[Any], Result]) -> Result:
        """Ask Nova for something, as the member."""

        def there() -> Result:
            connection: Any = self.owner.connect()
            return question(connection.compute)

        return self.owner.there(there)

    def details(self) -> Any:
        """The server as Nova describes it."""
        return self.ask_nova(lambda compute: compute.get_server(self.id))

    def await_status(self, status: str) -> None:
        """Wait until Nova says so."""
        end = time.monotonic() + LIMIT_S
        while (seen := self.details().status) != status:
            assert time.monotonic() < end, f"{seen}, not {status}"
            time.sleep(0.5)

    def console(self) -> str:
        """What the server wrote to its console, as Nova tells it."""
        return str(self.ask_nova(lambda compute: compute.get_server_console_output(self.id)["output"]))

    def try_ssh(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the guest."""
        options = {"StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "LogLevel": "ERROR", "ConnectTimeout": "3"}
        words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        call = ["ssh", "-i", str(self.owner.key), *words, f"debian@{self.address}", command]
        return self.owner.there(lambda: subprocess.run(call, capture_output=True, text=True, check=False))

    def ssh(self, command: str, *, unlike: str | None = None) -> str:
        """The same, again and again until it succeeds and prints something else than ``unlike``."""
        end = time.monotonic() + LIMIT_S
        while True:
            done = self.try_ssh(command)
            if done.returncode == 0 and done.stdout.strip() != unlike:
                return done.stdout.strip()
            assert time.monotonic() < end, f"{command}: {done.returncode} {done.stdout} {done.stderr}"
            time.sleep(0.5)
