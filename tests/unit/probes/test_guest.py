"""The program that tells what a guest knows of itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.probes.inside import guest


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Devices ``eth0`` and ``veth1``, of which the second goes away when it is asked for its addresses."""
    for name in ("eth0", "lo", "veth1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "address").write_text("fa:16:3e:00:00:11\n")
        (tmp_path / name / "mtu").write_text("1442\n")

    def addresses(command: list[str]) -> bytes:
        if command[-1] == "veth1":
            (tmp_path / "veth1").rename(tmp_path.parent / "gone")
            raise subprocess.CalledProcessError(1, command)
        return b"2: eth0    inet 10.0.0.11/24 brd 10.0.0.255 scope global eth0\n"

    monkeypatch.setattr(subprocess, "check_output", addresses)
    return tmp_path


def test_a_device_that_goes_away_meanwhile_is_left_out(devices: Path) -> None:
    found = guest._devices(devices)
    assert [(each["name"], each["mtu"], each["addresses"]) for each in found] == [("eth0", 1442, ["10.0.0.11"])]


def test_a_device_that_is_there_and_cannot_be_looked_at_is_an_error(devices: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(command: list[str]) -> bytes:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "check_output", refuse)
    with pytest.raises(subprocess.CalledProcessError):
        guest._devices(devices)
