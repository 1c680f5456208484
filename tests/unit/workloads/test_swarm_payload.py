"""What the workload docker-swarm is made of: the mark in every request, closed groups, and a token that only members can read."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from harness.engines.terraform_tool import find_tool

WORKLOAD = Path(__file__).parents[3] / "workloads" / "docker-swarm"
CONFIGURATION = "\n".join(each.read_text() for each in sorted(WORKLOAD.glob("*.tf")))
RESOURCES = dict(re.findall(r'^resource "(\w+" "\w+)" \{\n(.*?)^\}', CONFIGURATION, re.DOTALL | re.MULTILINE))
UNDESCRIBED = {"terraform_data", "openstack_networking_router_interface_v2", "openstack_compute_keypair_v2"}
SCRIPTS = sorted(WORKLOAD.glob("node/*.sh"))


def kind(resource: str) -> str:
    return resource.partition('"')[0]


def test_every_request_that_creates_something_carries_the_mark() -> None:
    assert len(RESOURCES) == 14
    for resource, body in RESOURCES.items():
        if kind(resource) == "openstack_compute_instance_v2":
            assert re.search(r"^  metadata += var\.mark\.metadata$", body, re.MULTILINE)
        elif kind(resource) not in UNDESCRIBED:
            assert re.search(r"^  description += var\.mark\.description$", body, re.MULTILINE), resource
        if re.search(r"^  name ", body, re.MULTILINE):
            assert re.search(r'^  name += "?(\$\{)?var\.mark\.prefix', body, re.MULTILINE), resource


def test_what_the_oldest_or_the_newest_provider_does_not_know_is_not_used() -> None:
    assert re.search(r'version = ">= 1\.54\.1, < 4\.0\.0"', CONFIGURATION)
    assert 'provider "openstack" {}' in CONFIGURATION
    server = RESOURCES['openstack_compute_instance_v2" "node']
    assert not re.search(
        r"volume \{|floating_ip|allocation_pools|host_routes|external_gateway ", server + CONFIGURATION.replace("floating_ip_v2", "")
    )


def test_what_is_looked_up_by_name_is_used_by_id() -> None:
    floating = RESOURCES['openstack_networking_floatingip_v2" "node']
    assert "floating_network_id = one(data.openstack_networking_network_v2.external[*].id)" in floating
    assert "external_network_id = data.openstack_networking_network_v2.external[0].id" in CONFIGURATION


def test_nobody_logs_in_to_set_a_server_up() -> None:
    assert not re.search(r"provisioner|connection \{|private_key", CONFIGURATION)


def test_only_logins_and_the_page_are_open_to_the_world_and_all_else_to_members_alone() -> None:
    rules = {name: body for name, body in RESOURCES.items() if kind(name).endswith("secgroup_rule_v2")}
    open_to_all = [body for body in rules.values() if "remote_group_id" not in body]
    assert len(rules) == 3
    assert len(open_to_all) == 1
    assert re.search(r"for_each += \{ logins = local\.ports\.logins, page = local\.ports\.page \}", open_to_all[0])
    assert all("openstack_networking_secgroup_v2.member.id" in body for body in rules.values() if body not in open_to_all)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_shell_understands_the_scripts(script: Path) -> None:
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_user_data_stays_well_below_what_a_cloud_takes() -> None:
    files = sum(len(each.read_bytes()) for each in WORKLOAD.glob("node/**/*") if each.is_file())
    assert files * 4 / 3 * 4 / 3 < 48 * 1024  # base64 in the cloud-config, and again in the request; Nova takes 65,535


# The token's way from the manager to a worker


def handover(secret: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("swarm_handover", WORKLOAD / "node/handover.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SECRET = secret  # type: ignore[attr-defined]
    return module


@pytest.fixture
def manager(tmp_path: Path) -> ModuleType:
    if not shutil.which("openssl"):
        pytest.fail("openssl is missing here: install it")
    (tmp_path / "secret").write_text("one-time-secret")
    return handover(tmp_path / "secret")


def test_what_the_manager_seals_a_member_opens(manager: ModuleType) -> None:
    sealed = manager.seal(b"SWMTKN-1-abc")
    assert b"SWMTKN" not in sealed
    assert manager.opened(sealed) == b"SWMTKN-1-abc"
    assert manager.seal(b"SWMTKN-1-abc") != sealed


def test_a_stranger_cannot_open_it_nor_seal_one(manager: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("another-secret")
    stranger = handover(tmp_path / "other")
    with pytest.raises(stranger.Refused, match="seal is broken"):
        stranger.opened(manager.seal(b"SWMTKN-1-abc"))
    with pytest.raises(manager.Refused, match="seal is broken"):
        manager.opened(stranger.seal(b"SWMTKN-1-of-another-swarm"))


class Docker(socketserver.ThreadingUnixStreamServer):
    """Takes what it is asked to join; refuses with the words it is given. In a swarm it is what it is said to be."""

    def __init__(self, path: Path, refusal: str = "", state: str = "inactive") -> None:
        self.joined: dict[str, Any] = {}
        self.refusal = refusal
        self.state = state
        super().__init__(str(path), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Docker

    def do_GET(self) -> None:
        assert self.path == "/info"
        self._answer(200, json.dumps({"Swarm": {"LocalNodeState": self.server.state}}))

    def do_POST(self) -> None:
        self.server.joined = {"path": self.path, **json.loads(self.rfile.read(int(self.headers["Content-Length"])))}
        if self.server.refusal:
            self._answer(503, json.dumps({"message": self.server.refusal}))
        else:
            self._answer(200, "")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "here"

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def door(manager: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The manager's door, with a token behind it; its port."""
    opened: list[socketserver.TCPServer] = []

    def serve_forever(door: socketserver.TCPServer) -> None:
        opened.append(door)
        socketserver.TCPServer.serve_forever(door, 0.05)

    monkeypatch.setattr(manager.Door, "serve_forever", serve_forever)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"SWMTKN-1-abc\n")))
    thread = threading.Thread(target=manager.serve, args=("127.0.0.1", 0))
    thread.start()
    while not opened:
        thread.join(0.01)
    try:
        yield opened[0].server_address[1]
    finally:
        opened[0].shutdown()
        thread.join()


@pytest.mark.parametrize("refusal", ["", "rpc error: the manager refuses"])
def test_a_worker_joins_by_dockers_own_api_and_says_when_it_is_refused(
    manager: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    docker = Docker(tmp_path / "docker.sock", refusal)
    monkeypatch.setattr(manager, "SOCKET", str(tmp_path / "docker.sock"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # nobody is there
    monkeypatch.setenv("no_proxy", "elsewhere.example.org")
    with served(docker), door(manager, monkeypatch) as port:
        if refusal:
            with pytest.raises(manager.Refused, match="the manager refuses"):
                manager.join("127.0.0.1", str(port), "10.0.0.12")
        else:
            manager.join("127.0.0.1", str(port), "10.0.0.12")
    assert docker.joined == {
        "path": "/swarm/join",
        "JoinToken": "SWMTKN-1-abc",
        "RemoteAddrs": ["127.0.0.1:2377"],
        "ListenAddr": "10.0.0.12:2377",
        "AdvertiseAddr": "10.0.0.12",
    }


def test_a_docker_that_goes_on_joining_after_its_refusal_is_not_asked_again(
    manager: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = Docker(tmp_path / "docker.sock", state="pending")
    monkeypatch.setattr(manager, "SOCKET", str(tmp_path / "docker.sock"))
    with served(docker):
        with pytest.raises(manager.Refused, match="still joining"):
            manager.join("127.0.0.1", "1", "10.0.0.12")
        docker.state = "active"
        manager.join("127.0.0.1", "1", "10.0.0.12")  # nobody is at that door any more
    assert docker.joined == {}


# What the scripts ask of a server


STUB = """#!/bin/sh
echo "${0##*/} $*" >> "$LOG"
case "${0##*/} $*" in
    dpkg-query*) echo "$BUSYBOX_STATIC" ;;
    "apt-get"*install*docker.io*) cp "$STUBS/true" "$STUBS/dockerd" ;;
    "apt-get"*install*docker-cli*) cp "$STUBS/true" "$STUBS/docker" ;;
    "docker version"*) echo 20.10 ;;
    "docker node ls"*) echo Ready ;;
    "docker service ps"*) echo Running 2 seconds ago ;;
    "ip -o -4 addr show to 10.20.32.7/32") echo "3: ens4    inet 10.20.32.7/24 brd 10.20.32.255 scope global ens4" ;;
esac
"""


def run_script(tmp_path: Path, script: str, programs: str, **settings: str) -> list[str]:
    """What one of the node's scripts calls on a server that has ``programs``, in order; nothing of it is real."""
    stubs, node, log = tmp_path / "stubs", tmp_path / "node", tmp_path / "log"
    stubs.mkdir()
    shutil.copytree(WORKLOAD / "node", node)
    for each in programs.split():
        (stubs / each).write_text(STUB)
        (stubs / each).chmod(0o755)
    for each in ("sh", "mkdir", "cat", "cp", "date", "grep", "sed", "sleep", "rm"):
        (stubs / each).symlink_to(shutil.which(each) or f"{each} is missing here")
    (stubs / "true").write_text("#!/bin/sh\n")
    (stubs / "true").chmod(0o755)
    text = (node / script).read_text().replace("/etc/systemd", str(tmp_path / "systemd")).replace("/sys/class/net", str(tmp_path / "net"))
    (node / script).write_text(text.replace("/run/swarm", str(tmp_path / "run")))
    (tmp_path / "net/ens4").mkdir(parents=True)
    (tmp_path / "net/ens4/mtu").write_text("1442\n")
    log.touch()
    (tmp_path / "all.sh").write_text(f"set -eu\nhere={node}\nimage=localhost:1/page:1\n. {node}/words.sh\n. {node}/{script}\n")
    environment = {"PATH": str(stubs), "LOG": str(log), "STUBS": str(stubs), "BUSYBOX_STATIC": "installed", **settings}
    done = subprocess.run(["/bin/sh", str(tmp_path / "all.sh")], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return log.read_text().splitlines()


SERVER_HAS = "apt-get dpkg-query iptables systemctl usermod update-alternatives"


def set_docker_up(tmp_path: Path, has: str, **settings: str) -> str:
    return "\n".join(run_script(tmp_path, "docker.sh", f"{SERVER_HAS} {has}", LOGIN_USER="debian", **settings))


@pytest.mark.parametrize("lacks", ["nothing", "openssl", "busybox-static"])
def test_a_docker_that_the_image_brings_begins_anew_behind_the_shut_door(tmp_path: Path, lacks: str) -> None:
    has = "dockerd docker" if lacks == "openssl" else "dockerd docker openssl"
    said = set_docker_up(tmp_path, has, BUSYBOX_STATIC="" if lacks == "busybox-static" else "installed")
    assert re.search(r"systemctl daemon-reload\n.*systemctl restart docker\n", said, re.DOTALL)
    assert bool(re.search(r"apt-get .*install .*openssl busybox-static", said)) is (lacks != "nothing")
    assert "install --no-install-recommends docker.io" not in said


def test_docker_is_installed_after_its_door_is_shut_where_the_image_has_none(tmp_path: Path) -> None:
    said = set_docker_up(tmp_path, "docker openssl")
    assert re.search(r"systemctl daemon-reload\n.*install --no-install-recommends docker.io\n", said, re.DOTALL)
    assert "systemctl restart" not in said


def test_the_client_is_installed_where_the_distribution_has_it_apart(tmp_path: Path) -> None:
    said = set_docker_up(tmp_path, "dockerd openssl")
    assert said.count("install --no-install-recommends docker-cli") == 1


def test_the_overlay_follows_the_mtu_of_the_nic_that_has_the_nodes_address(tmp_path: Path) -> None:
    settings = {"ADDRESS": "10.20.32.7", "OVERLAY_POOL": "172.30.0.0/16", "HANDOVER": "9377", "NODES": "1", "REPLICAS": "1", "PAGE": "80"}
    said = run_script(tmp_path, "manager.sh", "docker ip python3", PATIENCE="60", **settings)
    assert "docker network create --driver overlay --opt com.docker.network.driver.mtu=1442 page" in said


@pytest.mark.parametrize("step", ["docker.sh", "page.sh", "worker.sh", None])
def test_whatever_stops_a_node_on_its_way_its_copy_of_the_secret_is_gone(tmp_path: Path, step: str | None) -> None:
    node, run = tmp_path / "node", tmp_path / "run"
    shutil.copytree(WORKLOAD / "node", node)
    for each in ("docker.sh", "page.sh", "worker.sh"):
        (node / each).write_text("exit 7\n" if each == step else "")
    (node / "set-up.sh").write_text(
        (node / "set-up.sh").read_text().replace("/usr/local/lib/swarm", str(node)).replace("/run/swarm", str(run))
    )
    run.mkdir()
    (run / "secret").write_text("one-time-secret")
    (run / "settings").write_text("ROLE='worker'\n")
    done = subprocess.run(["sh", str(node / "set-up.sh")], check=False)
    assert done.returncode == (7 if step else 0)
    assert not (run / "secret").exists()


# What is said by hand


def test_the_readme_names_variables_that_there_are() -> None:
    named = set(re.findall(r"^(?:# )?(\w+) += ", (WORKLOAD / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"image", "public_key", "config_drive", "zone", "login_user", "dns"} <= named
    assert named <= set(re.findall(r'^variable "(\w+)"', CONFIGURATION, re.MULTILINE))


@pytest.fixture
def variables(tmp_path: Path) -> Path:
    """The workload's variables alone, which Terraform looks at without a provider or a cloud."""
    shutil.copy(WORKLOAD / "variables.tf", tmp_path)
    return tmp_path


def plan(folder: Path, **said: str) -> subprocess.CompletedProcess[str]:
    tool = find_tool()
    assert tool, "there is no Terraform here: run `make provider`"
    inputs = [f"-var={name}={value}" for name, value in {"image": "debian-12", "flavor": "m1.small", **said}.items()]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    command = [str(tool.path), "plan", "-input=false", "-no-color", "-state=none", *inputs]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("key", ["", "not a key", "-----BEGIN OPENSSH PRIVATE KEY-----"])
def test_a_public_key_that_is_none_is_refused_before_nova_makes_one(variables: Path, key: str) -> None:
    done = plan(variables, public_key=key)
    assert done.returncode == 1
    assert "public_key is what a file such as" in done.stderr


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"])
def test_public_keys_of_every_kind_are_taken(variables: Path, kind: str) -> None:
    for key in (f"{kind} AAAAC3Nza+/=", f"{kind} AAAA someone@somewhere on a laptop\n"):
        done = plan(variables, public_key=key)
        assert (done.returncode, done.stderr) == (0, ""), key
