"""Install the lab: a few parts, each known to be done by a digest of what it is made from, so that it can be run again at any time.

Everything lies in one cache folder, from which ``uninstall`` removes it. Nothing is installed on the host.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

from harness.errors import LabError
from harness.lab.apt import Apt
from harness.lab.bundle import Bundle
from harness.lab.cloudspec import CloudSpec, choose, find_specs
from harness.lab.fetch import Archive
from harness.lab.machine import require_for_install, require_for_making, require_root
from harness.lab.parts import Part, parts
from harness.lab.paths import Cache
from harness.lab.progress import Steps
from harness.lab.user_mode_linux import PACKAGE

__all__ = ["install", "require_installed", "uninstall"]


def install(cache: Cache, console: Console, specs: Sequence[CloudSpec] | None = None) -> None:
    """Make what is missing or outdated, showing on ``console`` what is fetched and how far it is; raises LabError.

    It is made for the clouds ``specs``: where none are given, for those that are there by default.
    """
    require_for_install(cache)
    chosen = _chosen(specs)
    with _alone(cache):
        apt = Apt.read()
        todo = [part for part in parts(cache, apt, chosen) if not part.done(cache)]
        if not todo:
            console.print(f"the lab is installed in {cache.home}: nothing to do", highlight=False, soft_wrap=True)
            return
        _refuse_while_up(cache, todo)
        require_for_making(cache, sum(part.room_mb for part in todo))
        with Steps(console) as steps:
            _fetch_lists(todo, steps)
            console.print(_overview(todo, cache))
            _make(todo, cache, steps)
        for folder in (cache.apt, cache.download):
            shutil.rmtree(folder, ignore_errors=True)
        console.print(f"the lab is installed in {cache.home} ({_disk_mb(cache)} MB)", highlight=False, soft_wrap=True)


def require_installed(cache: Cache, specs: Sequence[CloudSpec] | None = None) -> None:
    """LabError unless every part that the clouds ``specs``, or those by default, need is there and up to date."""
    wanted = _chosen(specs)
    missing = [part.title for part in parts(cache, Apt.read(), wanted) if not part.done(cache)]
    if missing:
        named = "".join(f" {spec.name}" for spec in wanted if not spec.default)
        mend = f"run `interop lab install{named}`"
        raise LabError(f"the lab is not installed: missing or out of date is {'; '.join(missing)}", mend=mend)


def _chosen(specs: Sequence[CloudSpec] | None) -> Sequence[CloudSpec]:
    return choose(find_specs(), ()) if specs is None else specs


def uninstall(cache: Cache, console: Console) -> None:
    """Take down every lab of this cache folder, and remove what they and the installation made there, with the folder if that was all."""
    require_root()
    if not (_lock_file(cache).exists() or (cache.rootfs / "lab").exists()):
        console.print(f"there is no lab in {cache.home}: nothing to do", highlight=False, soft_wrap=True)
        return
    with _alone(cache):
        for lab in cache.labs():
            if lab.state.exists() or lab.folder.with_name(f"{lab.name}.lock").exists():
                Bundle(lab.name, cache).down()
        for made in _made(cache):
            _remove(made)
        for shared in (cache.opt, cache.images, cache.programs, cache.packages, cache.home / "run", cache.home):
            with suppress(OSError):  # what is not ours is in it, or a file system is mounted there
                shared.rmdir()
    console.print(_what_stays(cache), highlight=False, markup=False, soft_wrap=True)


def _made(cache: Cache) -> list[Path]:
    """All that installations make in the cache folder, and labs leave there; the lock last.

    In folders whose names others may have chosen too, only files that are known to be ours.
    """
    home = cache.home
    whole = [cache.rootfs, cache.tools, cache.apt, cache.download, cache.steps]
    whole += [home / name for name in ("rootfs.new", "rootfs.layer", "ca", "templates")]
    patterns = {
        cache.opt: ("20[0-9][0-9].[0-9]", PACKAGE),
        cache.images: ("debian-12*.qcow2",),
        cache.programs: ("openstack",),
        cache.packages: ("[0-9a-f]" * 64, "tmp????????"),
        home / "run": ("*.lock",),
    }
    single = [file for folder, names in patterns.items() for name in names for file in folder.glob(name)]
    return [*whole, *single, _lock_file(cache)]


def _remove(path: Path) -> None:
    """Remove it with all that is in it; of a link the link, of a mounted file system what is in it."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    elif path.is_mount():
        for each in path.iterdir():
            _remove(each)
    else:
        shutil.rmtree(path)


def _what_stays(cache: Cache) -> str:
    if not cache.home.exists():
        return f"{cache.home} is removed"
    names = sorted(each.name for each in cache.home.iterdir())
    return f"the lab is removed from {cache.home}" + (f"; what is not the lab's stays: {', '.join(names)}" if names else "")


def _fetch_lists(todo: list[Part], steps: Steps) -> None:
    archives: dict[str, Archive] = {part.archive.suite: part.archive for part in todo if part.archive}
    if not archives:
        return
    with steps.step(f"package lists of {', '.join(archives)}") as step:
        for archive in archives.values():
            archive.refresh(step.say)


def _make(todo: list[Part], cache: Cache, steps: Steps) -> None:
    """Make the parts; those that do not need each other at the same time."""

    def make(part: Part) -> None:
        with steps.step(part.title) as step:
            part.do(cache, step)

    for _, together in groupby(todo, key=lambda part: part.stage):
        with ThreadPoolExecutor() as threads:
            list(threads.map(make, together))


def _overview(todo: list[Part], cache: Cache) -> Table:
    """What is about to be fetched."""
    table = Table(title=f"to fetch, into {cache.home}", title_justify="left", box=None, show_footer=True)
    sizes = [part.megabytes() for part in todo]
    table.add_column("part", footer="together")
    table.add_column("MB", justify="right", footer=str(sum(sizes)))
    for part, size in zip(todo, sizes, strict=True):
        table.add_row(part.title, str(size))
    return table


def _refuse_while_up(cache: Cache, todo: list[Part]) -> None:
    running = [lab.name for lab in cache.labs() if Bundle(lab.name, cache).first]
    if running and any(part.used_by_labs and part.result.exists() for part in todo):
        mend = f"end it with `INTEROP_LAB={running[0]} interop lab down`"
        raise LabError(f"the lab {running[0]!r} is up, and what it runs on cannot be made anew under it", mend=mend)


@contextmanager
def _alone(cache: Cache) -> Iterator[None]:
    """One installation or its removal at a time; a second installation waits and then finds everything done."""
    while True:
        with _opened(_lock_file(cache)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_there(lock, _lock_file(cache)):
                yield
                return


def _lock_file(cache: Cache) -> Path:
    return cache.home / "install.lock"


def _opened(file: Path) -> TextIO:
    while True:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the folder was removed meanwhile
            return file.open("w", encoding="ascii")


def _is_there(lock: TextIO, file: Path) -> bool:
    """Whether an open file still is the one of that name: who held the lock before may have removed it."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), file.stat())
    except FileNotFoundError:
        return False


def _disk_mb(cache: Cache) -> int:
    """Disk that the installation takes, without what running labs add."""
    folders = (cache.tools, cache.rootfs, cache.opt, cache.images)
    return sum(file.lstat().st_blocks for folder in folders for file in folder.rglob("*")) * 512 // 10**6
