"""Reports opened from the disk, in a headless Chromium without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from harness.report import write_all

_TIMEOUT_MS = 10_000


@dataclass
class Opened:
    """A report in the browser, and what the browser complained of or asked for since it was opened."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens the report of a run's folder: ``opened(folder, color_scheme="dark")``, with the options of a browser's context.

    What is not there is written first.
    """
    contexts = []

    def open_(folder: Path, file: str = "report.html", **options: Any) -> Opened:
        if not (folder / file).exists():
            write_all(folder)
        context = browser.new_context(offline=True, **options)
        context.set_default_timeout(_TIMEOUT_MS)
        contexts.append(context)
        found = Opened(context.new_page(), (folder / file).resolve().as_uri())
        found.page.on("console", lambda message: found.complaints.append(f"{message.type}: {message.text}"))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("dialog", lambda dialog: found.complaints.append(f"dialog: {dialog.message}"))
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.goto(found.address)
        return found

    yield open_
    for context in contexts:
        context.close()
