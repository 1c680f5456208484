"""A headless Chromium for whatever draws pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from harness.probes import picture


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium. A machine without it fails: what a browser shows cannot be told without one.

    One at a time: Playwright refuses to start while another of it runs.
    """
    program = picture.browser()
    if program is None:
        pytest.fail("no Chromium on this machine; mend: sudo apt-get install --no-install-recommends chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *picture.ALONE])
        yield found
        found.close()
