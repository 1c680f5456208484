from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from harness.lab.processes import Process, boot_id, end
from harness.lab.state import State


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = State(boot_id(), ("/sys/fs/cgroup/lab",), unified_only=True).with_first(Process(1, 2), netns=3, cookie=4)
    state.save(tmp_path / "bundle.json")
    assert State.load(tmp_path / "bundle.json") == state


def test_what_a_crash_left_unreadable_is_no_state(tmp_path: Path) -> None:
    for text in ("", "{", '{"boot": 1}', '{"boot": "a", "groups": [], "unknown": 1}', "[]"):
        (tmp_path / "bundle.json").write_text(text, encoding="utf-8")
        assert State.load(tmp_path / "bundle.json") is None
    assert State.load(tmp_path / "none.json") is None


def test_the_first_process_is_known_by_start_time_and_boot() -> None:
    me = Process.of(os.getpid())
    assert me is not None
    state = State(boot_id(), ()).with_first(me, netns=0, cookie=0)
    assert state.first == me
    assert replace(state, start=me.start + 1).first is None
    assert replace(state, boot="an earlier one").first is None
    assert State(boot_id(), ()).first is None


def test_a_process_that_is_only_waited_for_is_no_process() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert Process.of(child.pid) is None
    child.wait()


def test_processes_end_with_grace_or_without() -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(1000)"
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        process = Process.of(child.pid)
        assert process is not None
        assert process.command[0] == sys.executable
        assert end([process], grace_s=0.1) == []
        assert child.wait() == -signal.SIGKILL


def test_another_process_of_the_same_id_is_spared() -> None:
    with subprocess.Popen(["sleep", "1000"]) as child:
        assert end([Process(child.pid, 1)], grace_s=0) == []
        assert child.poll() is None
        child.kill()
