"""A guest's root: the image below, read-only and shared; above it an ext4 file of the flavor's size."""

from __future__ import annotations

from pathlib import Path

from labvirt.folder import Folder
from labvirt.shell import is_mounted, mount, run, unmount

__all__ = ["Disk"]

SMALLEST_GB = 2
"""Size of the upper layer for flavors that say nothing of a disk."""

OF_DOCKER = "var/lib/docker"
"""Docker keeps overlays there, and an overlay cannot be the upper layer of another: so this folder lies on the ext4 file itself."""


class Disk:
    """The layers of one instance's root filesystem."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.file = folder / "disk"
        self.layer = folder / "layer"
        self.root = folder / "root"

    def make(self, size_gb: int) -> None:
        """An empty upper layer; no journal, since nothing of a lab outlives its machine."""
        run("truncate", f"--size={max(size_gb, SMALLEST_GB)}G", self.file)
        run("mkfs.ext4", "-q", "-m0", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard", "-L", "root", self.file)

    def assemble(self, base: Path) -> None:
        """Mount all layers; does nothing twice."""
        below = base.with_name(f"{base.name}.mounted")
        mount(base, below, "-o", "loop,ro,noload")
        mount(self.file, self.layer, "-o", "loop")
        for part in ("upper", "work"):
            (self.layer / part).mkdir(exist_ok=True)
        layers = f"lowerdir={below},upperdir={self.layer}/upper,workdir={self.layer}/work"
        mount("overlay", self.root, "-t", "overlay", "-o", layers)
        self._set_dockers_folder_aside()

    def _set_dockers_folder_aside(self) -> None:
        """Have Docker's folder, with what the image has in it, on the ext4 file instead of on the overlay."""
        inside, aside = self.root / OF_DOCKER, self.layer / "docker"
        inside.mkdir(parents=True, exist_ok=True)
        if not aside.exists():
            run("cp", "--archive", "--no-target-directory", inside, f"{aside}.new")
            Path(f"{aside}.new").rename(aside)
        mount(aside, inside, "--bind")

    def take_apart(self) -> None:
        """Unmount the instance's own layers; the image's stays for others."""
        unmount(self.root, self.layer)

    def write_out(self) -> None:
        """Have all that the guest wrote in the file, which is about to be copied."""
        if is_mounted(self.layer):
            run("sync", "--file-system", self.layer)

    def grow(self, size_gb: int) -> None:
        """Make the upper layer larger; the guest must be stopped."""
        self.take_apart()
        run("truncate", f"--size=>{size_gb}G", self.file)
        run("e2fsck", "-f", "-y", self.file, check=False)  # -p would not touch it: without a journal it looks unclean
        run("resize2fs", self.file)
