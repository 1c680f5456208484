"""Images are compared by content and flavors by size; names alone make nothing unequal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.report.inequality import InputOnClouds, Likeness, branches, inputs
from harness.report.reading import read_run

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def compared(recorder: MakeRecorder, name: str, *values: tuple[str, dict[str, Any]]) -> InputOnClouds:
    clouds = [f"cloud{number}" for number in range(len(values))]
    run = recorder(clouds)
    for cloud, value in zip(clouds, values, strict=True):
        cell = run.cell(cloud)
        cell.facts(**{name: value})
        cell.finish()
    return next(each for each in inputs(read_run(run.finish())) if each.name == name)


@pytest.mark.parametrize(
    ("name", "first", "second", "likeness", "flagged"),
    [
        ("image", ("debian", {"checksum": "a", "size": 1}), ("debian", {"checksum": "a", "size": 1}), Likeness.SAME, False),
        ("image", ("debian", {"checksum": "a", "size": 1}), ("trixie", {"checksum": "a", "size": 1}), Likeness.NAMED, False),
        ("image", ("debian", {"checksum": "a", "size": 1}), ("debian", {"checksum": "b", "size": 1}), Likeness.UNEQUAL, True),
        ("image", ("debian", {"checksum": "a"}), ("debian", {}), Likeness.UNPROVEN, False),
        ("flavor", ("small", {"vcpus": 1, "ram": 1024}), ("tiny", {"vcpus": 1, "ram": 1024}), Likeness.NAMED, False),
        ("flavor", ("small", {"vcpus": 1, "ram": 1024}), ("small", {"vcpus": 2, "ram": 1024}), Likeness.UNEQUAL, True),
        ("network", ("", {}), ("public", {}), Likeness.NAMED, False),
    ],
)
def test_how_two_clouds_inputs_compare(
    recorder: MakeRecorder, name: str, first: tuple[str, Any], second: tuple[str, Any], likeness: Likeness, flagged: bool
) -> None:
    found = compared(recorder, name, first, second)
    assert (found.likeness, found.flagged) == (likeness, flagged)


def test_unequal_inputs_come_first_and_say_what_differs(pair: Path) -> None:
    first, *_ = inputs(read_run(pair))
    assert (first.name, first.differing) == ("flavor", ("ram",))
    assert [(way.text, way.clouds) for way in first.ways()] == [
        ("small (found), ram 1024", ("lab1",)),
        ("tiny (found), ram 768", ("lab2",)),
    ]


def test_checksums_that_begin_alike_stay_two(recorder: MakeRecorder) -> None:
    found = compared(recorder, "image", ("debian", {"checksum": "a" * 31 + "b"}), ("debian", {"checksum": "a" * 32}))
    assert [(way.text, way.clouds) for way in found.ways()] == [
        ("debian (found), checksum aaaaaaaaaaaa…", ("cloud0",)),
        ("debian (found), checksum aaaaaaaaaaaa…", ("cloud1",)),
    ]


def test_one_cloud_has_nothing_to_be_unequal_to(recorder: MakeRecorder) -> None:
    assert compared(recorder, "image", ("debian", {"checksum": "a"})).likeness is Likeness.SAME


def test_branches_that_differ(pair: Path) -> None:
    found = branches(read_run(pair))
    assert [(each.name, each.differs) for each in found] == [("address", True), ("network", True)]
    assert [(way.text, way.clouds) for way in found[0].ways()] == [("floating", ("lab1",)), ("direct", ("lab2",))]
