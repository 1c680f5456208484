"""Measure the lab and the harness; one figure a line on standard output, all of them in ``bench.json``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import openstack
from openstack.connection import Connection

from bench.journals import cells, own_seconds, phases, to_page
from bench.report import report_figures
from bench.score import score_pairs_s
from bench.stage import stage_figures
from harness.lab.bundle import Bundle
from harness.lab.outside import outside
from harness.lab.paths import clouds_file, lab_name
from harness.lab.status import memory
from harness.lab.up import authority_of

SCENARIO, WORKLOAD = "lampstack", Path("workloads/lampstack")
CLOUDS = ("lab1", "lab2")
WITHOUT_A_LAB = {"score": lambda: {"score_pairs_s": score_pairs_s()}, "report": report_figures, "stage": stage_figures}


def main() -> None:
    """Everything, one after the other; the lab is down before and after. ``python -m bench score report stage`` needs no lab."""
    only = sys.argv[1:]
    figures = {name: value for what, measure in WITHOUT_A_LAB.items() if not only or what in only for name, value in measure().items()}
    if only:
        show(figures)
        return
    reports = Path(tempfile.mkdtemp(prefix="interop-bench-"))
    for step in ("install", "up", "down"):
        interop("lab", step)  # so that what is measured starts from the cached template
    try:
        figures["lab_up_cached_s"] = cached_up()
        time.sleep(20)
        figures |= lab_memory()
        figures |= deployments(reports)
    finally:
        interop("lab", "down")
    show(figures)
    Path("bench.json").write_text(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=1) + "\n")


def show(figures: dict[str, float]) -> None:
    """One figure a line."""
    for name, value in figures.items():
        print(f"{name} {value:.2f}")  # noqa: T201


def interop(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
    """Run the command and insist on its exit code."""
    done = subprocess.run([sys.executable, "-m", "harness.cli", *arguments], stdout=sys.stderr, check=False)
    if done.returncode not in codes:
        raise SystemExit(f"interop {' '.join(arguments)} ended with {done.returncode}")


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


def deployments(reports: Path) -> dict[str, float]:
    """LAMP on each cloud alone, on both side by side, and by a bare ``ansible-playbook`` on the first."""
    alone = [lamp(reports, cloud) for cloud in CLOUDS]
    pages = [to_page(cells(run)[0]) for run in alone]
    both = [to_page(journal) for journal in cells(lamp(reports, *CLOUDS))]
    apart = {f"lamp_{phase}_s": seconds for phase, seconds in phases(cells(alone[0])[0]).items()}
    bare = bare_playbook(cells(alone[0])[0].parent / "engine/inputs.json")
    return {
        "lamp_own_seconds": own_seconds(alone[0]),
        **apart,
        "lamp_bare_playbook_s": bare,
        "lamp_deploy_over_bare": apart["lamp_deploy_s"] / bare,
        "lamp_page_lab1_alone_s": pages[0],
        "lamp_page_lab2_alone_s": pages[1],
        "lamp_pages_side_by_side_s": max(both),
        "two_over_slower": max(both) / max(pages),
    }


def lamp(reports: Path, *clouds: str) -> Path:
    """One round; returns its folder."""
    before = set(reports.iterdir())
    interop("run", SCENARIO, *(word for cloud in clouds for word in ("--cloud", cloud)), "--reports", str(reports), codes=(0, 1))
    return (set(reports.iterdir()) - before).pop()


def bare_playbook(inputs: Path) -> float:
    """Seconds of ``ansible-playbook`` by hand with the same folder, cloud and inputs; what it made is destroyed afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        key = Path(scratch) / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        given = json.loads(inputs.read_text(encoding="utf-8"))
        given |= {"public_key": key.with_suffix(".pub").read_text().strip(), "private_key_file": str(key)}
        given["mark"]["prefix"] = "interop-bench"
        (Path(scratch) / "inputs.json").write_text(json.dumps(given))
        since = time.monotonic()
        playbook("site.yml", Path(scratch))
        seconds = time.monotonic() - since
        playbook("destroy.yml", Path(scratch))
    return seconds


def playbook(name: str, scratch: Path) -> None:
    """Run one playbook of the workload where the lab's clouds can be reached."""
    environment = [f"OS_CLIENT_CONFIG_FILE={clouds_file(lab_name())}", f"OS_CLOUD={CLOUDS[0]}", f"ANSIBLE_CONFIG={WORKLOAD}/ansible.cfg"]
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(WORKLOAD / name), "-e", f"@{scratch}/inputs.json"]
    interop("lab", "exec", "--", "env", *environment, *command)


if __name__ == "__main__":
    main()
