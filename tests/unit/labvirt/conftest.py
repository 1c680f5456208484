"""The driver without Nova: what it imports of OpenStack stands here as names alone, and its guests are recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

UUID = "6a9d7f0e-0000-4000-8000-000000000001"
RUNNING, PAUSED, SHUTDOWN = 1, 3, 4


class NovaError(Exception):
    """Any of Nova's."""

    def __init__(self, *causes: object, **facts: object) -> None:
        super().__init__(*causes, *facts.values())


class Options(SimpleNamespace):
    """Nova's configuration."""

    def register_opts(self, *_: object, **__: object) -> None:
        pass


def _names(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What the driver imports, by module."""
    errors = (
        "NovaException",
        "InstanceEventTimeout",
        "InstanceFaultRollback",
        "InstanceNotFound",
        "ResizeError",
        "VirtualInterfaceCreateException",
    )
    option = SimpleNamespace(**dict.fromkeys(("StrOpt", "ListOpt", "IntOpt"), lambda *_, **__: None))
    return {
        "nova": {"exception": SimpleNamespace(**{name: type(name, (NovaError,), {}) for name in errors})},
        "nova.api": {},
        "nova.api.metadata": {"base": None},
        "nova.conf": {"CONF": Options(instances_path=str(tmp_path / "instances"), lab=SimpleNamespace(guests=["recorded"]))},
        "nova.compute": {
            "power_state": SimpleNamespace(RUNNING=RUNNING, PAUSED=PAUSED, SHUTDOWN=SHUTDOWN),
            "task_states": SimpleNamespace(RESIZE_REVERTING="resize_reverting"),
        },
        "nova.image": {"glance": None},
        "nova.objects": {"fields": None},
        "nova.virt": {
            "configdrive": None,
            "driver": SimpleNamespace(ComputeDriver=type("ComputeDriver", (), {"capabilities": {}})),
            "hardware": SimpleNamespace(InstanceInfo=SimpleNamespace),
        },
        "nova.virt.node": {},
        "os_resource_classes": {},
        "oslo_config": {"cfg": option},
        "oslo_log": {"log": SimpleNamespace(getLogger=lambda _: None)},
    }


class Guest:
    """A kind of guest of which every call is recorded."""

    calls: list[str]
    state: int

    def __init__(self, _: object, folder: Any) -> None:
        self.folder = folder

    def plug(self, vif: dict[str, Any], index: int) -> None:
        self.calls.append(f"plug {vif['id']} as {index}")

    def start(self, _: Path) -> None:
        if self.state == SHUTDOWN:
            self._now(RUNNING, "start")

    def stop(self, _: int) -> None:
        self._now(SHUTDOWN, "stop")

    def pause(self) -> None:
        self._now(PAUSED, "pause")

    def unpause(self) -> None:
        self._now(RUNNING, "unpause")

    def power_state(self) -> int:
        return self.state

    def unplug(self, port: str) -> None:
        self.calls.append(f"unplug {port}")

    def unmount(self) -> None:
        self.calls.append("unmount")

    def release(self) -> None:
        self.calls.append("release")

    @classmethod
    def _now(cls, state: int, call: str) -> None:
        cls.state = state
        cls.calls.append(call)


@pytest.fixture
def labvirt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The driver's modules ``folder`` and ``driver``, Nova's ``exception``, and the kind of guest that every server is of."""
    before = set(sys.modules)
    for name, contents in _names(tmp_path).items():
        stands_in = ModuleType(name)
        vars(stands_in).update(contents)
        monkeypatch.setitem(sys.modules, name, stands_in)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, stands_in)
    kind = ModuleType("labvirt.kinds.recorded")
    vars(kind)["Guest"] = type("Guest", (Guest,), {"calls": [], "state": SHUTDOWN, "__module__": kind.__name__})
    monkeypatch.setitem(sys.modules, kind.__name__, kind)
    (tmp_path / "instances").mkdir()
    try:
        yield SimpleNamespace(
            folder=import_module("labvirt.folder"),
            driver=import_module("labvirt.driver"),
            exception=sys.modules["nova"].exception,
            guest=vars(kind)["Guest"],
        )
    finally:
        for name in set(sys.modules) - before:
            parent, _, child = name.rpartition(".")
            if name.partition(".")[0] == "labvirt":
                del sys.modules[name]
                vars(sys.modules.get(parent, kind)).pop(child, None)


@pytest.fixture
def server(labvirt: SimpleNamespace) -> SimpleNamespace:
    """A server with one port and a disk."""
    folder = labvirt.folder.Folder(UUID)
    folder.keep(kind="recorded", name="instance-1", base="/base", ports=["port-1"])
    (folder / "disk").write_text("first", encoding="utf-8")
    flavor = SimpleNamespace(name="small", root_gb=4, extra_specs={"lab:guest": "recorded"})
    return SimpleNamespace(uuid=UUID, flavor=flavor, task_state=None, folder=folder)
