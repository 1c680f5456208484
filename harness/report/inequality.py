"""What the same workload met under different names, in different sizes, or by different ways.

Inputs that stand for a thing are compared by what the thing is, not by what it is called: an image by its content, a flavor by
its size. Whether a value was set or found makes no difference here; it is a column of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from string import hexdigits

from harness.model import Input, Json
from harness.report.record import Cell, Run
from harness.report.values import worded


class Likeness(StrEnum):
    """How an input compares between clouds. ``unequal`` is said of things with a content or a size, ``differs`` of settings."""

    UNEQUAL = "unequal"
    UNPROVEN = "equality unproven"
    DIFFERS = "differs"
    NAMED = "named differently"
    SAME = "same"


CONTENT = {"image": ("checksum", "size_bytes"), "flavor": ("vcpus", "ram_mb", "disk_gb")}
"""The details, by kind of input, that make two things equal or not. A checksum is written ``algorithm:digits``."""

_ONLY_A_NAME = frozenset({"network", "external-network", "zone"})
_CHECKSUM_DIGITS = 32


@dataclass(frozen=True)
class Way:
    """What some clouds have in common, in words."""

    text: str
    clouds: tuple[str, ...]


@dataclass(frozen=True)
class InputOnClouds:
    """One input of a workload on every cloud that resolved it. ``differing`` are the details that make it unequal."""

    workload: str
    name: str
    kind: str
    values: dict[str, Input]
    likeness: Likeness
    differing: tuple[str, ...] = ()

    @property
    def flagged(self) -> bool:
        """Whether results must be read with it in mind: an image or a flavor that is not the same thing everywhere."""
        return self.likeness is Likeness.UNEQUAL

    def ways(self) -> tuple[Way, ...]:
        """The different values in words, with whether they were found or set, and the details that differ."""
        found: dict[tuple[str, ...], list[str]] = {}
        for cloud, each in self.values.items():
            details = (f"{name} {worded(each.detail[name])}" for name in self.differing)
            found.setdefault((f"{worded(each.value)} ({each.source})", *details), []).append(cloud)
        return tuple(Way(", ".join(map(_shortened, words)), tuple(clouds)) for words, clouds in found.items())


@dataclass(frozen=True)
class BranchOnClouds:
    """One of the payload's own ways, on every cloud where it was deployed."""

    workload: str
    name: str
    values: dict[str, str]

    @property
    def differs(self) -> bool:
        """Whether clouds made the payload go different ways."""
        return len(set(self.values.values())) > 1

    def ways(self) -> tuple[Way, ...]:
        """The different ways that the payload went."""
        distinct = dict.fromkeys(self.values.values())
        return tuple(Way(way, tuple(cloud for cloud, taken in self.values.items() if taken == way)) for way in distinct)


def inputs(run: Run) -> tuple[InputOnClouds, ...]:
    """Every input of every workload, in the order of their likeness: unequal ones first."""
    found = []
    for workload in run.workloads:
        last = _last(run, workload.name, lambda cell: bool(cell.inputs))
        names = dict.fromkeys(each.name for cell in last.values() for each in cell.inputs)
        for name in names:
            values = {cloud: each for cloud, cell in last.items() for each in cell.inputs if each.name == name}
            found.append(compared(workload.name, name, values))
    return tuple(sorted(found, key=lambda each: list(Likeness).index(each.likeness)))


def branches(run: Run) -> tuple[BranchOnClouds, ...]:
    """Every branch of every workload, those that differ first."""
    found: list[BranchOnClouds] = []
    for workload in run.workloads:
        last = _last(run, workload.name, lambda cell: bool(cell.branches))
        names = dict.fromkeys(name for cell in last.values() for name in cell.branches)
        taken = {name: {cloud: cell.branches[name] for cloud, cell in last.items() if name in cell.branches} for name in names}
        found += [BranchOnClouds(workload.name, name, values) for name, values in taken.items()]
    return tuple(sorted(found, key=lambda each: not each.differs))


def _last(run: Run, workload: str, has: Callable[[Cell], bool]) -> dict[str, Cell]:
    """By cloud, the last attempt that got as far as ``has`` asks for."""
    return {cell.cloud: cell for cloud in run.clouds for cell in run.cells_of(workload, cloud) if has(cell)}


def compared(workload: str, name: str, values: dict[str, Input]) -> InputOnClouds:
    """One input as it was resolved on several clouds, by cloud."""
    kind = next(iter(values.values())).kind
    words = {worded(each.value) if each.value != "" else "" for each in values.values()}
    if kind in CONTENT:
        likeness, differing = _by_content(kind, [each.detail for each in values.values()])
        if likeness is Likeness.SAME and len(words) > 1:
            likeness = Likeness.NAMED
        return InputOnClouds(workload, name, kind, values, likeness, differing)
    likeness = Likeness.NAMED if kind in _ONLY_A_NAME and "" not in words else Likeness.DIFFERS
    return InputOnClouds(workload, name, kind, values, Likeness.SAME if len(words) == 1 else likeness)


def _by_content(kind: str, details: list[dict[str, Json]]) -> tuple[Likeness, tuple[str, ...]]:
    """Whether things are the same by what they hold, and the details that differ. What one of them does not tell proves nothing."""
    common = [key for key in CONTENT[kind] if all(each.get(key) not in (None, "") for each in details) and _comparable(key, details)]
    differing = tuple(key for key in common if len({worded(each[key]) for each in details}) > 1)
    if differing:
        return Likeness.UNEQUAL, differing
    proven = len(details) == 1 or CONTENT[kind][0] in common
    return (Likeness.SAME if proven else Likeness.UNPROVEN), ()


def _comparable(key: str, details: list[dict[str, Json]]) -> bool:
    """Checksums of different algorithms say nothing about each other."""
    return key != "checksum" or len({str(each[key]).partition(":")[0] for each in details}) == 1


def _shortened(words: str) -> str:
    """A checksum at the end of ``words`` says no more by all its digits."""
    name, _, digits = words.rpartition(":")
    is_checksum = len(digits) >= _CHECKSUM_DIGITS and all(each in hexdigits for each in digits)
    return f"{name}:{digits[:12]}…" if is_checksum else words
