"""The report in a browser: silent, fetching nothing, sound for a screen reader, whole without script, on paper and on a small screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python
import pytest
from playwright.sync_api import Page

if TYPE_CHECKING:
    from tests.unit.report.browser.conftest import Open

RECORDED = ["pair", "two", "troubled", "many", "hostile"]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
NARROW = {"width": 320, "height": 640}
UNFOLD = "document.querySelectorAll('details:not(.pair ~ .pair ~ .pair)').forEach((each) => { each.open = true; })"
"""All but the third and later pairs of clouds, which are built alike."""
WHAT: dict[str, dict[str, list[str]]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
"""Of the rules, only that of colours depends on the scheme."""
FOCUSABLE = "a[href], button, summary, input, [tabindex='0']"


def shown(page: Page, selector: str) -> int:
    """How many elements can be seen."""
    return int(
        page.evaluate("(selector) => [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility()).length", selector)
    )


@pytest.mark.parametrize("recorded", RECORDED)
def test_it_complains_of_nothing_and_asks_for_nothing_but_itself(recorded: str, request: pytest.FixtureRequest, opened: Open) -> None:
    found = opened(request.getfixturevalue(recorded))
    found.page.locator(".search").first.fill("boot")
    found.page.locator(".fold-all").first.click()
    assert found.complaints == []
    assert found.requests == [found.address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("recorded", RECORDED)
def test_axe_finds_no_barrier(recorded: str, scheme: str, request: pytest.FixtureRequest, opened: Open) -> None:
    page = opened(request.getfixturevalue(recorded), color_scheme=scheme, bypass_csp=True).page
    page.evaluate(UNFOLD)
    page.add_script_tag(path=AXE)
    page.evaluate("document.querySelectorAll('.pair ~ .pair ~ .pair').forEach((each) => each.remove())")  # built alike, and many
    results = page.evaluate("(options) => axe.run(document, options)", {"resultTypes": ["violations"], **WHAT[scheme]})
    barriers = [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in results["violations"]]
    assert barriers == []
    assert len(results["passes"]) >= (1 if scheme == "dark" else 10)


@pytest.mark.parametrize("recorded", RECORDED)
def test_at_four_hundred_percent_the_page_does_not_scroll_sideways(recorded: str, request: pytest.FixtureRequest, opened: Open) -> None:
    page = opened(request.getfixturevalue(recorded), viewport=NARROW).page
    page.evaluate(UNFOLD)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"]


@pytest.mark.parametrize("recorded", RECORDED)
def test_without_script_every_check_is_there_and_no_dead_control(recorded: str, request: pytest.FixtureRequest, opened: Open) -> None:
    folder = request.getfixturevalue(recorded)
    with_script = opened(folder).page
    without = opened(folder, java_script_enabled=False).page
    assert shown(without, "tr.check") == shown(with_script, "tr.check") > 0
    assert shown(without, "button, input") == 0
    assert without.locator("main section").count() == with_script.locator("main section").count()


@pytest.mark.parametrize("recorded", ["pair", "troubled"])
def test_the_keyboard_reaches_everything_and_is_seen_to(recorded: str, request: pytest.FixtureRequest, opened: Open) -> None:
    page = opened(request.getfixturevalue(recorded)).page
    wanted = shown(page, FOCUSABLE)
    page.evaluate(
        """document.addEventListener("focusin", ({target}) => {
            target.dataset.reached = getComputedStyle(target).outlineStyle;
        })"""
    )
    for _ in range(wanted + 1):
        page.keyboard.press("Tab")
    assert page.locator("[data-reached]").count() == wanted
    assert page.locator("[data-reached=none]").count() == 0


def test_facets_fold_and_unfold_by_key(pair: Path, opened: Open) -> None:
    page = opened(pair).page
    first = page.locator("tbody.facet").first
    button, rows = first.locator("button.fold"), first.locator("tr.check")
    assert (button.get_attribute("aria-expanded"), rows.first.is_visible()) == ("true", True)
    button.press("Enter")
    assert (button.get_attribute("aria-expanded"), rows.first.is_visible()) == ("false", False)
    button.press("Enter")
    assert (button.get_attribute("aria-expanded"), rows.first.is_visible()) == ("true", True)
    page.locator(".fold-all").press("Enter")
    assert shown(page, "tr.check") == 0


def test_only_differences_are_shown_when_asked_for(pair: Path, opened: Open) -> None:
    page = opened(pair).page
    page.locator(".differences").check()
    assert shown(page, "tr.check") == page.locator("tr.check.differs").count() == 3
    assert page.locator(".shown").inner_text() == "3 of 24 checks"
    page.locator(".differences").uncheck()
    assert shown(page, "tr.check") == 24


def test_search_keeps_the_rows_that_have_the_word(troubled: Path, opened: Open) -> None:
    page = opened(troubled).page
    page.locator(".search").fill("QUOTA")
    assert [each.inner_text() for each in page.query_selector_all("tr.check:not([hidden]) th")] == ["lifecycle.soft-reboot"]
    page.locator(".search").fill("no such check")
    assert shown(page, "tr.check") == 0
    page.locator(".search").fill("")
    assert shown(page, "tr.check") == 24


def test_a_square_that_is_no_pass_leads_to_its_evidence_in_the_journal(troubled: Path, opened: Open) -> None:
    page = opened(troubled).page
    for standing, verdict in (
        ("fails", "fail"),
        ("lacks", "denied"),
        ("unknown", "quota"),
        ("unknown", "harness fault"),
        ("follows", "not run"),
    ):
        link = page.locator(f"td.{standing} a.word", has_text=verdict).first
        link.press("Enter")
        place = page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
        assert place.is_visible()
        journal = place.locator("a", has_text="journal").first
        assert journal.get_attribute("href") == "cells/bad.lampstack/journal.jsonl"
        numbers = [int(each.get_attribute("value") or 0) for each in place.locator("ol.events").first.locator("li").all()]
        events = (troubled / "cells" / "bad.lampstack" / "journal.jsonl").read_text().splitlines()
        assert '"event": "outcome"' in events[numbers[-1] - 1]


def test_names_that_are_markup_or_script_are_text(hostile: Path, opened: Open) -> None:
    found = opened(hostile)
    assert "<script>alert(1)</script>␛[31m␇[bold]|`*_#1 @all" in (found.page.locator("h1").text_content() or "")
    assert found.page.locator("script").count() == 1
    assert found.page.locator("b").count() == 0
    assert found.complaints == []


def test_on_paper_what_was_folded_or_filtered_away_is_there(pair: Path, opened: Open) -> None:
    page = opened(pair).page
    page.locator(".fold-all").click()
    page.locator(".differences").check()
    page.emulate_media(media="print")
    assert shown(page, "tr.check") == 24
    assert shown(page, ".tools, nav") == 0
    assert page.locator("details li").first.is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
