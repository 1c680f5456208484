"""The ladder's watcher with servers that come up step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openstack import exceptions as sdk

from harness.cell import watch
from harness.cell.watch import Watch
from harness.errors import Unsupported
from harness.journal import Journal, read
from harness.model import Mark
from harness.probes.ssh import Door

MARK = Mark("20260101T000000Z-0a1b2c3d", "acme.pair")


class Ground:
    """One server and what a probe of each kind would see of it."""

    def __init__(self) -> None:
        self.status = "BUILD"
        self.says = ""
        self.port_open = False
        self.lets_in = False
        self.is_done = False
        self.list_fails = False
        self.created = datetime.now(UTC)

    def servers(self, *_: object) -> list[Any]:
        if self.list_fails:
            raise sdk.SDKException("the API is ill")
        addresses = {"net": [{"addr": "198.51.100.5", "version": 4}]}
        created = self.created.strftime("%Y-%m-%dT%H:%M:%SZ")
        return [SimpleNamespace(id="s", name=f"{MARK.prefix}-web-1", status=self.status, addresses=addresses, created_at=created)]


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    found = Ground()
    monkeypatch.setattr(watch, "POLL_S", 0.01)
    monkeypatch.setattr(watch, "servers_by_mark", found.servers)
    monkeypatch.setattr("harness.cell.watch.api.console", lambda *_: found.says)
    monkeypatch.setattr(watch, "Outside", lambda: SimpleNamespace(tcp=lambda *_: SimpleNamespace(is_open=found.port_open)))
    monkeypatch.setattr(watch, "try_login", lambda *_, **__: (Door.IN if found.lets_in else Door.DENIED, ""))
    shell = SimpleNamespace(run=lambda *_, **__: SimpleNamespace(rc=0 if found.is_done else 1), close=lambda: None)
    monkeypatch.setattr(watch, "Shell", lambda *_: shell)
    return found


@pytest.fixture
def watched(ground: Ground, tmp_path: Path) -> Callable[[], list[tuple[str, str, float]]]:
    """Watch until nothing more is seen; returns the rungs so far."""
    journal = Journal(tmp_path / "journal.jsonl")

    def go(passes: float = 0.2) -> list[tuple[str, str, float]]:
        watcher = Watch(SimpleNamespace(), journal, MARK, "direct", "debian", Path("/key"))  # type: ignore[arg-type]
        watcher.start()
        time.sleep(passes)
        watcher.finish()
        return [(each["subject"], each["rung"], each["seconds"]) for each in read(journal.path)]

    return go


def rungs(found: list[tuple[str, str, float]]) -> list[str]:
    return [rung for _, rung, _ in found]


def test_a_server_climbs_the_whole_ladder_once(ground: Ground, watched: Callable[[], list[tuple[str, str, float]]]) -> None:
    ground.status, ground.says, ground.port_open, ground.lets_in, ground.is_done = "ACTIVE", "Linux", True, True, True
    found = watched()
    assert rungs(found) == ["accepted", "active", "console", "port-22", "ssh-login", "cloud-init"]
    assert {subject for subject, _, _ in found} == {"web-1"}
    assert found[0][2] == 0


@pytest.mark.parametrize(
    ("change", "top"),
    [({}, "accepted"), ({"status": "ACTIVE"}, "active"), ({"status": "ACTIVE", "says": "x", "port_open": True}, "port-22")],
)
def test_a_server_stands_where_it_stands(
    ground: Ground, watched: Callable[[], list[tuple[str, str, float]]], change: dict[str, Any], top: str
) -> None:
    for name, value in change.items():
        setattr(ground, name, value)
    assert rungs(watched())[-1] == top


def test_a_cloud_without_console_logs_keeps_no_server_down(
    ground: Ground, watched: Callable[[], list[tuple[str, str, float]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> str:
        raise Unsupported("no console log")

    monkeypatch.setattr("harness.cell.watch.api.console", none)
    ground.status, ground.port_open = "ACTIVE", True
    assert rungs(watched()) == ["accepted", "active", "port-22"]


def test_an_api_that_fails_now_and_then_is_asked_again(ground: Ground, watched: Callable[[], list[tuple[str, str, float]]]) -> None:
    ground.list_fails = True
    assert watched() == []
    ground.list_fails = False
    assert rungs(watched()) == ["accepted"]


def test_seconds_count_from_acceptance_where_the_clocks_agree(ground: Ground, watched: Callable[[], list[tuple[str, str, float]]]) -> None:
    ground.status, ground.created = "ACTIVE", datetime.now(UTC) - timedelta(seconds=3)
    assert 3 <= watched()[1][2] < 5


def test_a_cloud_whose_clock_is_wrong_is_timed_by_ours(ground: Ground, watched: Callable[[], list[tuple[str, str, float]]]) -> None:
    ground.status, ground.created = "ACTIVE", datetime.now(UTC) - timedelta(hours=2)
    assert watched()[1][2] < 1
