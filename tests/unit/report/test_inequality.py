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
    ("name", "first", "second", "likeness"),
    [
        ("image", ("debian", {"checksum": "md5:a", "size_bytes": 1}), ("debian", {"checksum": "md5:a", "size_bytes": 1}), "same"),
        ("image", ("debian", {"checksum": "md5:a"}), ("trixie", {"checksum": "md5:a"}), "named differently"),
        ("image", ("debian", {"checksum": "md5:a"}), ("debian", {"checksum": "md5:b"}), "unequal"),
        ("image", ("debian", {"checksum": "md5:a"}), ("debian", {"checksum": ""}), "equality unproven"),
        (
            "image",
            ("debian", {"checksum": "md5:a", "size_bytes": 1}),
            ("debian", {"checksum": "sha512:a", "size_bytes": 1}),
            "equality unproven",
        ),
        ("image", ("debian", {"checksum": "md5:a", "size_bytes": 1}), ("debian", {"checksum": "sha512:a", "size_bytes": 2}), "unequal"),
        ("flavor", ("small", {"vcpus": 1, "ram_mb": 1024}), ("tiny", {"vcpus": 1, "ram_mb": 1024}), "named differently"),
        ("flavor", ("small", {"vcpus": 1, "ram_mb": 1024}), ("small", {"vcpus": 2, "ram_mb": 1024}), "unequal"),
        ("network", ("quay", {}), ("public", {}), "named differently"),
        ("network", ("", {}), ("public", {}), "differs"),
    ],
)
def test_how_two_clouds_inputs_compare(
    recorder: MakeRecorder, name: str, first: tuple[str, Any], second: tuple[str, Any], likeness: str
) -> None:
    found = compared(recorder, name, first, second)
    assert (found.likeness, found.flagged) == (likeness, likeness == "unequal")


def test_unequal_inputs_come_first_and_say_what_differs(pair: Path) -> None:
    first, *_ = inputs(read_run(pair))
    assert (first.name, first.differing) == ("flavor", ("ram_mb",))
    assert [(way.text, way.clouds) for way in first.ways()] == [
        ("small (found), ram_mb 1024", ("lab1",)),
        ("tiny (found), ram_mb 768", ("lab2",)),
    ]


def test_checksums_that_begin_alike_stay_two(recorder: MakeRecorder) -> None:
    found = compared(recorder, "image", ("debian", {"checksum": "md5:" + "a" * 31 + "b"}), ("debian", {"checksum": "md5:" + "a" * 32}))
    assert [(way.text, way.clouds) for way in found.ways()] == [
        ("debian (found), checksum md5:aaaaaaaaaaaa…", ("cloud0",)),
        ("debian (found), checksum md5:aaaaaaaaaaaa…", ("cloud1",)),
    ]


def test_one_cloud_has_nothing_to_be_unequal_to(recorder: MakeRecorder) -> None:
    assert compared(recorder, "image", ("debian", {"checksum": "a"})).likeness is Likeness.SAME


def test_branches_that_differ(pair: Path) -> None:
    found = branches(read_run(pair))
    assert [(each.name, each.differs) for each in found] == [("address", True), ("network", True)]
    assert [(way.text, way.clouds) for way in found[0].ways()] == [("floating", ("lab1",)), ("direct", ("lab2",))]
