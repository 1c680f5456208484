"""Reports of many clouds in a browser: one file up to twenty clouds, and beyond that files beside it with the moves from each cloud."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.report import multiplied
from harness.report import read_run
from harness.report.formats import as_html
from tests.unit.report.browser.test_in_a_browser import AXE, WHAT, shown

if TYPE_CHECKING:
    from tests.unit.report.browser.conftest import Open

MOST_BYTES = 5_000_000


def written(folder: Path, clouds: int, checks: int) -> Path:
    """The folder of a recorded round that was multiplied, with its HTML alone."""
    run = read_run(multiplied(folder, clouds, checks))
    for name, text in ((as_html.FILE, as_html.render(run)), *as_html.beside(run)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cloud more than fit one file."""
    return written(tmp_path_factory.mktemp("crowd"), clouds=21, checks=40)


def test_twenty_clouds_and_two_hundred_checks_are_one_file_that_can_be_used(tmp_path: Path, opened: Open) -> None:
    folder = written(tmp_path, clouds=20, checks=200)
    assert {each.name for each in folder.iterdir()} == {"journal.jsonl", "cells", "report.html"}
    assert (folder / "report.html").stat().st_size <= MOST_BYTES
    found = opened(folder)
    page = found.page
    assert shown(page, "tr.check") == page.locator("tr.check").count() == 200
    assert page.locator("details.pair").count() == 20 * 19
    page.locator(".search").first.fill("boot.active")
    assert 1 <= shown(page, "tr.check") < 20
    page.locator(".search").first.fill("")
    page.locator(".fold-all").first.click()
    assert shown(page, "tr.check") == 0
    page.locator("table.moves a").first.click()
    assert page.locator("#pair-1-1-2 .waterfall").is_visible()
    assert found.complaints == []
    assert found.requests == [found.address]


def test_a_move_of_one_cloud_too_many_leads_to_its_waterfall_beside_the_report_and_back(crowd: Path, opened: Open) -> None:
    found = opened(crowd)
    found.page.locator("table.moves tbody tr").nth(2).locator("a").nth(1).click()
    assert found.page.url == f"{(crowd / 'pairs' / '1-3.html').as_uri()}#pair-1-3-2"
    assert "From cloud-03 to cloud-02" in found.page.locator("#pair-1-3-2").inner_text()
    assert found.page.locator("#pair-1-3-2 .waterfall").is_visible()
    found.page.locator("header a").click()
    assert found.page.url == f"{found.address}#moves-1"
    assert found.complaints == []
    assert {each.partition("#")[0] for each in found.requests} == {found.address, (crowd / "pairs" / "1-3.html").as_uri()}


def test_without_script_a_page_beside_the_report_has_every_move(crowd: Path, opened: Open) -> None:
    page = opened(crowd, "pairs/1-21.html", java_script_enabled=False).page
    assert page.locator("details.pair > summary").count() == 20
    page.locator("#pair-1-21-1 > summary").click()
    assert page.locator("#pair-1-21-1 .waterfall").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_a_page_beside_the_report(scheme: str, crowd: Path, opened: Open) -> None:
    page = opened(crowd, "pairs/1-1.html", color_scheme=scheme, bypass_csp=True).page
    page.evaluate("document.querySelectorAll('.pair ~ .pair ~ .pair').forEach((each) => each.remove())")  # built alike
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.add_script_tag(path=AXE)
    results = page.evaluate("(options) => axe.run(document, options)", {"resultTypes": ["violations"], **WHAT[scheme]})
    assert [(each["id"], each["nodes"][0]["html"]) for each in results["violations"]] == []
    assert len(results["passes"]) >= (1 if scheme == "dark" else 8)
