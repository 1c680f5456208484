"""The ladder's watcher with servers that come up step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest
from keystoneauth1 import exceptions as keystone
from openstack import exceptions as sdk

from harness.cell import watch
from harness.cell.watch import Watch
from harness.errors import Unsupported
from harness.journal import Journal, read
from harness.model import Deployment, Endpoint, Mark, Server
from harness.probes.outside import Page
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
        self.status_of_page = 0
        self.list_fails: Exception | None = None
        self.asked = 0
        self.address = "198.51.100.5"
        self.notes: list[str] = []
        self.created = datetime.now(UTC)

    def servers(self, *_: object) -> list[Any]:
        self.asked += 1
        if self.list_fails:
            raise self.list_fails
        created = self.created.strftime("%Y-%m-%dT%H:%M:%SZ")
        return [SimpleNamespace(id="s", name=f"{MARK.prefix}-web-1", status=self.status, created_at=created)]


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    found = Ground()
    monkeypatch.setattr(watch, "POLL_S", 0.01)
    monkeypatch.setattr(watch, "servers_by_mark", found.servers)
    monkeypatch.setattr(watch, "address_of", lambda *_: found.address)
    monkeypatch.setattr("harness.cell.watch.api.console", lambda *_: found.says)
    outside = SimpleNamespace(tcp=lambda *_: SimpleNamespace(is_open=found.port_open), http=lambda *_: Page(found.status_of_page))
    monkeypatch.setattr(watch, "Outside", lambda: outside)
    monkeypatch.setattr(watch, "try_login", lambda *_, **__: (Door.IN if found.lets_in else Door.DENIED, ""))
    shell = SimpleNamespace(run=lambda *_, **__: SimpleNamespace(rc=0 if found.is_done else 1), close=lambda: None)
    monkeypatch.setattr(watch, "Shell", lambda *_: shell)
    return found


@pytest.fixture
def watched(ground: Ground, tmp_path: Path) -> Callable[[], list[tuple[str, str, float]]]:
    """Watch until nothing more is seen; returns the rungs so far."""
    journal = Journal(tmp_path / "journal.jsonl")

    def go(passes: float = 0.2, pages: str = "") -> list[tuple[str, str, float]]:
        watcher = Watch(SimpleNamespace(), journal, MARK, "direct", "debian", Path("/key"))  # type: ignore[arg-type]
        watcher.start()
        if pages:
            server = Server("s", f"{MARK.prefix}-web-1", "web", "debian", "198.51.100.5")
            watcher.look_for_pages(Deployment((server,), (Endpoint("page", pages),), {}, "", 1.0))
        time.sleep(passes)
        watcher.finish()
        ground.notes = [each["text"] for each in read(journal.path) if each["event"] == "note"]
        return [(each["subject"], each["rung"], each["seconds"]) for each in read(journal.path) if each["event"] == "ladder"]

    return go


def rungs(found: list[tuple[str, str, float]]) -> list[str]:
    return [rung for _, rung, _ in found]


def test_a_server_climbs_the_whole_ladder_once(ground: Ground, watched: Callable[[], list[tuple[str, str, float]]]) -> None:
    ground.status, ground.says, ground.port_open, ground.lets_in, ground.is_done = "ACTIVE", "Linux", True, True, True
    found = watched()
    assert rungs(found) == ["accepted", "active", "console", "port-22", "ssh-login", "cloud-init"]
    assert {subject for subject, _, _ in found} == {"web-1"}
    assert found[0][2] == 0


def test_who_is_at_the_top_is_asked_no_more(ground: Ground, watched: Callable[..., list[tuple[str, str, float]]]) -> None:
    ground.status, ground.says, ground.port_open, ground.lets_in, ground.is_done = "ACTIVE", "Linux", True, True, True
    ground.status_of_page = 200
    watched(pages="http://198.51.100.5/")
    asked = ground.asked
    assert rungs(watched(pages="http://198.51.100.5/"))[-1] == "application"
    assert ground.asked - asked < 5


@pytest.mark.parametrize("is_done", [True, False])
def test_a_server_whose_page_answers_is_at_the_top_whatever_cloud_init_says(
    ground: Ground, watched: Callable[..., list[tuple[str, str, float]]], is_done: bool
) -> None:
    ground.status, ground.port_open, ground.lets_in, ground.is_done, ground.status_of_page = "ACTIVE", True, True, is_done, 200
    assert rungs(watched(pages="http://198.51.100.5:8080/"))[-1] == "application"


@pytest.mark.parametrize(
    ("status", "page"), [(503, "http://198.51.100.5/"), (0, "http://198.51.100.5/"), (200, "http://198.51.100.6/"), (200, "")]
)
def test_a_page_that_is_no_answer_or_another_servers_is_no_rung(
    ground: Ground, watched: Callable[..., list[tuple[str, str, float]]], status: int, page: str
) -> None:
    ground.status, ground.port_open, ground.lets_in, ground.is_done, ground.status_of_page = "ACTIVE", True, True, True, status
    assert rungs(watched(pages=page))[-1] == "cloud-init"


@pytest.mark.parametrize("elsewhere", ["10.0.0.5", "", "198.51.100.5"])
def test_the_payloads_address_stands_and_another_of_openstacksdks_is_noted_once(
    ground: Ground, watched: Callable[..., list[tuple[str, str, float]]], elsewhere: str
) -> None:
    ground.status, ground.port_open, ground.lets_in, ground.status_of_page, ground.address = "ACTIVE", True, True, 200, elsewhere
    assert rungs(watched(pages="http://198.51.100.5/"))[-1] == "application"
    expected = ["web-1: openstacksdk reaches it at 10.0.0.5, the payload at 198.51.100.5"]
    assert ground.notes == (expected if elsewhere == "10.0.0.5" else [])


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


@pytest.mark.parametrize("failure", [sdk.SDKException("the API is ill"), keystone.ConnectTimeout("the API is silent")])
def test_an_api_that_fails_now_and_then_is_asked_again(
    ground: Ground, watched: Callable[..., list[tuple[str, str, float]]], failure: Exception
) -> None:
    ground.list_fails = failure
    Timer(0.1, setattr, (ground, "list_fails", None)).start()
    assert rungs(watched(0.5)) == ["accepted"]


def test_seconds_count_from_acceptance_where_the_clocks_agree(ground: Ground, watched: Callable[[], list[tuple[str, str, float]]]) -> None:
    ground.status, ground.created = "ACTIVE", datetime.now(UTC) - timedelta(seconds=3)
    assert 3 <= watched()[1][2] < 5


def test_a_cloud_whose_clock_is_wrong_is_timed_by_ours(ground: Ground, watched: Callable[[], list[tuple[str, str, float]]]) -> None:
    ground.status, ground.created = "ACTIVE", datetime.now(UTC) - timedelta(hours=2)
    assert watched()[1][2] < 1
