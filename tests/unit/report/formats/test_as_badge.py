"""badge.svg says in words, by a sign and by colour on how many clouds the workload ran."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest

from harness.model import Verdict
from harness.report.formats.as_badge import render
from harness.report.reading import read_run
from tests.unit.report.conftest import healthy
from tests.unit.report.formats.test_as_html import luminance

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder

SVG = "{http://www.w3.org/2000/svg}"
GREEN, RED, GREY = "#28633f", "#a8201a", "#545b66"


def told(folder: Path) -> tuple[str, str]:
    """The message, and the colour behind it."""
    root = fromstring(render(read_run(folder)))  # noqa: S314
    assert root.get("aria-label") == root.findtext(f"{SVG}title")
    return root.findall(f"{SVG}text")[1].text or "", root.findall(f"{SVG}rect")[1].get("fill", "")


def test_a_workload_that_runs_everywhere(pair: Path) -> None:
    assert told(pair) == ("✓ lampstack runs unchanged on 2 of 2", GREEN)


def test_clouds_that_nothing_is_known_of_leave_it_unknown(troubled: Path) -> None:
    assert told(troubled) == ("? lampstack runs unchanged on 2 of 5", GREY)


def test_a_must_have_that_does_not_hold_is_red(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    healthy(run.cell("a"))
    bad = run.cell("b")
    bad.deployed()
    bad.outcomes(application_page={"verdict": Verdict.FAIL})
    bad.finish()
    assert told(run.finish()) == ("✗ lampstack runs unchanged on 1 of 2", RED)


def test_a_refused_cloud_leaves_it_unknown(many: Path) -> None:
    assert told(many) == ("? lampstack runs unchanged on 17 of 18", GREY)


def test_two_contents_are_not_unchanged(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"])
    run.cell("a").finish()
    run.cell("b", digest="ab" * 32).finish()
    assert told(run.finish()) == ("✗ lampstack runs, not unchanged, on 0 of 2", RED)


@pytest.mark.parametrize("recorded", ["pair", "troubled", "many", "hostile"])
def test_it_stands_alone_and_its_text_stands_out(recorded: str, request: pytest.FixtureRequest) -> None:
    root = fromstring(render(read_run(request.getfixturevalue(recorded))))  # noqa: S314
    assert {each.tag for each in root.iter()} == {f"{SVG}{tag}" for tag in ("svg", "title", "rect", "text")}
    assert not [each for element in root.iter() for each in element.keys() if "href" in each or each.startswith("on")]  # noqa: SIM118
    for ground in root.iter(f"{SVG}rect"):
        assert 1.05 / (luminance(ground.get("fill", "")) + 0.05) >= 4.5
    widths = [int(each.get("width", "")) for each in root.iter(f"{SVG}rect")]
    assert root.get("width") == str(sum(widths))


def test_each_workload_has_a_line_of_its_own_and_nothing_is_cut(two: Path) -> None:
    root = fromstring(render(read_run(two)))  # noqa: S314
    lines = ["✓ lampstack runs unchanged on 2 of 2", "? docker-swarm runs unchanged on 1 of 2"]
    assert [each.text for each in root.findall(f"{SVG}text")] == ["interop", *lines]
    assert root.get("aria-label") == f"interop: {'; '.join(lines)}"
    label, first, second = root.findall(f"{SVG}rect")
    assert (first.get("fill"), second.get("fill")) == (GREEN, GREY)
    assert [each.get("y") for each in (first, second)] == ["0", "20"]
    assert root.get("height") == label.get("height") == "40"
    for ground, text in ((first, lines[0]), (second, lines[1])):
        assert int(ground.get("width", "")) >= len(text) * 6
