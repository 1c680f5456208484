from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.engines import tether as module
from harness.engines.tether import Tether

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


def test_a_command_that_ends_at_once_has_its_exit_code_too(tmp_path: Path) -> None:
    begin_late = """
import os, subprocess, sys
from harness.engines import tether

class Late(subprocess.Popen):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

subprocess.Popen = Late
sys.exit(tether.main(sys.argv[1:]))
"""
    command = [sys.executable, "-c", begin_late, "{parent}", str(tmp_path / "pid"), "sh", "-c", "exit 3"]
    assert start(command).wait(LIMIT_S) == 3


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


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def hold(folder: Path) -> tuple[Tether, subprocess.Popen[bytes], int]:
    """A tether from its other end, the process that it holds, and the worker below that."""
    held = Tether(folder / "pid", LIMIT_S, lambda: False)
    family = [sys.executable, "-c", FAMILY.format(then="import time; time.sleep(60)"), WORKER, str(folder / "worker")]
    return held, subprocess.Popen(held.command(family)), worker_of(folder)


def test_whoever_ends_it_goes_on_when_the_whole_family_is_gone(tmp_path: Path) -> None:
    held, process, worker = hold(tmp_path)
    held.end()
    assert not is_running(process.pid)
    assert not is_running(worker)
    assert process.wait(LIMIT_S) == 143


def test_what_does_not_end_when_it_is_told_to_is_killed_with_its_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "END_S", 0.3)
    held, process, worker = hold(tmp_path)
    os.kill(process.pid, signal.SIGSTOP)
    held.end()
    assert process.wait(LIMIT_S) == -signal.SIGKILL
    assert is_gone(worker)


def test_what_is_ended_before_it_begins_runs_nothing(tmp_path: Path) -> None:
    held = Tether(tmp_path / "pid", LIMIT_S, lambda: False)
    held.end()
    assert subprocess.run(held.command(["touch", str(tmp_path / "ran")]), check=False).returncode == 143
    assert not (tmp_path / "ran").exists()


def test_what_ended_by_itself_needs_no_ending(tmp_path: Path) -> None:
    held = Tether(tmp_path / "pid", LIMIT_S, lambda: False)
    assert subprocess.run(held.command(["true"]), check=False).returncode == 0
    held.end()
    assert Tether(tmp_path / "pid", LIMIT_S, lambda: False).stopped == ""
    assert not list(tmp_path.iterdir())
