"""The launcher of the lab's Python services, with services and libraries of the test's own."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
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


def test_the_launcher_stands_for_a_service_until_it_has_signed_for_itself() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "signed signed launcher ends"
