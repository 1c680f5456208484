from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LIMIT_S = 10
# a worker that has left its session, as Ansible's do, and that writes down its id
WORKER = "import os, sys, time; os.setsid(); open(sys.argv[1], 'w').write(f'{os.getpid()} '); time.sleep(60)"
FAMILY = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]]); {then}"


def tether(folder: Path, then: str) -> list[str]:
    family = [sys.executable, "-c", FAMILY.format(then=then), WORKER, str(folder / "worker")]
    return [sys.executable, "-m", "harness.engines.tether", "{parent}", str(folder / "pid"), *family]


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([each.format(parent=os.getpid()) if each == "{parent}" else each for each in command])


def worker_of(folder: Path) -> int:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if (folder / "worker").exists() and (text := (folder / "worker").read_text()).endswith(" "):
            return int(text)
        time.sleep(0.02)
    raise AssertionError("the worker did not start")


def is_gone(pid: int) -> bool:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_the_exit_code_is_the_commands_own(tmp_path: Path) -> None:
    assert start(tether(tmp_path, "sys.exit(3)")).wait(LIMIT_S) == 3


def test_whoever_the_command_left_behind_ends_with_it(tmp_path: Path) -> None:
    wait_for_worker = "import os, time\nwhile not os.path.exists(sys.argv[2]): time.sleep(0.02)"
    assert start(tether(tmp_path, wait_for_worker)).wait(LIMIT_S) == 0
    assert is_gone(worker_of(tmp_path))


def test_told_to_stop_it_ends_the_whole_family(tmp_path: Path) -> None:
    process = start(tether(tmp_path, "import time; time.sleep(60)"))
    worker = worker_of(tmp_path)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
    assert process.wait(LIMIT_S) == 143
    assert is_gone(worker)


@pytest.mark.parametrize("then", ["import time; time.sleep(60)"])
def test_when_its_parent_is_killed_it_ends_the_whole_family(tmp_path: Path, then: str) -> None:
    parent = "import os, subprocess, sys; subprocess.run([a if a != '{parent}' else str(os.getpid()) for a in sys.argv[1:]])"
    process = subprocess.Popen([sys.executable, "-c", parent, *tether(tmp_path, then)])
    worker = worker_of(tmp_path)
    process.kill()
    process.wait(LIMIT_S)
    assert is_gone(worker)
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_it_starts_nothing_when_its_parent_is_gone_already(tmp_path: Path) -> None:
    command = [each if each != "{parent}" else "1" for each in tether(tmp_path, "pass")]
    assert subprocess.run(command, check=False).returncode == 143
    assert not (tmp_path / "worker").exists()


def test_when_it_is_killed_itself_the_command_goes_with_it(tmp_path: Path) -> None:
    write = "import os, sys, time; open(sys.argv[1], 'w').write(f'{os.getpid()} '); time.sleep(60)"
    command = [sys.executable, "-c", write, str(tmp_path / "worker")]
    process = start([sys.executable, "-m", "harness.engines.tether", str(os.getpid()), str(tmp_path / "pid"), *command])
    own = worker_of(tmp_path)
    process.kill()
    process.wait(LIMIT_S)
    assert is_gone(own)
