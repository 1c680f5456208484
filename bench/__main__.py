"""Measure the lab and the harness; one figure a line on standard output, all of them in ``bench.json``."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import openstack
from openstack.connection import Connection

from bench.command import interop
from bench.deployments import on_the_third, on_two_clouds
from bench.report import report_figures
from bench.score import score_pairs_s
from bench.stage import stage_figures
from harness.lab.bundle import Bundle
from harness.lab.outside import outside
from harness.lab.paths import clouds_file, lab_name
from harness.lab.status import memory
from harness.lab.up import authority_of

CLOUDS = ("lab1", "lab2")
THIRD = "lab3"
WITHOUT_A_LAB = {"score": lambda: {"score_pairs_s": score_pairs_s()}, "report": report_figures, "stage": stage_figures}


def main() -> None:
    """Everything, one after the other; the lab is down before and after. ``python -m bench score report stage`` needs no lab."""
    only = sys.argv[1:]
    figures = {name: value for what, measure in WITHOUT_A_LAB.items() if not only or what in only for name, value in measure().items()}
    if only:
        show(figures)
        return
    try:
        with tempfile.TemporaryDirectory(prefix="interop-bench-", ignore_cleanup_errors=True) as reports:
            figures |= with_a_lab(Path(reports))
    finally:
        interop("lab", "down")
    show(figures)
    Path("bench.json").write_text(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=1) + "\n")


def with_a_lab(reports: Path) -> dict[str, float]:
    """What is measured of the lab and in it; it stays up."""
    for step in ("install", "up"):
        interop("lab", step, *CLOUDS, THIRD)
    interop("lab", "down")  # so that what is measured starts from the cached templates
    figures = {"lab_up_cached_s": cached_up()}
    time.sleep(20)
    figures |= lab_memory()
    figures |= on_two_clouds(reports)
    interop("lab", "up", THIRD)
    return figures | on_the_third(reports, max(figures["lamp_page_lab1_alone_s"], figures["lamp_page_lab2_alone_s"]))


def show(figures: dict[str, float]) -> None:
    """One figure a line."""
    for name, value in figures.items():
        print(f"{name} {value:.2f}")  # noqa: T201


def cached_up() -> float:
    """Seconds from nothing running until both clouds' APIs answer and each has accepted a server."""
    since = time.monotonic()
    interop("lab", "up")
    for cloud in CLOUDS:
        outside(Bundle().netns(), lambda cloud=cloud: accept_a_server(cloud))  # type: ignore[misc]
    return time.monotonic() - since


def accept_a_server(cloud: str) -> None:
    """Create a server as an ordinary member, and delete it again."""
    config = openstack.config.OpenStackConfig(config_files=[str(clouds_file(lab_name()))])
    connection = Connection(config=config.get_one(cloud))
    image, flavor = next(iter(connection.image.images())), next(iter(connection.compute.flavors()))
    connection.compute.default_microversion = "2.37"
    server = connection.compute.create_server(name="bench", image_id=image.id, flavor_id=flavor.id, networks="none")
    connection.compute.delete_server(server)
    connection.compute.wait_for_delete(server, interval=1, wait=60)


def lab_memory() -> dict[str, float]:
    """Summed PSS in MiB of each cloud and of what they share, idle."""
    used = memory(Bundle(), authority_of(Bundle()).certificate_file)
    return {f"lab_mib_{'cloud' + name[-1] if name in CLOUDS else name}": mib for name, mib in used.items() if mib}


if __name__ == "__main__":
    main()
