from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import LabError
from harness.lab import own_kernel, user_mode_linux
from harness.lab.apt import Apt, Source
from harness.lab.cloudspec import Build, CloudSpec, Image, find_specs
from harness.lab.parts import Part, parts
from harness.lab.paths import Cache

STEP: Any = None

AVX512 = "processor\t: 0\nvmx flags\t: amx_tile\nflags\t\t: fpu xsave avx512f\n"
AMX = "processor\t: 0\nflags\t\t: fpu xsave avx512f amx_bf16 amx_tile amx_int8\n"


@pytest.fixture(autouse=True)
def processor(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The kind of processor that this machine has."""
    kind = SimpleNamespace(machine="x86_64")
    monkeypatch.setattr(os, "uname", lambda: kind)
    return kind


class Made(Part):
    stage = 1
    room_mb = 1
    name = "made"
    title = "something"

    def __init__(self, folder: Path, recipe: str, *, fails: bool = False) -> None:
        self.recipe = recipe
        self.result = folder / "result"
        self.fails = fails
        self.times = 0

    def megabytes(self) -> int:
        return 1

    def make(self, cache: Cache, step: Any) -> None:
        self.times += 1
        self.result.touch()
        if self.fails:
            raise LabError("the line was cut")


def test_a_part_is_done_when_it_was_made_by_this_recipe(tmp_path: Path) -> None:
    cache, part = Cache(tmp_path), Made(tmp_path, "one")
    assert not part.done(cache)
    part.do(cache, STEP)
    assert Made(tmp_path, "one").done(cache)
    assert not Made(tmp_path, "two").done(cache)


def test_a_part_whose_result_was_removed_is_not_done(tmp_path: Path) -> None:
    cache, part = Cache(tmp_path), Made(tmp_path, "one")
    part.do(cache, STEP)
    part.result.unlink()
    assert not part.done(cache)


def test_a_part_that_failed_is_not_done_though_something_is_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    Made(tmp_path, "one").do(cache, STEP)
    with pytest.raises(LabError):
        Made(tmp_path, "one", fails=True).do(cache, STEP)
    assert not Made(tmp_path, "one").done(cache)


APT = Apt((Source("http://mirror.test/debian", "bookworm", "main"),), (), (), "bookworm")


def spec(**changes: Any) -> CloudSpec:
    return find_specs()["lab1"].model_copy(update=changes)


def test_the_parts_come_in_the_order_in_which_they_need_each_other(tmp_path: Path) -> None:
    found = parts(Cache(tmp_path), APT, [spec(), spec(guest="uml", image=Image(name="other", build=Build(packages=("haproxy",))))])
    stages = {part.name: part.stage for part in found}
    assert len(stages) == len(found)
    assert list(stages.values()) == sorted(stages.values())
    assert stages["tools"] < stages["rootfs"] < stages["release-2026.2"] < stages["client"]
    assert stages["rootfs"] < stages["guest"]
    assert stages["rootfs"] < stages["user-mode-linux"]
    assert not any(part.done(Cache(tmp_path)) for part in found)
    assert all(part.result.is_relative_to(tmp_path) for part in found)


def room(folder: Path, *specs: CloudSpec) -> int:
    """MB that an installation for these clouds takes at its widest."""
    return sum(part.room_mb for part in parts(Cache(folder), APT, specs))


def test_an_image_of_many_packages_and_another_release_take_more_room(tmp_path: Path) -> None:
    plain = room(tmp_path, spec())
    assert 3000 <= plain <= 4000
    assert room(tmp_path, spec(), spec()) == plain
    assert room(tmp_path, spec(), spec(release="2026.1")) > plain
    assert room(tmp_path, spec(image=Image(name="other", build=Build(packages=("haproxy",))))) > plain


def test_only_what_the_clouds_need_is_made(tmp_path: Path) -> None:
    plain = {part.name for part in parts(Cache(tmp_path), APT, [spec(), spec()])}
    assert plain == {"tools", "rootfs", "release-2026.2", "guest", "client"}
    older = {part.name for part in parts(Cache(tmp_path), APT, [spec(release="2026.1")])}
    assert older - plain == {"release-2026.1"}
    kernel = {part.name for part in parts(Cache(tmp_path), APT, [spec(guest="uml")])}
    assert kernel - plain == {"user-mode-linux"}


@pytest.mark.parametrize(("cpuinfo", "runs"), [(AVX512, True), (AMX, False)])
def test_debians_user_mode_linux_runs_where_it_has_room_for_the_registers(cpuinfo: str, runs: bool) -> None:
    assert user_mode_linux.runs_here(cpuinfo) is runs


def test_servers_that_this_machines_processor_cannot_have_are_refused_before_anything_is_made(
    tmp_path: Path, processor: SimpleNamespace
) -> None:
    processor.machine = "aarch64"
    assert parts(Cache(tmp_path), APT, [spec()])
    with pytest.raises(LabError, match=r"uml \(own\) run on x86_64 alone, and this machine's processor is of the kind aarch64") as refused:
        parts(Cache(tmp_path), APT, [spec(), spec(name="own", guest="uml")])
    assert refused.value.mend == "name clouds whose servers are of the kind lxc alone"
    assert list(tmp_path.iterdir()) == []


def kernel_of(folder: Path) -> Part:
    return next(part for part in parts(Cache(folder), APT, [spec(guest="uml")]) if part.name == "user-mode-linux")


@pytest.mark.parametrize(("runs", "packages"), [(True, ("user-mode-linux",)), (False, own_kernel.PACKAGES)])
def test_a_kernel_is_built_only_where_debians_does_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runs: bool, packages: tuple[str, ...]
) -> None:
    monkeypatch.setattr(user_mode_linux, "runs_here", lambda: runs)
    kernel: Any = kernel_of(tmp_path)
    assert kernel.packages == packages
    assert ("ten minutes" in kernel.title) is not runs


def test_a_kernel_that_is_there_is_not_built_again_and_debians_does_not_stand_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def make(self: Part, *_: Any) -> None:
        self.result.mkdir(parents=True, exist_ok=True)

    for runs in (True, False):
        monkeypatch.setattr(user_mode_linux, "runs_here", lambda runs=runs: runs)
        kernel = kernel_of(tmp_path)
        assert not kernel.done(Cache(tmp_path))
        monkeypatch.setattr(type(kernel), "make", make)
        kernel.do(Cache(tmp_path), STEP)
        assert kernel.done(Cache(tmp_path))
