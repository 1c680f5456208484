"""report.html: one file that fetches nothing and runs its own script alone, is sound, and says in words what it shows in colour."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from harness.report.charts.climbs import Tick, places, ticks
from harness.report.formats.as_html import render
from harness.report.ladder import Climb, KindOfServer
from harness.report.reading import read_run
from harness.report.record import Workload

RECORDED = ["pair", "two", "troubled", "many", "hostile"]
VOID = {"meta", "link", "br", "wbr", "hr", "img", "input"}
SELF_CLOSING = {"rect", "line"}


class Page(HTMLParser):
    """A document as a list of elements, with the text inside each; complains about tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[int, str] = {}
        self._open: list[tuple[str, int]] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts[len(self.elements) - 1] = ""
        if tag not in VOID:
            self._open.append((tag, len(self.elements) - 1))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSING
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        for _, number in self._open:
            self.texts[number] += data

    def find(self, tag: str, **wanted: str) -> Iterator[tuple[dict[str, str], str]]:
        """Attributes and text of every such element."""
        for number, (name, attributes) in enumerate(self.elements):
            if name == tag and all(attributes.get(key.rstrip("_")) == value for key, value in wanted.items()):
                yield attributes, " ".join(self.texts.get(number, "").split())


def page(recorded: str, request: pytest.FixtureRequest) -> Page:
    return Page(render(read_run(request.getfixturevalue(recorded))))


def one(page: Page, tag: str, **wanted: str) -> str:
    """The text of the only such element."""
    ((_, text),) = page.find(tag, **wanted)
    return text


@pytest.mark.parametrize("recorded", RECORDED)
def test_it_fetches_nothing_and_points_nowhere_but_to_the_files_beside_it(recorded: str, request: pytest.FixtureRequest) -> None:
    for tag, attributes in page(recorded, request).elements:
        assert tag not in {"iframe", "object", "embed", "link", "img", "base", "form", "audio", "video", "source"}
        assert not {"src", "srcset", "style", "action", "background", "ping"} & set(attributes)
        assert not [each for each in attributes if each.startswith("on")]
        assert attributes.get("href", "#").startswith(("#", "cells/"))
        if tag in {"style", "script"}:
            assert not attributes


@pytest.mark.parametrize("recorded", RECORDED)
def test_its_policy_allows_only_its_own_style_sheet_and_script(recorded: str, request: pytest.FixtureRequest) -> None:
    found = page(recorded, request)
    text = render(read_run(request.getfixturevalue(recorded)))
    ((style, script),) = re.findall(r"<style>(.*?)</style>.*<script>(.*?)</script>", text, re.DOTALL)
    hashes = [b64encode(sha256(each.encode()).digest()).decode() for each in (style, script)]
    (policy,) = [attributes["content"] for attributes, _ in found.find("meta") if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search("fetch|XMLHttpRequest|import|eval|innerHTML|document.write|location.href", script)


@pytest.mark.parametrize("recorded", RECORDED)
def test_links_lead_somewhere_and_ids_are_unique(recorded: str, request: pytest.FixtureRequest) -> None:
    elements = page(recorded, request).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"] for _, attributes in elements if "href" in attributes}
    assert {each[1:] for each in links if each.startswith("#")} <= set(ids)
    assert all(unquote(each).startswith("cells/") and each.endswith("/journal.jsonl") for each in links if not each.startswith("#"))
    named = {attributes["aria-labelledby"] for _, attributes in elements if "aria-labelledby" in attributes}
    assert named <= set(ids)


@pytest.mark.parametrize("recorded", RECORDED)
def test_tables_have_scopes_drawings_are_hidden_from_readers_and_regions_have_names(recorded: str, request: pytest.FixtureRequest) -> None:
    found = page(recorded, request)
    assert all(attributes.get("scope") in {"col", "row", "rowgroup"} for attributes, _ in found.find("th"))
    assert all(attributes.get("aria-hidden") == "true" for attributes, _ in found.find("svg"))
    regions = [attributes for tag, attributes in found.elements if attributes.get("role") == "region"]
    assert regions
    assert all(attributes["aria-label"] and attributes["tabindex"] == "0" for attributes in regions)
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert next(found.find("html"))[0]["lang"] == "en"


@pytest.mark.parametrize("recorded", RECORDED)
def test_nothing_from_outside_becomes_markup(recorded: str, request: pytest.FixtureRequest) -> None:
    text = render(read_run(request.getfixturevalue(recorded)))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]", text)
    assert "<b>" not in text
    assert text.lower().count("<script") == 1


@pytest.mark.parametrize("recorded", RECORDED)
def test_no_two_links_of_the_navigation_have_the_same_words(recorded: str, request: pytest.FixtureRequest) -> None:
    text = render(read_run(request.getfixturevalue(recorded)))
    links = dict.fromkeys(re.findall('<a href="(#[^"]+)">([^<]+)</a>', text.partition("<nav")[2].partition("</nav>")[0]))
    words = [each for _, each in links]
    assert len(words) == len(set(words)) >= 8


def test_hostile_text_is_shown_as_text(hostile: Path) -> None:
    found = Page(render(read_run(hostile)))
    assert "<script>alert(1)</script>␛[31m␇[bold]|`*_#1 @all" in one(found, "h1")


def test_the_sentence_comes_first(pair: Path) -> None:
    found = Page(render(read_run(pair)))
    assert one(found, "p", class_="lead") == "lampstack ran unchanged on 2 of 2 clouds (digest 3f9a41d27c0b); 3 of 24 behaviours differ."
    assert one(found, "title").startswith("Interop challenge, Barcelona 2016: lampstack ran unchanged on 2 of 2 clouds")


def test_every_square_says_in_words_what_its_colour_says(troubled: Path) -> None:
    found = Page(render(read_run(troubled)))
    words = {
        "holds": "✓ (ran|pass)",
        "fails": "✗ fail",
        "lacks": "⊘ denied",
        "follows": "↳ not run after initialisation.ssh-key",
        "unknown": r"\? (refused|cut off|never started|not run|quota|harness fault)",
    }
    for standing, wording in words.items():
        texts = [text for _, text in found.find("td", class_=standing)]
        assert texts
        assert all(re.match(wording, each) for each in texts)


def test_differences_stand_above_what_is_alike_and_times_in_a_table(pair: Path) -> None:
    text = render(read_run(pair))
    assert text.index("Differs between clouds") < text.index('href="#check-addresses.kind"') < text.index("Alike on every cloud")
    assert text.index("Alike on every cloud") < text.index('href="#check-boot.active"')
    assert "<td>61.2</td>" in text


def test_failures_are_told_with_the_next_command(troubled: Path) -> None:
    text = render(read_run(troubled))
    assert '<dt>try next</dt><dd class="code">openstack console log show interop-database</dd>' in text
    assert "12 checks could not run because of it" in text
    assert "the password is wrong" in text
    assert "Not in the table, since nothing was seen there: shut and late." in text


def test_many_clouds_are_told_by_their_ways(many: Path) -> None:
    found = Page(render(read_run(many)))
    ways = [text for _, text in found.find("dd", class_="holds")]
    assert "✓ way 2 direct 4 clouds: acme-cloud, fjord-cloud, kelp-cloud and pine-cloud" in ways
    squares = [text for _, text in found.find("td", class_="holds")]
    assert "✓ pass: direct" in squares
    assert "✓ pass: way 2" in squares


def test_kinds_of_server_are_named_and_their_ladders_apart(many: Path) -> None:
    captions = [text for _, text in Page(render(read_run(many))).find("caption")]
    assert "lampstack system container; every server of the cloud got there, fastest first" in captions
    assert "lampstack virtual machine; every server of the cloud got there, fastest first" in captions


def test_stretches_of_a_bar_and_ticks_of_its_scale() -> None:
    climb = Climb("a", "web-1", {"active": 10.0, "console": 15.0, "application": 40.0}, 1)
    assert places(climb, 40.0) == [("active", 0.0, 25.0), ("console", 25.0, 12.5), ("application", 37.5, 62.5)]
    kind = KindOfServer(Workload("w", "w", ""), "machine", (climb,))
    assert ticks(kind) == [
        Tick(label, place) for label, place in (("0", 0.0), ("10 s", 25.0), ("20 s", 50.0), ("30 s", 75.0), ("40 s", 100.0))
    ]


@pytest.mark.parametrize("top", [0.3, 0.9, 1.0, 7.3, 61.2, 99.0, 600.0, 4211.0])
def test_a_scale_has_few_ticks_and_they_lie_on_it(top: float) -> None:
    found = ticks(KindOfServer(Workload("w", "w", ""), "machine", (Climb("a", "s", {"active": top}, 1),)))
    assert 2 <= len(found) <= 6
    assert all(0 <= each.place <= 100 for each in found)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("place", [0, 1, 2])
def test_text_stands_out_from_its_ground_in_light_in_dark_and_in_print(pair: Path, place: int) -> None:
    style = render(read_run(pair))
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(blocks) == 3
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", blocks[place]))
    grounds = {"paper": ["ink", "soft", "link", "holds", "fails", "lacks", "follows", "unknown"]}
    grounds |= {f"{each}-ground": [each, "soft"] for each in ("fails", "lacks", "follows", "unknown")}
    for ground, texts in grounds.items():
        for text in texts:
            lighter, darker = sorted((luminance(colours[ground]), luminance(colours[text])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, f"{text} on {ground}"
