"""The launcher of the lab's Python services, with services and libraries of the test's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SLOW_TO_SIGN = """
import os, sys, time, types
from harness.lab.inside import launch

def slowly_sign(pidfile, pid):
    time.sleep(0.3)
    os.write(1, b"signed ")

backend = types.SimpleNamespace(init_backend=lambda kind: None, BackendType=types.SimpleNamespace(THREADING=1))
sys.modules["oslo_service"] = types.SimpleNamespace(backend=backend)
sys.modules["oslo_service.backend"] = backend
sys.modules["inside.slow"] = types.SimpleNamespace(MODULES=())
launch.load = lambda modules: None
launch.sign = slowly_sign
launch.become = lambda service, cloud: os._exit(0)
launch.main(["slow:lab1"])
os.write(1, b"launcher ends")
"""

FAILS_BESIDE_A_THREAD = """
import sys, threading, types
from pathlib import Path
from harness.lab.inside import launch

def serve(home):
    threading.Thread(target=threading.Event().wait).start()
    raise RuntimeError("no driver")

launch.Home = lambda cloud: types.SimpleNamespace(path=Path(sys.argv[1]))
launch.detach = lambda log: None
sys.modules["setproctitle"] = types.SimpleNamespace(setproctitle=lambda title: None)
sys.modules["inside.broken"] = types.SimpleNamespace(serve=serve)
launch.become("broken", "lab1")
"""


def test_the_launcher_stands_for_a_service_until_it_has_signed_for_itself() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW_TO_SIGN], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "signed signed launcher ends"


def test_a_service_that_fails_ends_whatever_threads_it_has_and_says_why_last(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FAILS_BESIDE_A_THREAD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "RuntimeError: no driver"
