from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from harness.cell import portrait as portrait_
from harness.cell.portrait import Portrait
from harness.journal import Journal, read
from harness.model import Deployment, Endpoint
from harness.probes import picture
from harness.probes.outside import Outside, Page


def deployment(*urls: str) -> Deployment:
    return Deployment((), tuple(Endpoint("page", each) for each in urls), {}, "", 1.0)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were pictured; only those that end in ``/yes`` answer."""
    found: list[str] = []

    def take(_program: str, url: str, file: Path, _limit_s: float, given_up: Event) -> bool:
        found.append(url)
        file.write_bytes(b"picture")
        return not given_up.wait(0.05)

    monkeypatch.setattr(portrait_, "POLL_S", 0.01)
    monkeypatch.setattr(picture, "browser", lambda: "/usr/bin/browser")
    monkeypatch.setattr(picture, "take", take)
    monkeypatch.setattr(Outside, "http", lambda _self, url, _limit_s: Page(200 if url.endswith("/yes") else 503))
    return found


def told(tmp_path: Path, *urls: str) -> list[dict[str, Any]]:
    journal = Journal(tmp_path / "journal.jsonl")
    portrait = Portrait(tmp_path, journal)
    portrait.begin(deployment(*urls))
    if portrait._thread:
        portrait._thread.join(0.5)
    portrait.finish()
    journal.close()
    return list(read(tmp_path / "journal.jsonl"))


def test_the_first_page_that_answers_is_pictured_and_announced(tmp_path: Path, taken: list[str]) -> None:
    (event,) = told(tmp_path, "http://a/no", "http://b/yes", "http://c/yes")
    assert (event["event"], event["file"], event["url"]) == ("page.pictured", "page.png", "http://b/yes")
    assert taken == ["http://b/yes"]


def test_what_does_not_answer_is_not_pictured(tmp_path: Path, taken: list[str]) -> None:
    assert told(tmp_path, "http://a/no") == []
    assert taken == []


def test_a_page_that_answers_later_is_waited_for(tmp_path: Path, taken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([503, 0, 200])
    monkeypatch.setattr(Outside, "http", lambda *_: Page(next(answers)))
    (event,) = told(tmp_path, "http://a/")
    assert event["url"] == "http://a/"


def test_a_workload_without_a_page_has_no_picture(tmp_path: Path, taken: list[str]) -> None:
    assert told(tmp_path) == []


def test_a_machine_without_a_browser_takes_none(tmp_path: Path, taken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "browser", lambda: None)
    assert told(tmp_path, "http://b/yes") == []


def test_a_browser_that_cannot_be_started_is_no_verdict(tmp_path: Path, taken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bool:
        raise PermissionError

    monkeypatch.setattr(picture, "take", broken)
    assert told(tmp_path, "http://b/yes") == []


def test_what_is_given_up_is_not_announced(tmp_path: Path, taken: list[str]) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    portrait = Portrait(tmp_path, journal)
    portrait._given_up.set()
    portrait.begin(deployment("http://b/yes"))
    portrait.finish()
    assert list(read(tmp_path / "journal.jsonl")) == []
