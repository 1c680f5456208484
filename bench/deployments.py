"""LAMP and the Swarm on the lab's clouds: how long to what they answer with, alone and side by side, and what the harness adds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.command import interop
from bench.journals import cells, own_seconds, phases, to_all_answers, to_page
from harness.lab.paths import clouds_file, lab_name

WORKLOAD = Path("workloads/lampstack")
PAGES_ALONE = "title: LAMP to its page\nworkloads: [lampstack]\nchecks: [boot.active]\nrequire: {must_have: [boot.active]}\n"
"""A round that is over soon after its pages are there."""


def on_two_clouds(reports: Path) -> dict[str, float]:
    """LAMP on each of two clouds alone, on both side by side, and by a bare ``ansible-playbook`` on the first."""
    first = run(reports, "lampstack", "lab1")
    pages = [to_page(cells(first)[0]), *to_pages(reports, "lab2")]
    both = to_pages(reports, "lab1", "lab2")
    apart = phases(cells(first)[0])
    bare = bare_playbook(cells(first)[0].parent / "engine/inputs.json", "lab1")
    return {
        "lamp_own_seconds": own_seconds(first),
        **{f"lamp_{phase}_s": seconds for phase, seconds in apart.items()},
        "lamp_bare_playbook_s": bare,
        "lamp_deploy_over_bare": apart["deploy"] / bare,
        "lamp_page_lab1_alone_s": pages[0],
        "lamp_page_lab2_alone_s": pages[1],
        "lamp_pages_side_by_side_s": max(both),
        "two_over_slower": max(both) / max(pages),
    }


def on_the_third(reports: Path, slowest: float) -> dict[str, float]:
    """LAMP on the third cloud alone and on all three side by side, beside the ``slowest`` of the others alone; the Swarm on the third."""
    (alone,) = to_pages(reports, "lab3")
    three = to_pages(reports, "lab1", "lab2", "lab3")
    swarm = run(reports, "docker-swarm", "lab3")
    return {
        "lamp_page_lab3_alone_s": alone,
        "lamp_pages_three_side_by_side_s": max(three),
        "three_over_slowest": max(three) / max(slowest, alone),
        "swarm_own_seconds": own_seconds(swarm),
        **{f"swarm_{phase}_s": seconds for phase, seconds in phases(cells(swarm)[0]).items()},
        "swarm_to_mesh_s": to_all_answers(cells(swarm)[0]),
    }


def to_pages(reports: Path, *clouds: str) -> list[float]:
    """Seconds to the page of LAMP on each cloud, side by side."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as scenario:
        scenario.write(PAGES_ALONE)
        scenario.flush()
        return [to_page(journal) for journal in cells(run(reports, scenario.name, *clouds))]


def run(reports: Path, scenario: str, *clouds: str) -> Path:
    """One round with all cells at the same time; returns its folder."""
    before = set(reports.iterdir())
    named = [word for cloud in clouds for word in ("--cloud", cloud)]
    interop("run", scenario, *named, "--jobs", str(len(clouds)), "--reports", str(reports), codes=(0, 1))
    return (set(reports.iterdir()) - before).pop()


def bare_playbook(inputs: Path, cloud: str) -> float:
    """Seconds of ``ansible-playbook`` by hand with the same folder, cloud and inputs; what it made is destroyed afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        key = Path(scratch) / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        given = json.loads(inputs.read_text(encoding="utf-8"))
        given |= {"public_key": key.with_suffix(".pub").read_text().strip(), "private_key_file": str(key)}
        given["mark"]["prefix"] = "interop-bench"
        (Path(scratch) / "inputs.json").write_text(json.dumps(given))
        since = time.monotonic()
        _playbook("site.yml", Path(scratch), cloud)
        seconds = time.monotonic() - since
        _playbook("destroy.yml", Path(scratch), cloud)
    return seconds


def _playbook(name: str, scratch: Path, cloud: str) -> None:
    """Run one playbook of the workload where the lab's clouds can be reached."""
    environment = [f"OS_CLIENT_CONFIG_FILE={clouds_file(lab_name())}", f"OS_CLOUD={cloud}", f"ANSIBLE_CONFIG={WORKLOAD}/ansible.cfg"]
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(WORKLOAD / name), "-e", f"@{scratch}/inputs.json"]
    interop("lab", "exec", "--", "env", *environment, *command)
