"""What Nova asks of the driver when it starts after it was killed, and when something fails."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .conftest import PAUSED, RUNNING, SHUTDOWN

PORTS = [{"id": "port-1"}]


@pytest.fixture
def driver(labvirt: SimpleNamespace) -> Any:
    return labvirt.driver.LabDriver()


def restarted(driver: Any, server: SimpleNamespace) -> None:
    """What Nova does for a server whose resize was under way: its ``_init_instance``."""
    driver.plug_vifs(server, PORTS)
    driver.finish_revert_migration(None, server, PORTS, None)


def resized(driver: Any, server: SimpleNamespace, root_gb: int = 8, kind: str = "recorded") -> None:
    driver.migrate_disk_and_power_off(
        None, server, "host", SimpleNamespace(name="other", root_gb=root_gb, extra_specs={"lab:guest": kind}), PORTS
    )


@pytest.mark.parametrize("step", ["stop", "unmount"])
def test_a_resize_that_was_cut_short_goes_back_to_the_disk_that_there_is(
    labvirt: SimpleNamespace, driver: Any, server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    server.folder.set_aside()  # of an earlier resize that failed
    Path(server.folder / "disk").write_text("newer", encoding="utf-8")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(labvirt.guest, step, killed)
        with pytest.raises(KeyboardInterrupt):
            resized(driver, server)
    restarted(driver, server)
    assert Path(server.folder / "disk").read_text(encoding="utf-8") == "newer"
    assert labvirt.guest.state == RUNNING


def test_a_revert_that_was_cut_short_takes_back_what_was_kept(labvirt: SimpleNamespace, driver: Any, server: SimpleNamespace) -> None:
    resized(driver, server)
    shutil.rmtree(server.folder.path)
    labvirt.guest.calls.clear()
    restarted(driver, server)
    assert Path(server.folder / "disk").read_text(encoding="utf-8") == "first"
    assert labvirt.guest.calls == ["plug port-1 as 0", "start"]


def test_a_server_without_files_does_not_keep_nova_from_starting(labvirt: SimpleNamespace, driver: Any, server: SimpleNamespace) -> None:
    server.folder.remove()
    driver.plug_vifs(server, PORTS)
    assert labvirt.guest.calls == []
    assert not server.folder.path.exists()


@pytest.mark.parametrize(("state", "call"), [(PAUSED, "unpause"), (SHUTDOWN, "start")])
def test_a_server_that_ran_runs_again_also_where_a_snapshot_had_paused_it(
    labvirt: SimpleNamespace, driver: Any, server: SimpleNamespace, state: int, call: str
) -> None:
    labvirt.guest.state = state
    driver.resume_state_on_host_boot(None, server, PORTS)
    assert labvirt.guest.state == RUNNING
    assert call in labvirt.guest.calls


@pytest.mark.parametrize(("doing", "left"), [("deleting", []), (None, []), ("resize_reverting", ["_resize"])])
def test_what_a_resize_kept_goes_with_the_server_but_not_while_it_is_to_be_taken_back(
    driver: Any, server: SimpleNamespace, doing: str | None, left: list[str]
) -> None:
    resized(driver, server)
    server.task_state = doing
    driver.destroy(None, server, PORTS)
    assert [entry.name.removeprefix(server.uuid) for entry in server.folder.path.parent.iterdir()] == left


@pytest.mark.parametrize(("size", "kind"), [(2, "recorded"), (8, "other")])
def test_a_resize_to_what_a_server_cannot_become_is_refused_before_it_is_stopped(
    labvirt: SimpleNamespace, driver: Any, server: SimpleNamespace, size: int, kind: str
) -> None:
    with pytest.raises(labvirt.exception.InstanceFaultRollback):
        resized(driver, server, size, kind)
    assert labvirt.guest.calls == []
    assert not server.folder.kept_aside.exists()


@pytest.mark.parametrize(("there", "left"), [(["port-1"], ["port-1", ""]), (["", "port-1"], ["", "port-1"])])
def test_a_port_that_cannot_be_connected_is_none_of_the_servers(
    labvirt: SimpleNamespace, driver: Any, server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, there: list[str], left: list[str]
) -> None:
    server.folder.keep(ports=there)

    def failing(*_: object) -> None:
        raise labvirt.exception.NovaException("no device")

    with monkeypatch.context() as patch:
        patch.setattr(labvirt.guest, "plug", failing)
        with pytest.raises(labvirt.exception.NovaException):
            driver.attach_interface(None, server, None, {"id": "port-2"})
    assert server.folder.state["ports"] == left
    assert labvirt.guest.calls == ["unplug port-2"]
    driver.power_on(None, server, PORTS)
    assert labvirt.guest.state == RUNNING


def test_a_port_that_was_connected_before_stays_the_servers(
    labvirt: SimpleNamespace, driver: Any, server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise labvirt.exception.NovaException("no switch")

    with monkeypatch.context() as patch:
        patch.setattr(labvirt.guest, "plug", failing)
        with pytest.raises(labvirt.exception.NovaException):
            driver.power_on(None, server, PORTS)
    assert server.folder.state["ports"] == ["port-1"]
