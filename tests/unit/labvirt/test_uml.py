"""A server with a kernel of its own, whose kernel is recorded."""

from __future__ import annotations

import threading
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .conftest import RUNNING

SYNCED = "Emergency Sync complete\n"
VIF = {"id": "port-2", "address": "fa:16:3e:00:00:02"}


@pytest.fixture
def uml(labvirt: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The kind of guest; no interface is made."""
    module = import_module("labvirt.kinds.uml")
    monkeypatch.setattr(module.Tap, "plug", lambda *_: None)
    monkeypatch.setattr(module.Guest, "power_state", lambda _: RUNNING)
    labvirt.driver.CONF.lab.soft_reboot_s = 3
    return module


@pytest.fixture
def guest(uml: Any, server: SimpleNamespace) -> Any:
    """One that runs, with one port; its disk was synced before."""
    server.flavor.memory_mb = 768
    server.folder.keep(kind="uml", ports=["port-1"], macs={"port-1": "fa:16:3e:00:00:01"})
    guest = uml.Guest(server, server.folder)
    server.folder.keep(command=guest._command())
    Path(server.folder / "console.log").write_text(SYNCED, encoding="utf-8")
    return guest


@pytest.fixture
def done(uml: Any, guest: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with the guest and its disk; its kernel says a while after it was asked that the disk is synced."""
    steps: list[str] = []

    def say() -> None:
        steps.append("synced")
        with Path(guest.folder / "console.log").open("a", encoding="utf-8") as log:
            log.write("sysrq: Emergency Sync\n" + SYNCED)

    def ask(_: Path, command: str) -> str:
        steps.append(command)
        if command == "sysrq s":
            threading.Timer(0.3, say).start()
        return ""

    monkeypatch.setattr(uml.mconsole, "ask", ask)
    monkeypatch.setattr(uml, "run", lambda *command: steps.append(command[0]))
    monkeypatch.setattr(uml.kernel, "check", lambda _: None)
    return steps


def test_a_snapshot_is_taken_of_a_disk_that_the_kernel_said_is_synced(guest: Any, done: list[str], tmp_path: Path) -> None:
    guest.pack(Path("/base"), tmp_path / "out")
    assert done == ["sysrq s", "synced", "stop", "cp", "go"]


def test_a_kernel_that_says_nothing_is_no_reason_to_take_no_snapshot(
    uml: Any, guest: Any, done: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(uml, "LOG", SimpleNamespace(warning=lambda text, *facts, **_: warned.append(text % facts)))
    monkeypatch.setattr(uml, "SYNCED", b"another word")
    monkeypatch.setattr(uml, "SYNCED_WITHIN_S", 1)
    guest.pack(Path("/base"), tmp_path / "out")
    assert done == ["sysrq s", "synced", "stop", "cp", "go"]
    assert warned == ["not synced within 1 s: a copy may lack what was written last"]


@pytest.fixture
def stopped(uml: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the guest was given each time it was stopped; its kernel restarts whenever it is asked to."""
    limits: list[int] = []
    boots = iter(range(1, 100))
    monkeypatch.setattr(uml.Guest, "stop", lambda _, limit_s: limits.append(limit_s))
    monkeypatch.setattr(uml.Guest, "_boot", lambda _: next(boots))
    return limits


def test_a_guest_restarts_by_itself_while_it_has_the_interfaces_that_it_was_started_with(
    guest: Any, done: list[str], stopped: list[int]
) -> None:
    guest.plug({"id": "port-1", "address": "fa:16:3e:00:00:01"}, 0)
    assert guest.restart()
    assert (done, stopped) == (["cad"], [])


@pytest.mark.parametrize("ports", [["port-1", "port-2"], [""]])
def test_a_guest_with_other_interfaces_is_shut_down_to_be_switched_on_with_them(
    guest: Any, done: list[str], stopped: list[int], ports: list[str]
) -> None:
    guest.folder.keep(ports=ports)
    guest.plug(VIF, 1)
    assert not guest.restart()
    assert (done, stopped) == ([], [3])


def test_what_a_guest_is_started_with_is_kept(uml: Any, guest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def begin(command: list[str], **_: object) -> None:
        started.append(command)
        guest._process.touch()

    guest.folder.keep(ports=["port-1", "port-2", "never connected"])
    guest.plug(VIF, 1)
    uml.CONF.lab.namespace = "lab9"
    monkeypatch.setattr(uml, "run", lambda *_: "")
    monkeypatch.setattr(uml.subprocess, "Popen", begin)
    guest.start(Path("/base"))
    command = guest.folder.state["command"]
    assert started[0][-len(command) :] == command
    assert [word.partition(":")[0] for word in command if word.startswith("vec")] == ["vec0", "vec1"]
