"""Images: from Glance to a filesystem that guests can stand on, and from a guest's root back to Glance."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from nova import exception
from nova.image import glance

from labvirt.folder import instances_path
from labvirt.shell import run

__all__ = ["base_image", "check_fits", "compress", "pack", "upload"]

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
GIB = 1 << 30


def base_image(context: Any, image: str) -> tuple[Path, bool]:
    """The image as a raw ext4 filesystem in the cache, and whether it had to be fetched."""
    base = instances_path() / "_base" / image
    with _locks[image]:
        if base.exists():
            return base, False
        base.parent.mkdir(parents=True, exist_ok=True)
        fetched, raw = base.with_suffix(".fetched"), base.with_suffix(".raw")
        glance.API().download(context, image, dest_path=str(fetched))
        form = json.loads(run("qemu-img", "info", "--output=json", fetched))["format"]
        if form == "raw":
            fetched.rename(base)
        else:
            run("qemu-img", "convert", "-f", form, "-O", "raw", fetched, raw)
            fetched.unlink()
            raw.rename(base)
        return base, True


def check_fits(base: Path, disk_gb: int) -> None:
    """Raise as Nova does when a flavor's disk is smaller than the image."""
    size = base.stat().st_size
    if disk_gb and size > disk_gb * GIB:
        raise exception.FlavorDiskSmallerThanImage(flavor_size=disk_gb * GIB, image_size=size)


def pack(root: Path, out: Path) -> None:
    """A filesystem image of all that is below ``root``, with room to grow by a quarter."""
    used_mb = int(run("du", "--summarize", "--block-size=1M", root).split()[0])
    run("truncate", f"--size={used_mb * 5 // 4 + 300}M", out)
    run("mkfs.ext4", "-q", "-m0", "-L", "root", "-d", root, out)


def compress(raw: Path, out: Path) -> None:
    """A raw image as a small qcow2."""
    run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "compression_type=zstd", raw, out, limit_s=1800)


def upload(context: Any, image: str, project: str, file: Path) -> None:
    """Fill the image that Nova's API has made for a snapshot."""
    api = glance.API()
    properties = {"image_location": "snapshot", "image_state": "available", "owner_id": project}
    description = {
        "status": "active",
        "name": api.get(context, image)["name"],
        "disk_format": "qcow2",
        "container_format": "bare",
        "properties": properties,
    }
    with file.open("rb") as data:
        api.update(context, image, description, data)
