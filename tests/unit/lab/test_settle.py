"""Clouds get exactly the quirks that were asked for, and what is said of them is so."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import LabError
from harness.lab import quirks
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.quirks import Quirk
from harness.lab.settle import settle


@pytest.fixture(autouse=True)
def broken(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """What is broken, by cloud and quirk; of the two quirks there are, `salty` makes sense on lab1 alone."""
    found: set[tuple[str, str]] = set()

    def quirk(name: str, only: str = "") -> Quirk:
        return Quirk(
            name,
            name,
            check="",
            facet="",
            workload="",
            fits=lambda spec: only in spec.name,
            apply=lambda cloud: found.add((cloud.name, name)),
            remove=lambda cloud: found.discard((cloud.name, name)),
        )

    known = {"noisy": quirk("noisy"), "salty": quirk("salty", "lab1")}
    monkeypatch.setattr("harness.lab.quirks.find", lambda: known)
    monkeypatch.setattr("harness.lab.settle.find", lambda: known)
    return found


@pytest.mark.usefixtures("clouds")
def test_a_quirk_is_applied_to_the_clouds_that_were_named(bundle: Bundle, broken: set[tuple[str, str]]) -> None:
    assert settle(bundle, ["lab2"], ["noisy"]) == ["lab2: has the quirk noisy"]
    assert broken == {("lab2", "noisy")}


@pytest.mark.usefixtures("clouds")
def test_without_names_each_cloud_gets_the_quirks_that_it_can_have(bundle: Bundle, broken: set[tuple[str, str]]) -> None:
    settle(bundle, [], ["salty"])
    assert broken == {("lab1", "salty")}


@pytest.mark.usefixtures("clouds")
def test_a_quirk_that_healed_meanwhile_is_applied_again(bundle: Bundle, broken: set[tuple[str, str]]) -> None:
    settle(bundle, ["lab1"], ["noisy"])
    broken.clear()
    assert settle(bundle, ["lab1"], ["noisy"]) == ["lab1: has the quirk noisy"]
    assert broken == {("lab1", "noisy")}
    assert quirks.broken(bundle) == {"noisy": ["lab1"]}


def test_what_is_still_broken_is_mended_before_it_is_broken_again(clouds: list[Cloud], monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    twice = Quirk("twice", "", "", "", "", lambda _: True, lambda _: done.append("broken"), lambda _: done.append("mended"))
    monkeypatch.setattr("harness.lab.quirks.find", lambda: {"twice": twice})
    quirks.apply("twice", clouds[0])
    quirks.apply("twice", clouds[0])
    assert done == ["broken", "mended", "broken"]


@pytest.mark.usefixtures("clouds")
def test_without_quirks_the_clouds_that_were_named_are_healthy_and_the_others_broken_ones_are_said(
    bundle: Bundle, broken: set[tuple[str, str]]
) -> None:
    settle(bundle, ["lab1", "lab2"], ["noisy"])
    assert settle(bundle, ["lab2"], []) == ["lab2: noisy is mended", "lab1: still has the quirk noisy"]
    assert broken == {("lab1", "noisy")}
    assert settle(bundle, [], []) == ["lab1: noisy is mended"]
    assert quirks.broken(bundle) == {}


@pytest.mark.usefixtures("clouds")
def test_a_quirk_that_a_named_cloud_cannot_have_is_refused(bundle: Bundle, broken: set[tuple[str, str]]) -> None:
    with pytest.raises(LabError, match="the quirk 'salty' makes no sense on lab2"):
        settle(bundle, ["lab2"], ["salty"])
    with pytest.raises(LabError, match="there is no quirk 'unheard-of'"):
        settle(bundle, ["lab2"], ["unheard-of"])
    assert broken == set()


@pytest.fixture
def haunted(clouds: list[Cloud], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cloud, subprocess.Popen[bytes], list[Any]]]:
    """A cloud with a quirk's process, and what was run to end it."""
    run: list[Any] = []
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        monkeypatch.setattr(clouds[0].bundle, "start", lambda *_, **__: process.pid)
        monkeypatch.setattr(clouds[0].bundle, "run", lambda argv, **_: run.append(argv))
        quirks.haunt(clouds[0], "dhcp-once", "")
        yield clouds[0], process, run
        process.kill()


def test_a_quirks_process_is_ended(haunted: tuple[Cloud, subprocess.Popen[bytes], list[Any]]) -> None:
    cloud, process, run = haunted
    quirks.exorcise(cloud, "dhcp-once")
    assert run == [["kill", str(process.pid)]]
    quirks.exorcise(cloud, "dhcp-once")
    assert len(run) == 1


def test_another_process_that_got_its_number_is_left_alone(haunted: tuple[Cloud, subprocess.Popen[bytes], list[Any]]) -> None:
    cloud, process, run = haunted
    note = next(Path(cloud.folder, "run").glob("quirk-*"))
    note.write_text(f"{process.pid} 1", encoding="ascii")
    quirks.exorcise(cloud, "dhcp-once")
    assert run == []
