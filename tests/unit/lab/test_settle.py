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
from harness.lab.settle import require_possible, settle


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
    return found


@pytest.mark.usefixtures("clouds")
def test_a_quirk_is_applied_to_the_clouds_that_were_named(bundle: Bundle, broken: set[tuple[str, str]]) -> None:
    assert settle(bundle, ["lab2"], ["noisy"]) == ["lab2: has the quirk noisy"]
    assert broken == {("lab2", "noisy")}


@pytest.mark.usefixtures("clouds")
def test_each_cloud_gets_the_quirks_that_it_can_have(bundle: Bundle, broken: set[tuple[str, str]]) -> None:
    assert settle(bundle, ["lab1", "lab2", "lab3"], ["salty"]) == ["lab1: has the quirk salty"]
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
    assert settle(bundle, ["lab2"], []) == ["lab1: still has the quirk noisy", "lab2: noisy is mended"]
    assert broken == {("lab1", "noisy")}
    assert settle(bundle, ["lab1", "lab3"], []) == ["lab1: noisy is mended"]
    assert quirks.broken(bundle) == {}


def test_a_quirk_that_cannot_be_is_refused_before_anything_is_brought_up(clouds: list[Cloud]) -> None:
    lab1, lab2 = (cloud.spec for cloud in clouds[:2])
    with pytest.raises(LabError, match="there is no quirk 'unheard-of'") as refused:
        require_possible([lab1, lab2], ["noisy", "unheard-of"], all_of_them=False)
    assert refused.value.mend == "choose one of noisy, salty"
    with pytest.raises(LabError, match="the quirk 'salty' makes no sense on lab2"):
        require_possible([lab2], ["salty"], all_of_them=False)


def test_clouds_that_were_named_must_all_be_able_to_have_a_quirk(clouds: list[Cloud]) -> None:
    both = [cloud.spec for cloud in clouds[:2]]
    require_possible(both, ["noisy", "salty"], all_of_them=False)
    with pytest.raises(LabError, match="the quirk 'salty' makes no sense on lab2"):
        require_possible(both, ["salty"], all_of_them=True)


def test_a_cloud_is_not_broken_in_a_way_that_makes_no_sense(clouds: list[Cloud], broken: set[tuple[str, str]]) -> None:
    with pytest.raises(LabError, match="the quirk 'salty' makes no sense on lab2"):
        quirks.apply("salty", clouds[1])
    assert broken == set()


def test_a_quirk_that_there_is_not_is_not_mended_in_silence(clouds: list[Cloud]) -> None:
    with pytest.raises(LabError, match="there is no quirk 'unheard-of'"):
        quirks.remove("unheard-of", clouds[0])


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
