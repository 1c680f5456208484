"""From a scenario and the names of clouds to cells: everything that can be refused before anything is created, is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from uuid import uuid4

from harness.cell.checking import folders_of
from harness.checks.catalogue import catalogue
from harness.checks.marks import Spec
from harness.checks.order import wanted
from harness.clouds.config import CloudEntry, entry
from harness.engines import load
from harness.errors import FileError, UsageError
from harness.manifest import Scenario, Workload, digest, find_scenario, find_workload, names, read_overlay, read_scenario, read_workload
from harness.manifest.reading import at
from harness.manifest.workload import MANIFEST
from harness.model import CellPlan, CheckInfo, Json
from harness.rounds.demands import refuse_limits_at_zero, refuse_lonely, refuse_unknown_must_haves, refuse_unscorable, refuse_unseeable


@dataclass(frozen=True)
class Planned:
    """A workload of the round: where it is, what it is, its content's digest, the checks that have to pass, and all that look at it.

    ``left_out`` are those that would look at it, and that the scenario does not ask for.
    """

    folder: Path
    manifest: Workload
    digest: str
    required: tuple[str, ...]
    checks: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """One scenario on several clouds, planned. ``cells`` of one cloud follow each other; those of different clouds go side by side.

    ``left_out`` are the checks that the scenario leaves out of the ``catalogue``: nobody looks, so that they stay unknown.
    """

    run: str
    folder: Path
    name: str
    scenario: Scenario
    scenario_digest: str
    clouds: tuple[CloudEntry, ...]
    workloads: tuple[Planned, ...]
    catalogue: tuple[CheckInfo, ...]
    left_out: tuple[CheckInfo, ...]
    cells: tuple[CellPlan, ...]
    jobs: int | None

    def cell_folder(self, cell: CellPlan) -> Path:
        """Where a cell's plan, journal and logs are."""
        return self.folder / "cells" / cell.cell


def plan_round(
    scenario: str,
    clouds: Sequence[str],
    overlays: Iterable[tuple[str, Path]],
    reports: Path,
    *,
    only: Sequence[str] = (),
    attempts: int | None = None,
    jobs: int | None = None,
    keep: bool = False,
) -> Round:
    """Plan a round of ``scenario`` (a file, a scenario's name, or a workload's) on ``clouds``, or on the scenario's participants.

    ``overlays`` are pairs of a cloud and a file; ``only`` are pairs written ``CLOUD.WORKLOAD``, and none means every workload on every
    cloud. ``attempts`` stands above the scenario's. Nothing is written.

    Raises:
        UsageError: something typed or written cannot be used; names the file and the key where there is one.
    """
    file, found = _scenario(scenario)
    entries = [entry(name) for name in _clouds(clouds, found, file)]
    if file:
        refuse_lonely(found, file, len(entries))
    manifests = [_manifest(name, file) for name in found.workloads]
    if file:
        _refuse_named_twice(file, [manifest.name for _, manifest in manifests])
    checks, left_out = _catalogue(manifests, found, file)
    settings = _settings(entries, overlays, found, file, {manifest.name: manifest for _, manifest in manifests})
    workloads = [_planned(folder, manifest, found, checks, left_out) for folder, manifest in manifests]
    if file:
        for each in workloads:
            seen = [info for info in checks if info.id in each.checks]
            refuse_unscorable(found, file, each.manifest.name, seen, [info for info in left_out if info.id in each.left_out])
    pairs = _pairs(only, [(cloud, workload) for cloud in entries for workload in workloads])
    run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(4)}"
    cells = [
        _cell(run, cloud, workload, attempt, found, settings.get((cloud.name, workload.manifest.name), {}), keep=keep)
        for cloud, workload in pairs
        for attempt in range(1, (attempts or found.attempts) + 1)
    ]
    return Round(
        run=run,
        folder=reports.absolute() / run,
        name=file.stem if file else scenario,
        scenario=found,
        scenario_digest=f"sha256:{sha256(file.read_bytes()).hexdigest()}" if file else "",
        clouds=tuple(entries),
        workloads=tuple(workloads),
        catalogue=checks,
        left_out=left_out,
        cells=tuple(cells),
        jobs=jobs,
    )


def _scenario(name: str) -> tuple[Path | None, Scenario]:
    """The scenario and its file; a workload's name alone is a scenario of that workload, and has no file."""
    file = find_scenario(name)
    if file:
        return file, read_scenario(file)
    if name.endswith((".yaml", ".yml")):
        return Path(name), read_scenario(Path(name))
    try:
        workload = read_workload(find_workload(name))
    except FileError:
        raise
    except UsageError as error:
        there = ", ".join(names("scenarios") + names("workloads"))
        raise UsageError(f"there is no scenario or workload {name}", mend=f"name a scenario's file, or one of these: {there}") from error
    return None, Scenario(title=workload.title, workloads=[name])


def _clouds(named: Sequence[str], scenario: Scenario, file: Path | None) -> list[str]:
    clouds = list(named) or list(scenario.participants)
    if not clouds:
        where = f", or write participants: into {file}" if file else ""
        raise UsageError("no cloud is named", mend=f"name one or more with --cloud{where}")
    twice = sorted({each for each in clouds if clouds.count(each) > 1})
    if twice:
        raise UsageError(f"cloud {twice[0]} is named twice", mend="name it once")
    for each in clouds:
        if os.sep in each:
            raise UsageError(f"cloud {each}: a name with {os.sep} cannot name its cells' folders", mend="rename it in clouds.yaml")
    return clouds


def _pairs(only: Sequence[str], every: list[tuple[CloudEntry, Planned]]) -> list[tuple[CloudEntry, Planned]]:
    """The pairs of a cloud and a workload that are asked for."""
    known = {f"{cloud.name}.{workload.manifest.name}": (cloud, workload) for cloud, workload in every}
    for name in only:
        if name not in known:
            raise UsageError(f"--cell {name}: not a cell of this round", mend=f"its cells are {', '.join(known)}")
    return [pair for name, pair in known.items() if name in only] if only else every


def _manifest(name: str, file: Path | None) -> tuple[Path, Workload]:
    folder = find_workload(name, beside=file.parent if file else None).resolve()
    manifest = read_workload(folder)
    try:
        load(manifest.engine)
    except UsageError as error:
        raise FileError(folder / MANIFEST, at(folder / MANIFEST, "engine"), error.message, mend=error.mend) from error
    return folder, manifest


def _refuse_named_twice(file: Path, workloads: Sequence[str]) -> None:
    """Two cells would have one folder. It is the manifests' own names that count: two paths may lead to the same one."""
    for number, name in enumerate(workloads):
        if name in workloads[:number]:
            raise FileError(file, at(file, "workloads", number), f"{name} is named twice", mend="name it once")


def _planned(folder: Path, manifest: Workload, scenario: Scenario, checks: Iterable[CheckInfo], left_out: Iterable[CheckInfo]) -> Planned:
    """Of the scenario's must-haves and checks, each workload has those that can look at it."""
    seeable = {each.id for each in catalogue(folders_of(folder))}
    asked = scenario.require.must_have
    required = manifest.must_have if isinstance(asked, str) else [each for each in asked if each in seeable]
    mine, others = (tuple(each.id for each in infos if each.id in seeable) for infos in (checks, left_out))
    return Planned(folder, manifest, digest(folder), tuple(required), mine, others)


def _catalogue(
    workloads: Sequence[tuple[Path, Workload]], scenario: Scenario, file: Path | None
) -> tuple[tuple[CheckInfo, ...], tuple[CheckInfo, ...]]:
    """The checks of this round: those that the scenario asks for, and what they need; and the others. All must-haves have to be checks."""
    known = catalogue(list(dict.fromkeys(each for folder, _ in workloads for each in folders_of(folder))))
    for folder, manifest in workloads:
        refuse_unknown_must_haves(folder, manifest, {info.id for info in known})
        refuse_limits_at_zero(folder, manifest)
    specs = {info.id: Spec(info.id, info.facet, info.phase, info.needs, info.subject, info.source) for info in known}
    asked = ["all"] if scenario.checks == "all" else list(scenario.checks)
    try:
        chosen = wanted(specs, asked)
    except UsageError as error:
        raise FileError(file or "scenario", at(file, "checks") if file else "checks", error.message, mend=error.mend) from error
    if file:
        refuse_unseeable(scenario, file, known, chosen)
    return tuple(info for info in known if info.id in chosen), tuple(info for info in known if info.id not in chosen)


def _settings(
    clouds: Iterable[CloudEntry],
    overlays: Iterable[tuple[str, Path]],
    scenario: Scenario,
    file: Path | None,
    workloads: Mapping[str, Workload],
) -> dict[tuple[str, str], dict[str, Json]]:
    """What overlays set, by cloud and workload; one that was typed stands above the scenario's."""
    names = [each.name for each in clouds]
    base = file.parent if file else Path()
    written = [(name, base / each.overlay) for name, each in scenario.participants.items() if each.overlay and name in names]
    found: dict[tuple[str, str], dict[str, Json]] = {}
    for cloud, overlay in [*written, *overlays]:
        if cloud not in names:
            raise UsageError(
                f"--overlay {cloud}={overlay}: cloud {cloud} is not in this round", mend=f"the round's clouds are {', '.join(names)}"
            )
        workload, inputs = read_overlay(overlay, dict(workloads))
        found.setdefault((cloud, workload), {}).update(inputs)
    return found


def _cell(
    run: str,
    cloud: CloudEntry,
    workload: Planned,
    attempt: int,
    scenario: Scenario,
    settings: dict[str, Json],
    *,
    keep: bool,
) -> CellPlan:
    name = f"{cloud.name}.{workload.manifest.name}"
    return CellPlan(
        run=run,
        cell=name if attempt == 1 else f"{name}.{attempt}",
        cloud=cloud.name,
        config_file=str(cloud.config_file) if cloud.config_file else None,
        netns=cloud.netns,
        workload=workload.manifest.name,
        workload_folder=str(workload.folder),
        workload_digest=workload.digest,
        attempt=attempt,
        global_request_id=f"req-{uuid4()}",
        settings=settings,
        limits={**{name: limit.model_dump() for name, limit in workload.manifest.limits.items()}, **scenario.limits_in_seconds()},
        must_have=workload.required,
        checks=workload.checks,
        keep=keep,
    )
