"""Each quirk turns exactly the check red that it must, and nothing else is blamed; healthy clouds blame nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.lab.quirks import find

from .conftest import Lab, Run

QUIRKS = find()
PAIRS = [
    {"lab1": "metadata-silent", "lab2": "dhcp-once"},
    {"lab1": "short-packets", "lab2": "stuck-in-build"},
    {"lab1": "floating-silent", "lab2": "resolver-dead"},
    {"lab1": "key-missing", "lab2": "open-door"},
]
"""One quirk a cloud, so that a round shows two."""

SWARM = [{"lab1": "vxlan-dropped", "lab2": "control-port-closed"}, {"lab1": "second-compute"}]
"""Those that only the workload docker-swarm meets."""


@contextmanager
def broken(lab: Lab, quirks: dict[str, str]) -> Iterator[None]:
    """The clouds with their quirks; mended afterwards."""
    try:
        for cloud, name in quirks.items():
            lab.interop("lab", "quirk", "on", name, "--cloud", cloud)
        yield
    finally:
        for cloud, name in quirks.items():
            lab.interop("lab", "quirk", "off", name, "--cloud", cloud)


def shows(run: Run, cloud: str, quirk: str) -> None:
    """Assert that ``quirk``, and it alone, is what ``run`` blames on ``cloud``, and that nothing leaked because of it.

    What the cloud does not offer anyway, such as a routing mesh in a kernel without IPVS, is no work of the quirk's.
    """
    outcomes = [each for each in run.report["outcomes"] if each["cloud"] == cloud]
    never_offered = {(each["check"], each["facet"]) for each in outcomes if each["verdict"] == "unsupported"}
    assert run.blamed(cloud) - never_offered == {(QUIRKS[quirk].check, QUIRKS[quirk].facet)}, run.said
    assert [each for each in outcomes if each["verdict"] == "harness-fault"] == []
    assert [each for each in run.report["leftovers"] if each["cloud"] == cloud] == []


@pytest.mark.parametrize("quirks", PAIRS, ids=lambda quirks: "+".join(quirks.values()))
def test_a_quirk_is_blamed_and_nothing_else(lab: Lab, quirks: dict[str, str]) -> None:
    with broken(lab, quirks):
        run = lab.run("behaviours", *(word for cloud in quirks for word in ("--cloud", cloud)))
    for cloud, name in quirks.items():
        shows(run, cloud, name)
    assert run.code == 1


def test_what_only_lamp_shows_is_shown_on_lamp(lab: Lab) -> None:
    with broken(lab, {"lab2": "database-open"}):
        run = lab.run("lampstack", "--cloud", "lab2")
    shows(run, "lab2", "database-open")


@pytest.mark.parametrize("quirks", SWARM, ids=lambda quirks: "+".join(quirks.values()))
def test_what_only_the_swarm_shows_is_shown_on_the_swarm(lab: Lab, quirks: dict[str, str], tmp_path: Path) -> None:
    impatient = tmp_path / "impatient.yaml"
    impatient.write_text("workload: docker-swarm\ninputs: {patience: 180}\n")  # a swarm that cannot come together gives up sooner
    with broken(lab, quirks):
        run = lab.run("docker-swarm", *(word for cloud in quirks for word in ("--cloud", cloud, "--overlay", f"{cloud}={impatient}")))
    for cloud, name in quirks.items():
        shows(run, cloud, name)
    assert run.code == 1


def test_every_quirk_is_tried() -> None:
    tried = {name for pair in [*PAIRS, *SWARM] for name in pair.values()} | {"database-open"}
    assert tried == set(QUIRKS)


def test_the_quirks_cover_at_least_six_facets() -> None:
    assert len({quirk.facet for quirk in QUIRKS.values()}) >= 6


def test_healthy_clouds_are_blamed_for_nothing(lab: Lab) -> None:
    run = lab.run("behaviours", "--cloud", "lab1", "--cloud", "lab2")
    assert run.report["blame"] == [], run.said
    assert {each["verdict"] for each in run.report["outcomes"]} == {"pass"}
    assert run.code == 0
