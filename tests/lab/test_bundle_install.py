"""An installation is done once, ends when it is killed, and touches nothing of the host."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from harness.errors import LabError
from harness.lab import install, rootfs
from harness.lab.bundle import Bundle
from harness.lab.parts import parts
from harness.lab.paths import Cache
from harness.lab.processes import Process, running
from harness.lab.tether import in_rootfs

from .traces import until


@pytest.fixture(scope="module", autouse=True)
def cache() -> Cache:
    cache = Cache.default()
    install.install(cache, Console(stderr=True))
    return cache


def test_a_second_installation_has_nothing_to_do(cache: Cache) -> None:
    said = io.StringIO()
    install.install(cache, Console(file=said))
    assert "nothing to do" in said.getvalue()
    install.require_installed(cache)


def test_what_a_lab_runs_on_is_not_replaced_under_it(cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(tmp_path))
    monkeypatch.setattr(install, "parts", lambda *given: [part for part in parts(*given) if part.name == "rootfs" and renamed(part)])
    bundle = Bundle("t-install")
    bundle.up()
    try:
        with pytest.raises(LabError, match="is up, and what it runs on cannot be made anew under it"):
            install.install(cache, Console(file=io.StringIO()))
        with pytest.raises(LabError, match="missing or out of date is the lab's userland"):
            install.require_installed(cache)
    finally:
        bundle.down()
    assert (cache.rootfs / "usr/bin/ovs-vsctl").exists()


def renamed(part: object) -> bool:
    """Let a part's recipe be another one."""
    part.recipe = rootfs.recipe() + "another"  # type: ignore[attr-defined]
    return True


def test_a_lab_that_is_not_installed_says_so(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="the lab is not installed"):
        Bundle("t-install", Cache(tmp_path)).up()
    with pytest.raises(LabError, match="the lab is not installed: missing or out of date is mmdebstrap"):
        install.require_installed(Cache(tmp_path))


def test_uninstall_takes_down_every_lab_and_removes_the_folder(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEROP_CLOUDS_DIR", str(tmp_path / "clouds.d"))
    own = Cache(tmp_path / "own")
    own.home.mkdir()
    own.rootfs.symlink_to(cache.rootfs)
    bundle = Bundle("t-install", own)
    bundle.up()
    first = bundle.first
    install.uninstall(own, Console(file=io.StringIO()))
    assert first is not None
    assert not first.alive
    assert not own.home.exists()
    assert cache.rootfs.is_dir()


def test_what_an_installation_started_ends_with_it() -> None:
    program = "from harness.lab.fetch import run; run(['sh', '-c', '(setsid sleep 4711 &); sleep 4711'], print)"
    installer = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    assert until(lambda: len(sleepers()) == 2)
    installer.kill()
    installer.wait()
    assert until(lambda: sleepers() == [])


def sleepers() -> list[Process]:
    return list(running(lambda process: process.command == ["sleep", "4711"]))


def test_the_userland_is_entered_with_what_is_shown_and_nothing_is_written(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown/link").symlink_to("nowhere")
    (tmp_path / "bound").mkdir()
    script = "touch /made /bound/made; touch /shown/made 2>&- && echo written; ls -d /shown/link; . /etc/os-release; echo $VERSION_CODENAME"
    shown = {"/shown": tmp_path / "shown", "/shown/link": tmp_path / "shown", "/etc/resolv.conf": Path("/etc/resolv.conf")}
    with in_rootfs(cache.rootfs, ["sh", "-c", script], binds={"/bound": tmp_path / "bound"}, shown=shown, environment={}) as process:
        said = process.stdout.read() if process.stdout else ""
    assert said == f"/shown/link\n{rootfs.SUITE}\n"
    assert (tmp_path / "bound/made").exists()
    assert not (cache.rootfs / "made").exists()
    assert (tmp_path / "shown/link").is_symlink()


def test_the_openstack_command_runs_on_the_host(cache: Cache) -> None:
    done = subprocess.run([str(cache.programs / "openstack"), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("openstack ")
