from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import labvirt

SUPERVISOR = Path(labvirt.__file__).with_name("supervise.py")


def supervised(folder: Path, script: str, *, stopping: bool = False) -> list[str]:
    """Run a shell script as the kernel, and return what it wrote to its console."""
    if stopping:
        (folder / "stopping").touch()
    command = [sys.executable, str(SUPERVISOR), str(folder / "console"), str(folder / "stopping"), "sh", "-c", script]
    subprocess.run(command, check=True, cwd=folder, timeout=30)
    return (folder / "console").read_text(encoding="utf-8").splitlines()


RESTARTS = "test -e again || echo reboot: Restarting system; touch again"


def test_a_guest_that_is_switched_off_stays_off(tmp_path: Path) -> None:
    assert supervised(tmp_path, "echo booted; echo reboot: Power down") == ["booted", "reboot: Power down"]


def test_a_guest_that_restarts_is_started_again(tmp_path: Path) -> None:
    assert supervised(tmp_path, f"echo booted; {RESTARTS}") == ["booted", "reboot: Restarting system", "booted"]


def test_a_guest_that_restarts_while_it_is_to_stop_is_switched_off(tmp_path: Path) -> None:
    assert supervised(tmp_path, f"echo booted; {RESTARTS}", stopping=True) == ["booted", "reboot: Restarting system"]


def test_what_an_earlier_boot_said_restarts_nothing(tmp_path: Path) -> None:
    (tmp_path / "console").write_text("reboot: Restarting system\n", encoding="utf-8")
    assert supervised(tmp_path, "echo booted") == ["reboot: Restarting system", "booted"]


def test_a_guest_that_leaves_processes_behind_is_waited_for(tmp_path: Path) -> None:
    assert supervised(tmp_path, "(sleep 0.2; echo late) & echo booted; sleep 0.5; echo over") == ["booted", "late", "over"]
