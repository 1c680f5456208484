"""Whether the same workload was deployed everywhere, and from the same image: the short answers above the digests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.inequality import InputOnClouds, Likeness, inputs
from harness.report.record import Cell, Run, Workload
from harness.report.words import Standing, count, listed, short_digest


@dataclass(frozen=True)
class Proof:
    """An answer in words, and whether it stands for or against."""

    workload: str
    standing: Standing
    text: str


def proofs(run: Run) -> tuple[Proof, ...]:
    """For every workload: were its content, the engine's tools and the images that clouds gave it the same in every cell?"""
    return tuple(proof for workload in run.workloads for proof in _proofs(run, workload))


def _proofs(run: Run, workload: Workload) -> Iterator[Proof]:
    deployed = [each for each in run.cells if each.workload == workload.name and each.digest]
    digests = {each.digest for each in deployed}
    if not deployed:
        yield Proof(workload.name, Standing.UNKNOWN, "was deployed by no cell")
    elif len(digests) > 1:
        yield Proof(workload.name, Standing.FAILS, f"was not the same everywhere: {count(len(digests), 'digest')}")
    else:
        cells = f"{count(len(deployed), 'cell')} of {len(run.cells_with(workload.name))}"
        yield Proof(workload.name, Standing.HOLDS, f"was the same, byte for byte, in {cells}: {short_digest(*digests)}")
    yield from _of_tools(workload, run.cells_with(workload.name))
    yield from (_of_image(each) for each in inputs(run) if (each.workload, each.kind) == (workload.name, "image"))


def _of_tools(workload: Workload, cells: Sequence[Cell]) -> Iterator[Proof]:
    """Each tool by its version, and by the hash of its build where one is known."""
    for name in dict.fromkeys(tool.name for cell in cells for tool in cell.tools):
        builds = [(tool.version, tool.hash) for cell in cells for tool in cell.tools if tool.name == name]
        if len(set(builds)) > 1:
            versions = listed(sorted({version for version, _ in builds}))
            yield Proof(workload.name, Standing.FAILS, f"was not deployed by one {name}: {count(len(set(builds)), 'build')} ({versions})")
        else:
            ((version, hash_),) = set(builds)
            of_build = f", {short_digest(hash_.removeprefix('h1:'))}" if hash_ else ""
            yield Proof(workload.name, Standing.HOLDS, f"was deployed by {name} {version}{of_build} in {count(len(builds), 'cell')}")


def _of_image(image: InputOnClouds) -> Proof:
    where = count(len(image.values), "cloud")
    match image.likeness:
        case Likeness.UNEQUAL:
            return Proof(image.workload, Standing.LACKS, f"met images of different content on {where}: read results with that in mind")
        case Likeness.UNPROVEN:
            return Proof(image.workload, Standing.UNKNOWN, f"met images on {where} whose checksums do not prove them equal")
        case _:
            return Proof(image.workload, Standing.HOLDS, f"met an image of the same content on {where}, by its checksum")
