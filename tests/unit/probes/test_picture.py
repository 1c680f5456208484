from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from harness.probes import picture


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/never":
            time.sleep(60)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>it answers</h1>")

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def program() -> str:
    found = picture.browser()
    if not found:
        pytest.fail("no Chromium on this machine; mend: sudo apt-get install --no-install-recommends chromium")
    return found


def test_a_page_is_pictured(site: str, program: str, tmp_path: Path) -> None:
    file = tmp_path / "page.png"
    assert picture.take(program, site, file, 60, Event())
    assert file.read_bytes().startswith(b"\x89PNG")


def test_a_page_that_never_comes_is_given_up_in_time(site: str, program: str, tmp_path: Path) -> None:
    file, since = tmp_path / "page.png", time.monotonic()
    assert not picture.take(program, f"{site}/never", file, 2, Event())
    assert time.monotonic() - since < 30
    assert not file.exists()


def test_a_picture_that_nobody_wants_any_more_is_given_up_at_once(site: str, program: str, tmp_path: Path) -> None:
    given_up = Event()
    given_up.set()
    since = time.monotonic()
    assert not picture.take(program, f"{site}/never", tmp_path / "page.png", 600, given_up)
    assert time.monotonic() - since < 30


@pytest.mark.parametrize("script", ["exit 1", "exit 0", 'for each; do case $each in --screenshot=*) echo no > "${each#*=}";; esac; done'])
def test_a_browser_that_makes_no_picture_makes_none(tmp_path: Path, script: str) -> None:
    program, file = tmp_path / "browser", tmp_path / "page.png"
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)  # the browser may be nobody
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert not picture.take(str(program), "http://127.0.0.1/", file, 20, Event())
    assert not file.exists()


def test_a_machine_without_a_browser_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert picture.browser() is None
