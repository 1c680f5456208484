"""A bundle is up within a second, and leaves nothing, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console

from harness.errors import LabError
from harness.lab import resolver
from harness.lab.apt import Apt
from harness.lab.bundle import Bundle
from harness.lab.egress import end_hung, serve_packages, state
from harness.lab.install import install
from harness.lab.loops import attached_in
from harness.lab.paths import Cache, clouds_file
from harness.lab.processes import Process

from .traces import Traces, interfaces, until

BUSY = """
ip netns add inner
ip link add veth0 type veth peer name eth0 netns inner
truncate -s 8M /lab/disk && mkfs.ext4 -q /lab/disk && losetup --find /lab/disk
truncate -s 8M /lab/other && mkfs.ext4 -q /lab/other && mkdir -p /mnt/other && mount -o loop /lab/other /mnt/other
mkdir -p /sys/fs/cgroup/*/nested/deeper
"""
"""Some of everything that can outlive a bundle."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    install(Cache.default(), Console(stderr=True))


@pytest.fixture(autouse=True)
def own_folder_of_clouds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(tmp_path))


def made(name: str) -> Iterator[Bundle]:
    bundle = Bundle(name)
    bundle.up()
    try:
        yield bundle
    finally:
        bundle.down()


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    yield from made("t-one")


@pytest.fixture
def other() -> Iterator[Bundle]:
    yield from made("t-two")


@pytest.fixture
def busy(bundle: Bundle) -> Traces:
    """A bundle with something of everything, and its traces."""
    bundle.run(["bash", "-ec", BUSY])
    bundle.start(["sleep", "1000"], netns="inner", log=bundle.lab / "log")
    serve_packages(bundle, "127.0.0.1")
    return Traces.of(bundle)


def let_in(bundle: Bundle, *command: str, net: str = "outside") -> subprocess.Popen[str]:
    """A program of the host, let into the bundle by the command line."""
    environment = {**os.environ, "INTEROP_LAB": bundle.name}
    argv = [sys.executable, "-m", "harness.cli", "lab", "exec", "--net", net, "--", *command]
    return subprocess.Popen(argv, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def sleeper(bundle: Bundle, net: str = "outside") -> subprocess.Popen[str]:
    """A program that is inside for sure, and stays."""
    process = let_in(bundle, sys.executable, "-c", "import time; print('in', flush=True); time.sleep(1000)", net=net)
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def ended(program: subprocess.Popen[str]) -> int:
    """The exit code of a program that ends by itself."""
    program.communicate(timeout=20)
    return program.returncode


def kill_first(bundle: Bundle) -> None:
    """kill -9 of the first process, and wait for its end."""
    first = bundle.first
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    assert until(lambda: not first.alive)


def test_down_leaves_nothing(bundle: Bundle, busy: Traces) -> None:
    before = interfaces()
    clouds_file(bundle.name).write_text("clouds: {}", encoding="utf-8")
    bundle.down()
    assert busy.remains() == []
    assert interfaces() == before
    assert not clouds_file(bundle.name).exists()


def test_down_is_the_same_a_second_time(bundle: Bundle, busy: Traces) -> None:
    bundle.down()
    bundle.down()
    assert busy.remains() == []


def test_down_leaves_nothing_after_the_first_process_was_killed(bundle: Bundle, busy: Traces) -> None:
    kill_first(bundle)
    bundle.down()
    assert busy.remains() == []


def test_up_heals_after_the_first_process_was_killed(bundle: Bundle, busy: Traces) -> None:
    kill_first(bundle)
    bundle.up()
    assert not any(process.alive for process in busy.processes)
    assert attached_in(bundle.paths.folder) == []
    assert bundle.run(["ls", "/run/netns"]).stdout == "outside\n"
    assert bundle.run(["sh", "-c", "ls /lab | grep disk"]).stdout == "disk\n"


@pytest.mark.parametrize("delay_s", [0.02, 0.1, 0.15, 0.2, 0.25, 0.3])
def test_a_starter_that_was_killed_at_any_moment_is_healed(delay_s: float) -> None:
    bundle = Bundle("t-killed")
    program = "from harness.lab.bundle import Bundle; Bundle('t-killed').up()"
    starter = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    time.sleep(delay_s)
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait()
    bundle.up()
    assert bundle.run(["echo", "up"]).stdout == "up\n"
    traces = Traces.of(bundle)
    bundle.down()
    assert traces.remains() == []


def test_up_of_a_bundle_that_is_up_changes_nothing(bundle: Bundle) -> None:
    first = bundle.first
    bundle.up()
    assert bundle.first == first


@pytest.mark.parametrize("net", ["outside", "inner"])
@pytest.mark.parametrize("how", [Bundle.down, kill_first], ids=["down", "killed"])
def test_down_ends_what_was_let_in(bundle: Bundle, busy: Traces, net: str, how: Callable[[Bundle], None]) -> None:
    program = sleeper(bundle, net)
    assert Process.of(program.pid) is not None
    how(bundle)
    bundle.down()
    assert ended(program) == -signal.SIGTERM
    assert busy.remains() == []


def test_down_ends_also_what_a_program_that_was_let_in_keeps_elsewhere(bundle: Bundle) -> None:
    parent = "import subprocess as s; c = s.Popen(['unshare', '--net', 'sleep', '1000']); print(c.pid, flush=True); c.wait()"
    program = let_in(bundle, sys.executable, "-c", parent)
    assert program.stdout is not None
    child = Process.of(int(program.stdout.readline()))
    assert child is not None
    assert until(lambda: child.command[0] == "sleep" and child.namespace("net") != Process(program.pid, 0).namespace("net"))
    bundle.down()
    ended(program)
    assert not child.alive


def test_down_spares_everybody_else(bundle: Bundle) -> None:
    with subprocess.Popen(["sleep", "1000"]) as bystander:
        program = sleeper(bundle)
        bundle.down()
        ended(program)
        assert bystander.poll() is None
        bystander.kill()


def test_down_refuses_to_saw_off_its_own_branch(bundle: Bundle) -> None:
    argv = [sys.executable, "-m", "harness.cli", "lab", "down"]
    program = let_in(bundle, *argv)
    _, errors = program.communicate(timeout=20)
    assert program.returncode == 2
    assert "runs inside the lab" in errors
    assert bundle.first is not None


def test_two_labs_know_nothing_of_each_other(bundle: Bundle, other: Bundle) -> None:
    for lab in (bundle, other):
        lab.run(["ip", "addr", "add", "203.0.113.1/24", "dev", "lo"])
        lab.run(["ip", "netns", "add", "inner"])
        lab.start(["sleep", "1000"], log=lab.lab / "log")
    traces = Traces.of(bundle)
    bundle.down()
    assert traces.remains() == []
    assert "203.0.113.1" in other.run(["ip", "addr"]).stdout
    assert [process.command for process in other.processes()][1:] == [["sleep", "1000"]]


def test_what_was_let_in_gives_its_exit_code_and_a_terminal(bundle: Bundle) -> None:
    assert ended(let_in(bundle, "sh", "-c", "exit 7")) == 7
    assert ended(let_in(bundle, "no-such-program")) == 127
    outer, inner = os.openpty()
    argv = [sys.executable, "-m", "harness.cli", "lab", "exec", "tty"]
    done = subprocess.run(argv, env={**os.environ, "INTEROP_LAB": bundle.name}, stdin=inner, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == os.ttyname(inner)
    os.close(outer)
    os.close(inner)


def test_names_of_the_lab_resolve_for_what_was_let_in_and_others_fail_at_once(bundle: Bundle) -> None:
    resolver.start(bundle, Apt.read().hosts)
    resolver.publish(bundle, "clouds", {"api.lab1.lab": "203.0.113.2"})
    question = "from socket import gethostbyname as ask; print(ask('api.lab1.lab'), ask('packages.lab')); ask('nowhere.test')"
    begin = time.monotonic()
    answer, errors = let_in(bundle, sys.executable, "-c", question).communicate(timeout=20)
    assert answer == "203.0.113.2 127.0.0.1\n"
    assert "Name or service not known" in errors
    assert time.monotonic() - begin < 5


def test_no_route_leads_out(bundle: Bundle) -> None:
    assert bundle.run(["ip", "route", "get", "192.0.2.1"], check=False).returncode != 0
    assert bundle.run(["ip", "-o", "link"]).stdout.count("\n") == 1


def test_the_package_proxy_goes_where_apt_goes_and_nowhere_else(bundle: Bundle) -> None:
    apt = Apt.read()
    serve_packages(bundle, "127.0.0.1")
    source = apt.for_suite("bookworm")[0]
    ask = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--proxy", "http://127.0.0.1:3142"]
    release = f"http://{source.host}{source.path.rstrip('/')}/dists/bookworm/InRelease"
    assert bundle.run([*ask, release]).stdout == "200"
    assert bundle.run([*ask, "http://elsewhere.test/dists/bookworm/InRelease"]).stdout == "403"
    assert bundle.run([*ask, release.replace("http://", "https://")], check=False).stdout == "000"


def test_clouds_that_come_up_at_the_same_time_share_one_package_proxy(bundle: Bundle) -> None:
    addresses = [f"127.0.0.{number}" for number in range(1, 9)]
    with ThreadPoolExecutor(len(addresses)) as pool:
        list(pool.map(lambda address: serve_packages(bundle, address), addresses))
    assert sum("harness.lab.egress" in process.command for process in bundle.processes()) == 1
    for address in addresses:
        asked = bundle.run(["curl", "--silent", "--proxy", f"http://{address}:3142", "http://elsewhere.test/"])
        assert "403" in asked.stdout


def test_the_package_proxy_is_healed_after_it_was_killed(bundle: Bundle) -> None:
    serve_packages(bundle, "127.0.0.1")
    proxy = next(process for process in bundle.processes() if "harness.lab.egress" in process.command)
    os.kill(proxy.pid, signal.SIGKILL)
    assert until(lambda: not proxy.alive)
    serve_packages(bundle, "127.0.0.1")
    assert bundle.run(["curl", "--silent", "--proxy", "http://127.0.0.1:3142", "http://elsewhere.test/"]).stdout.count("403") >= 1


def test_a_package_proxy_that_hangs_is_ended_and_serves_again(bundle: Bundle) -> None:
    serve_packages(bundle, "127.0.0.1")
    assert not end_hung(bundle)
    proxy = next(process for process in bundle.processes() if "harness.lab.egress" in process.command)
    os.kill(proxy.pid, signal.SIGSTOP)
    assert state(bundle) == (proxy.inner_pid, "does not answer within 10 s")
    assert end_hung(bundle)
    assert not proxy.alive
    assert state(bundle) == (0, "not running")
    serve_packages(bundle, "127.0.0.1")
    assert bundle.run(["curl", "--silent", "--proxy", "http://127.0.0.1:3142", "http://elsewhere.test/"]).stdout.count("403") >= 1


def test_a_program_that_cannot_run_is_one_clear_error(bundle: Bundle) -> None:
    with pytest.raises(LabError, match=r"no-such-program could not be started in the lab: .*No such file"):
        bundle.run(["no-such-program"])
    with pytest.raises(LabError, match=r"`sh -c echo why >&2; exit 3` in the lab ended with 3: why"):
        bundle.run(["sh", "-c", "echo why >&2; exit 3"])
    with pytest.raises(LabError, match=r"sleep took longer than 0\.2 s"):
        bundle.run(["sleep", "1000"], timeout=0.2)
    assert until(lambda: len(bundle.processes()) == 1)


def test_what_run_started_ends_with_its_caller(bundle: Bundle) -> None:
    program = f"from harness.lab.bundle import Bundle; Bundle({bundle.name!r}).run(['sleep', '1000'])"
    caller = subprocess.Popen([sys.executable, "-c", program])
    assert until(lambda: len(bundle.processes()) == 2)
    caller.kill()
    caller.wait()
    assert until(lambda: len(bundle.processes()) == 1)


def test_a_bundle_that_is_down_says_so() -> None:
    with pytest.raises(LabError, match="the lab 't-none' is not up"):
        Bundle("t-none").run(["true"])
