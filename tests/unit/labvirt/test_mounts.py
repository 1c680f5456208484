"""What the driver mounts goes from every mount namespace that has a copy of it, with the folder that it was mounted on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
COPIED = """
import subprocess, sys
from pathlib import Path
from types import ModuleType

sys.modules["nova"] = ModuleType("nova")
sys.modules["nova"].exception = None
from labvirt.shell import is_mounted, mount, unmount, wait_until

layer, inside = Path(sys.argv[1], "layer"), Path(sys.argv[1], "layer", "inside")
mount("layer", layer, "-t", "tmpfs")
mount("inside", inside, "-t", "tmpfs")
with subprocess.Popen(["unshare", "--mount", "sleep", "60"]) as other:
    theirs = Path(f"/proc/{other.pid}")
    assert wait_until(lambda: (theirs / "comm").read_text() == "sleep\\n", 10)
    assert str(layer) in (theirs / "mountinfo").read_text()
    unmount(layer)
    left = (theirs / "mountinfo").read_text()
    other.kill()
assert str(layer) not in left, left
assert not layer.exists()
mount("layer", layer, "-t", "tmpfs")
assert is_mounted(layer)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_what_is_unmounted_is_mounted_in_no_other_namespace_either(tmp_path: Path) -> None:
    private = ["unshare", "--mount", sys.executable, "-c", COPIED, str(tmp_path)]
    done = subprocess.run(private, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def ran(labvirt: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with mounts, of which every one is there until it is unmounted."""
    done: list[str] = []

    def run(*command: str | Path, **_: Any) -> str:
        done.append(" ".join(Path(word).name for word in command))
        if command[0] == "umount":
            shutil.rmtree(command[-1])
            Path(command[-1]).mkdir()
        return "1"

    for name in ("labvirt.shell", "labvirt.disk", "labvirt.kernel"):
        module = import_module(name)
        monkeypatch.setattr(module, "run", run)
        monkeypatch.setattr(module, "is_mounted", lambda path: path.exists(), raising=False)
    return done


def test_the_layers_go_with_their_folders_and_what_was_written_is_in_the_file_before(server: SimpleNamespace, ran: list[str]) -> None:
    disk = import_module("labvirt.disk").Disk(server.folder)
    for folder in (disk.layer, disk.root):
        folder.mkdir()
    disk.write_out()
    disk.take_apart()
    assert ran == ["sync --file-system layer", "umount --lazy root", "umount --lazy layer"]
    assert not disk.layer.exists()
    assert not disk.root.exists()
    disk.write_out()
    disk.take_apart()
    assert len(ran) == 3


def test_an_image_that_gets_the_kernels_modules_is_not_mounted_any_more_when_it_is_used(tmp_path: Path, ran: list[str]) -> None:
    kernel, base = import_module("labvirt.kernel"), tmp_path / "image"
    inside = tmp_path / "image.modules.mounted"
    inside.mkdir()  # of a try that was cut short
    (tmp_path / "image.modules.new").touch()
    assert kernel.with_modules(base) == tmp_path / "image.modules"
    assert not inside.exists()
    assert [line for line in ran if "mount" in line] == [
        "umount --lazy image.modules.mounted",
        "mount -o loop image.modules.new image.modules.mounted",
        "umount image.modules.mounted",
    ]
