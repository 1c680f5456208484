from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from harness import engines
from harness.engines.ansible import AnsibleEngine
from harness.errors import UsageError


class Foreign:
    pass


def make_foreign() -> Foreign:
    return Foreign()


@pytest.fixture
def another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [EntryPoint(name="acme", value=f"{__name__}:make_foreign", group=engines.GROUP)]
    monkeypatch.setattr(engines, "entry_points", lambda group: there if group == engines.GROUP else [])
    monkeypatch.setattr(EntryPoint, "load", lambda _self: make_foreign)


def test_a_module_of_the_package_is_an_engine_by_its_name() -> None:
    assert isinstance(engines.load("ansible"), AnsibleEngine)


@pytest.mark.usefixtures("another_package")
def test_another_package_adds_an_engine_by_an_entry_point() -> None:
    assert isinstance(engines.load("acme"), Foreign)


@pytest.mark.usefixtures("another_package")
def test_an_unknown_engine_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match="'tether'") as refusal:
        engines.load("tether")
    assert "acme, ansible" in refusal.value.mend
