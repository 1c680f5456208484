"""The wallboard's page in a real browser."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from harness.journal import Journal
from harness.stage import server
from harness.stage.pace import Live, Replay, Show
from harness.stage.recording import multiplied, recorded
from tests.unit.recordings import SAMPLE
from tests.unit.stage.stories import begins, deployed, ends, outcome, rung, started, write_round
from tests.unit.stage.test_server import serving

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A projector's page; anything it complains of, and any request that leaves the loopback, fails the test."""
    complaints: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def request(asked: Request) -> None:
        if not asked.url.startswith("http://127.0.0.1:"):
            complaints.append(asked.url)

    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.on("console", console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.on("request", request)
    yield page
    page.close()
    assert complaints == []


def sample(lanes: int = 2, at: float = 0.0) -> Replay:
    replay = Replay(multiplied(recorded(SAMPLE), lanes), 1)
    replay.seek(at)
    return replay


def violations(page: Page) -> list[str]:
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in Axe().run(page).response["violations"]]


def overflowing(page: Page) -> list[str]:
    """What stands outside its lane, or outside the screen."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".lane, .lane h2, .lane .time, .lane .word, .lane .rung, .lane .detail")].filter((each) => {
          const own = each.getBoundingClientRect(), lane = each.closest(".lane").getBoundingClientRect();
          return own.bottom > lane.bottom + 1 || own.right > lane.right + 1 || lane.bottom > innerHeight || lane.right > innerWidth;
        }).map((each) => `${each.className} ${each.textContent}`)"""
    )
    return found


@pytest.mark.parametrize(("lanes", "at"), [(2, 0), (2, 100), (2, 229), (6, 100), (11, 170), (18, 60), (18, 240), (30, 100)])
def test_every_number_of_lanes_fits_the_screen_and_anybody_can_use_it(page: Page, lanes: int, at: float) -> None:
    with serving(sample(lanes, at), SAMPLE) as address:
        page.goto(address)
        page.wait_for_selector(".lane")
        assert page.locator(".lane").count() == lanes
        assert overflowing(page) == []
        assert violations(page) == []
        if lanes > 2:
            assert f"{lanes} lanes multiplied from 2 recorded" in page.locator("#note").inner_text()


@pytest.mark.parametrize(("lanes", "name", "state"), [(18, 30, 22), (2, 80, 60)])
def test_type_is_as_large_as_the_lanes_allow(page: Page, lanes: int, name: float, state: float) -> None:
    with serving(sample(lanes), SAMPLE) as address:
        page.goto(address)
        page.wait_for_selector(".lane")
        size = "(selector) => parseFloat(getComputedStyle(document.querySelector(selector)).fontSize)"
        assert page.evaluate(size, ".lane h2") >= name
        assert page.evaluate(size, ".lane .word") >= state


def test_a_lane_climbs_and_its_page_answers_before_the_viewers_eyes(page: Page) -> None:
    replay = sample(at=100)
    with serving(replay, SAMPLE) as address:
        page.goto(address)
        lane = page.locator(".lane").first
        whole = lane.locator(".rung.whole")
        expect(whole).to_have_count(6)
        assert "deploying" in lane.locator(".word").inner_text()
        replay.seek(164)
        expect(whole).to_have_count(7)
        assert lane.locator(".word").inner_text() == "✓ answers · 2:11"
        expect(page.locator("#news")).to_have_text("lab2: answers · 1:58")


def test_keys_pause_and_seek(page: Page) -> None:
    replay = sample()
    with serving(replay, SAMPLE) as address:
        page.goto(address)
        page.wait_for_selector(".lane")
        page.keyboard.press("Space")
        expect(page.locator("#play")).to_have_text("Play")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#clock")).to_have_text(re.compile("0:1[0-9]"))
        page.keyboard.press("Home")
        expect(page.locator("#clock")).to_have_text("0:00")
        page.keyboard.press("Space")
        expect(page.locator("#play")).to_have_text("Pause")


def live(folder: Path, *events: dict[str, Any], cloud: str = "acme") -> Show:
    Journal(folder / "journal.jsonl").write(**started(cloud))
    cell = Journal(folder / "cells" / "c.stack" / "journal.jsonl")
    for event in (begins("c.stack", cloud), *events):
        cell.write(**event)
    return Live(folder)


def test_names_and_reasons_are_text_whatever_is_in_them(page: Page, tmp_path: Path) -> None:
    events = (rung(EVIL, "active", 1.0), {"event": "page.pictured", "file": EVIL, "url": "u", "seconds": 1}, ends("refused", error=EVIL))
    with serving(live(tmp_path, *events, cloud=EVIL), tmp_path) as address:
        page.route("**/pictures/**", lambda route: route.fulfill(status=200, content_type="image/png", body=b""))
        page.goto(address)
        page.wait_for_selector(".lane")
        assert page.locator(".lane h2").inner_text() == EVIL
        assert EVIL in page.locator(".lane .detail").inner_text()
        assert page.locator("main script, main img[src=x]").count() == 0
        assert overflowing(page) == []
        assert violations(page) == []


def test_a_failed_cloud_is_told_by_a_word_a_sign_and_a_sentence(page: Page, tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  File x\nBoom"
    failed = (outcome("application.page", "fail", subject="web-1", reason=f"expected HTTP 200; seen 503\n{trace}"), ends())
    with serving(live(tmp_path, deployed("http://a/"), *failed), tmp_path) as address:
        page.goto(address)
        page.wait_for_selector(".lane.failed")
        assert page.locator(".word").inner_text() == "✗ does not run"
        assert page.locator(".detail").inner_text() == "application.page on web-1: expected HTTP 200; seen 503."
        assert "Traceback" not in page.locator("body").inner_text()
        assert violations(page) == []


def test_a_picture_that_is_no_more_leaves_no_hole(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()
    with serving(live(tmp_path, {"event": "page.pictured", "file": "page.png", "url": "u", "seconds": 1}), tmp_path) as address:
        page.goto(address)
        expect(page.locator(".lane")).to_have_count(1)
        expect(page.locator(".shot.there")).to_have_count(0)
    page.close()


def test_the_state_of_a_cloud_is_read_in_full_whatever_stands_beside_it(page: Page, tmp_path: Path) -> None:
    with serving(live(tmp_path, outcome("application.page", "fail"), ends(), cloud="a-cloud-with-a-long-name-eu-1"), tmp_path) as address:
        page.set_viewport_size({"width": 640, "height": 360})
        page.goto(address)
        page.wait_for_selector(".lane.failed")
        assert page.locator(".word").evaluate("(each) => each.scrollWidth <= each.clientWidth")


def test_a_browser_that_lost_the_server_says_so_and_finds_it_again(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(server, "PORT", free.getsockname()[1])
    write_round(tmp_path, "acme", end=False)
    with serving(Live(tmp_path), tmp_path) as address:
        page.goto(address)
        page.wait_for_selector(".lane.runs")
    page.wait_for_selector("body.lost")
    Journal(tmp_path / "journal.jsonl").write("run.finished", exit_code=0, reasons=[])
    with serving(Live(tmp_path), tmp_path) as again:
        assert again == address
        page.wait_for_selector("body:not(.lost)")
        expect(page.locator("body")).to_have_attribute("data-rate", "0")


@pytest.mark.parametrize(("wish", "moving"), [("reduce", 0), ("no-preference", 2)])
def test_whoever_wants_less_motion_gets_none(browser: Browser, wish: Literal["reduce", "no-preference"], moving: int) -> None:
    page = browser.new_page(reduced_motion=wish)
    page.add_init_script(
        "window.moved = 0; const animate = Element.prototype.animate;"
        "Element.prototype.animate = function (...how) { moved += 1; return animate.apply(this, how); };"
    )
    replay = sample(at=100)
    with serving(replay, SAMPLE) as address:
        page.goto(address)
        expect(page.locator(".lane")).to_have_count(2)
        replay.seek(170)
        expect(page.locator(".lane.answered")).to_have_count(2)
        assert page.evaluate("moved") == moving
    page.close()
