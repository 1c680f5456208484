from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.errors import LabError
from harness.lab import own_kernel, rootfs
from harness.lab.apt import Apt, Source
from harness.lab.fetch import Archive
from harness.lab.paths import Cache

MAKE = """\
case "$*" in
*allnoconfig) grep -v "^CONFIG_$LACKS=" "${2#KCONFIG_ALLCONFIG=}" > .config ;;
*) mkdir -p include/config
  echo 7.9.1 > include/config/kernel.release
  echo kernel > linux
  touch modules.builtin modules.builtin.modinfo ;;
esac
"""
TOOLS = {"make": MAKE, "tar": "", "depmod": "", "strip": 'cp "$2" "${1#--output-file=}"'}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """A cache folder in which the build runs as it does, with other tools than the real ones."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh -e\n{script}", encoding="ascii")
        (tools / name).chmod(0o755)

    def bootstrap(_: Cache, __: Archive, ___: Sequence[str], target: Path, ____: Any) -> None:
        target.mkdir(parents=True)

    def in_rootfs(
        root: Path, command: Sequence[str], *, binds: Mapping[str, Path], shown: Mapping[str, Path], environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        *shell, script = command
        for inside, outside in {**binds, **shown}.items():
            script = script.replace(inside, str(outside))
        path = {"PATH": f"{tools}:{os.environ['PATH']}", "LACKS": os.environ.get("LACKS", "")}
        return subprocess.Popen([*shell, script], env=path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    monkeypatch.setattr(rootfs, "bootstrap", bootstrap)
    monkeypatch.setattr(own_kernel, "in_rootfs", in_rootfs)
    return Cache(tmp_path / "home")


def make(cache: Cache) -> None:
    own_kernel.make(cache, Archive(cache, Apt((), (), (), ""), own_kernel.SUITE), lambda _: None)


def test_the_kernel_takes_the_place_of_an_older_one_and_what_built_it_goes(cache: Cache) -> None:
    made = cache.opt / "user-mode-linux"
    (made / "usr/lib/uml/modules/6.12").mkdir(parents=True)
    make(cache)
    assert (made / "usr/bin/linux.uml").read_text(encoding="ascii") == "kernel\n"
    assert [folder.name for folder in (made / "usr/lib/uml/modules").iterdir()] == ["7.9.1"]
    assert list(cache.download.iterdir()) == []


def test_modprobe_can_see_what_is_built_in(cache: Cache) -> None:
    make(cache)
    modules = cache.opt / "user-mode-linux/usr/lib/uml/modules/7.9.1"
    assert {file.name for file in modules.iterdir()} >= {"modules.builtin", "modules.builtin.modinfo", "modules.order"}


def test_a_setting_that_the_source_has_not_is_named_and_nothing_is_built(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACKS", "IP_VS")
    with pytest.raises(LabError, match=r"CONFIG_IP_VS=y \| this source does not have these settings"):
        make(cache)
    assert not cache.opt.exists()


def test_the_source_is_the_newest_of_the_releases_backports_whatever_its_number() -> None:
    assert own_kernel.PACKAGES[0] == f"linux-source/{rootfs.SUITE}-backports"
    assert "linux-source-*.tar.xz" in own_kernel.recipe()


def test_its_tools_are_the_releases_and_only_its_source_is_from_backports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        rootfs, "run", lambda told, *_, **__: said.extend([told[-3], *Path(told[-1]).read_text(encoding="utf-8").splitlines()])
    )
    cache, apt = Cache(tmp_path), Apt((Source("http://mirror.test/debian", "bookworm", "main"),), (), (), "bookworm")
    rootfs.bootstrap(cache, Archive(cache, apt, own_kernel.SUITE), own_kernel.PACKAGES, tmp_path / "made", lambda _: None)
    suite, *sources = said
    assert suite == rootfs.SUITE
    assert sources == [f"deb http://mirror.test/debian {name} main" for name in (rootfs.SUITE, f"{rootfs.SUITE}-backports")]


@pytest.mark.parametrize("needed", ["IP_VS", "VXLAN", "OVERLAY_FS", "IP_NF_IPTABLES_LEGACY", "UML_NET_VECTOR", "ISO9660_FS", "CGROUP_BPF"])
def test_what_servers_need_is_built_into_it(needed: str) -> None:
    assert f"CONFIG_{needed}=y\\n" in own_kernel.recipe()
