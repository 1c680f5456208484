"""What is asked of the disk is what will be made, and nothing where nothing will; removed is what was made, and nothing else."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from harness.errors import LabError
from harness.lab import install
from harness.lab.apt import Apt, Source
from harness.lab.bundle import Bundle
from harness.lab.parts import Part
from harness.lab.paths import Cache

STEP: Any = None


class Made(Part):
    stage = 1
    room_mb = 700
    recipe = "as it is"

    def __init__(self, folder: Path, name: str) -> None:
        self.name = self.title = name
        self.result = folder / name

    def megabytes(self) -> int:
        return 1

    def make(self, cache: Cache, step: Any) -> None:
        self.result.touch()


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with all that an installation needs but much disk, and two parts to make."""
    apt = Apt((Source("http://mirror.test/debian", "bookworm", "main"),), (), (), "bookworm")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    monkeypatch.setattr(Apt, "read", lambda: apt)
    monkeypatch.setattr(install, "parts", lambda *_: [Made(tmp_path, "one"), Made(tmp_path, "two")])


def test_what_does_not_fit_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="the lab's installation needs 1400 MB"):
        install.install(Cache(tmp_path), Console(file=io.StringIO()))
    assert not (tmp_path / "one").exists()


def test_what_is_made_already_needs_no_room(tmp_path: Path) -> None:
    cache, said = Cache(tmp_path), io.StringIO()
    Made(tmp_path, "one").do(cache, STEP)
    install.install(cache, Console(file=io.StringIO()))
    assert (tmp_path / "two").exists()
    install.install(cache, Console(file=said))
    assert "nothing to do" in said.getvalue()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """A cache folder with something of all that installations and labs leave, and a lab that needs no more than its folder removed."""
    monkeypatch.setattr(Bundle, "down", lambda bundle: shutil.rmtree(bundle.paths.folder))
    cache = Cache(tmp_path / "home")
    names = [name for name, value in vars(Cache).items() if isinstance(value, property)]
    for folder in [*(getattr(cache, name) for name in names), *(cache.home / name for name in ("rootfs.new", "rootfs.layer"))]:
        folder.mkdir(parents=True)
    for name in (
        *("rootfs/lab/file", "rootfs.new/usr", "steps/guest", "tools/usr/bin/tool", "apt/trixie/lists/list", "download/trixie.raw"),
        *("opt/2026.1/bin/python", "opt/2026.2/bin/python", "opt/user-mode-linux/linux", "bin/openstack", f"packages/{'0a' * 32}"),
        *("images/debian-12.qcow2", "images/debian-12-0123abcd.qcow2", "ca/ca.key", "templates/.server.new/data", "install.lock"),
        *("run/lab.lock", "run/lab.up.lock", "run/lab/lab/launch.out", "run/gone.lock", "run/second/bundle.json"),
    ):
        (cache.home / name).parent.mkdir(parents=True, exist_ok=True)
        (cache.home / name).touch()
    return cache


def uninstalled(cache: Cache) -> str:
    """What is said while it is removed."""
    said = io.StringIO()
    install.uninstall(cache, Console(file=said))
    return said.getvalue()


def test_of_a_folder_of_the_labs_own_nothing_stays(cache: Cache) -> None:
    assert uninstalled(cache) == f"{cache.home} is removed\n"
    assert not cache.home.exists()


def test_what_is_not_the_labs_stays_and_is_named(cache: Cache) -> None:
    strangers = {"photos/me.jpg", "bin/terraform", "images/mine.qcow2", "opt/tool/file", "run/other/file", "packages/list [1]", "[b]"}
    for name in strangers:
        (cache.home / name).parent.mkdir(parents=True, exist_ok=True)
        (cache.home / name).touch()
    said = uninstalled(cache)
    assert said == f"the lab is removed from {cache.home}; what is not the lab's stays: [b], bin, images, opt, packages, photos, run\n"
    assert {str(file.relative_to(cache.home)) for file in cache.home.rglob("*") if file.is_file()} == strangers


def test_a_folder_that_a_file_system_is_mounted_on_stays_empty(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def rmdir(path: Any, *arguments: Any, **options: Any) -> None:
        if Path(path) == cache.home:
            raise OSError(errno.EBUSY, "Device or resource busy")
        real(path, *arguments, **options)

    real = os.rmdir
    monkeypatch.setattr(os, "rmdir", rmdir)
    assert uninstalled(cache) == f"the lab is removed from {cache.home}\n"
    assert not list(cache.home.iterdir())


def test_of_a_link_the_link_is_removed(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "elsewhere/lab").mkdir(parents=True)
    shutil.rmtree(cache.rootfs)
    cache.rootfs.symlink_to(tmp_path / "elsewhere")
    uninstalled(cache)
    assert not cache.home.exists()
    assert (tmp_path / "elsewhere/lab").is_dir()


def test_where_nothing_was_installed_nothing_is_removed(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    assert uninstalled(Cache(tmp_path)) == f"there is no lab in {tmp_path}: nothing to do\n"
    assert (tmp_path / "tools").is_dir()
    uninstalled(Cache(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_it_is_not_removed_under_an_installation(cache: Cache) -> None:
    file = cache.home / "install.lock"
    began, removed = threading.Event(), threading.Event()

    def remove() -> None:
        began.set()
        uninstalled(cache)
        removed.set()

    with file.open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(target=remove)
        thread.start()
        began.wait()
        assert not removed.wait(0.3)
        assert cache.rootfs.exists()
    thread.join()
    assert not cache.home.exists()


def test_who_waited_for_a_lock_that_is_gone_takes_the_one_that_is_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "home")
    there: list[bool] = []

    def hold() -> None:
        with install._alone(cache), (cache.home / "install.lock").open("w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                there.append(True)

    with install._alone(cache):
        thread = threading.Thread(target=hold)
        thread.start()
        thread.join(0.3)
        shutil.rmtree(cache.home)
    thread.join()
    assert there == [True]
