"""The short answers above the digests: the same content everywhere, and the same image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.report.proof import proofs
from harness.report.reading import read_run
from harness.report.words import Standing

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def test_one_digest_in_every_cell_is_proof(pair: Path) -> None:
    same, image = proofs(read_run(pair))
    assert (same.standing, same.text) == (Standing.HOLDS, "was the same, byte for byte, in 2 cells of 2: 3f9a41d27c0b")
    assert (image.standing, image.text) == (Standing.HOLDS, "met an image of the same content on 2 clouds, by its checksum")


def test_cells_that_never_deployed_are_counted(troubled: Path) -> None:
    assert proofs(read_run(troubled))[0].text == "was the same, byte for byte, in 4 cells of 5: 3f9a41d27c0b"


def test_two_digests_are_not_the_same_workload(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    run.cell("a").finish()
    run.cell("b", digest="ab" * 32).finish()
    (found,) = proofs(read_run(run.finish()))
    assert (found.standing, found.text) == (Standing.FAILS, "was not the same everywhere: 2 digests")


def test_images_of_other_content_and_of_unknown_content_are_told(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    run.cell("a").facts()
    run.cell("b").facts(image=("debian", {"checksum": "md5:" + "bb" * 16, "size_bytes": 1}))
    assert proofs(read_run(run.finish()))[1].standing is Standing.LACKS
    run = recorder(["a", "b"], name="other")
    run.cell("a").facts()
    run.cell("b").facts(image=("debian", {}))
    assert proofs(read_run(run.finish()))[1].standing is Standing.UNKNOWN


def test_a_workload_that_no_cell_deployed_is_unknown(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    run.plan("a")
    assert [each.standing for each in proofs(read_run(run.finish()))] == [Standing.UNKNOWN]


def test_tools_of_one_build_are_proof_and_of_two_are_against_it(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    for cloud, build in (("a", "h1:one"), ("b", "h1:two")):
        cell = run.cell(cloud)
        cell.write("engine.tool", name="terraform", version="1.14.0")
        cell.write("engine.tool", name="acme/cloud", version="1.54.1", hash=build)
        cell.finish()
    found = read_run(run.finish())
    _, terraform, provider = proofs(found)
    assert (terraform.standing, terraform.text) == (Standing.HOLDS, "was deployed by terraform 1.14.0 in 2 cells")
    assert (provider.standing, provider.text) == (Standing.FAILS, "was not deployed by one acme/cloud: 2 builds (1.54.1)")
    same = [replace(cell, tools=found.cells[0].tools) for cell in found.cells]
    assert proofs(replace(found, cells=tuple(same)))[2].text == "was deployed by acme/cloud 1.54.1, one in 2 cells"
