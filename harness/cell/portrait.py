"""A picture of the page that a cell's deployment answers with, once it does: for whoever watches. It says nothing about the cloud."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread

from harness.journal import Journal
from harness.model import Deployment
from harness.probes import picture
from harness.probes.outside import Outside

FILE = "page.png"
POLL_S = 1.0
_ANSWER_S = 5.0
_LIMIT_S = 20.0


class Portrait:
    """Takes the picture from a thread of its own, beside the checks; where there is no browser, or no page, there is no picture."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._file = folder / FILE
        self._journal = journal
        self._given_up = Event()
        self._thread: Thread | None = None

    def begin(self, deployment: Deployment) -> None:
        """Begin to wait for the first endpoint that shows a page, and take a picture of it."""
        program = picture.browser()
        if program and deployment.endpoints:
            urls = [each.url for each in deployment.endpoints]
            self._thread = Thread(target=self._take, args=(program, urls), name="portrait", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Give up what is still under way: the servers are about to go."""
        self._given_up.set()
        if self._thread:
            self._thread.join()

    def _take(self, program: str, urls: list[str]) -> None:
        url = self._first_that_answers(urls)
        since = time.monotonic()
        try:
            taken = url is not None and picture.take(program, url, self._file, _LIMIT_S, self._given_up)
        except OSError:
            return
        if taken:
            self._journal.write("page.pictured", file=FILE, url=url, seconds=round(time.monotonic() - since, 2))

    def _first_that_answers(self, urls: list[str]) -> str | None:
        """Asked again and again, for as long as there is time."""
        while not self._given_up.is_set():
            for each in urls:
                if Outside().http(each, _ANSWER_S).is_there:
                    return each
            self._given_up.wait(POLL_S)
        return None
