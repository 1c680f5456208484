from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.lab.package_proxy import PackageServer, Store


class Archive(BaseHTTPRequestHandler):
    """An archive that counts, and that cuts what is called short off."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["If-Modified-Since"]))
        if "none" in self.path:
            self.send_error(404)
            return
        if self.headers["If-Modified-Since"]:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", "100" if "short" in self.path else "7")
        self.send_header("Last-Modified", "yesterday")
        self.end_headers()
        self.wfile.write(b"content")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: HTTPServer) -> Iterator[str]:
    """The address of a server that serves meanwhile."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Archive, "asked", [], raising=False)
    return Archive.asked


@pytest.fixture
def archive(asked: list[tuple[str, str | None]]) -> Iterator[str]:
    with serving(HTTPServer(("127.0.0.1", 0), Archive)) as address:
        yield address


@pytest.fixture
def proxy(archive: str, tmp_path: Path) -> Iterator[str]:
    server = PackageServer(Store(tmp_path, {archive: "http"}), socket.create_server(("127.0.0.1", 0)))
    with serving(server) as address:
        yield address


def get(url: str, proxy: str, **headers: str) -> tuple[int, bytes]:
    """Status and content, through the proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": f"http://{proxy}"}))
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=5) as answer:  # noqa: S310  # http, see above
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with closing(refusal):
            return refusal.code, refusal.read()


def test_what_never_changes_is_fetched_once(archive: str, proxy: str, asked: list[tuple[str, str | None]]) -> None:
    for _ in range(2):
        assert get(f"http://{archive}/debian/pool/a.deb", proxy) == (200, b"content")
    assert asked == [("/debian/pool/a.deb", None)]


def test_what_may_change_is_fetched_each_time(archive: str, proxy: str, asked: list[tuple[str, str | None]]) -> None:
    for _ in range(2):
        assert get(f"http://{archive}/debian/dists/InRelease", proxy) == (200, b"content")
    assert len(asked) == 2


def test_a_client_that_has_it_already_is_told_so(archive: str, proxy: str, asked: list[tuple[str, str | None]]) -> None:
    status, _ = get(f"http://{archive}/debian/dists/InRelease", proxy, **{"If-Modified-Since": "yesterday"})
    assert status == 304
    assert asked == [("/debian/dists/InRelease", "yesterday")]


def test_a_host_that_apt_does_not_know_is_refused_unasked(proxy: str, asked: list[tuple[str, str | None]]) -> None:
    status, text = get("http://elsewhere.test/debian/pool/a.deb", proxy)
    assert status == 403
    assert b"elsewhere.test is not among the hosts of this machine's apt settings" in text
    assert asked == []


def told(proxy: str, request: str, host: str) -> str:
    """The answer to a request that is sent as it is written here."""
    name, _, port = proxy.partition(":")
    with socket.create_connection((name, int(port)), timeout=5) as client:
        client.sendall(f"{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        with client.makefile("rb") as answer:
            return answer.read().decode()


@pytest.mark.parametrize("line", ["CONNECT elsewhere.test:443", "GET ftp://elsewhere.test/", "GET http:///pool/a"])
def test_nothing_else_is_let_through(line: str, proxy: str) -> None:
    host, _, port = proxy.partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(f"{line} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "target",
    [
        ".evil.test/x",
        ":8443/x",
        "@evil.test/x",
        "%2eevil.test/x",
        "?@evil.test/x",
        "http:.evil.test/x",
        "http:@evil.test/x",
        "http://[evil.test/x",
    ]
    + [
        f"http://{host}/x"
        for host in ("ARCHIVE@evil.test", "evil.test@ARCHIVE", "ARCHIVE.evil.test", "ARCHIVE:8443", "ARCHIVE%2eevil.test")
    ]
    + [f"{slashes}evil.test@ARCHIVE/x" for slashes in ("http://", "hTTp://", "https://")],
)
def test_a_request_that_is_written_oddly_reaches_no_other_host(
    target: str, archive: str, proxy: str, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, str | None]]
) -> None:
    monkeypatch.setattr("harness.lab.package_proxy.opened", lambda url, _: pytest.fail(f"{url} was asked for"))
    assert told(proxy, f"GET {target.replace('ARCHIVE', archive)}", archive).startswith("HTTP/1.1 403 ")
    assert asked == []


@pytest.mark.parametrize(
    "host", ["evil.test@ARCHIVE", "ARCHIVE@evil.test", "ARCHIVE:8443", "ARCHIVE/x@evil.test", "ARCHIVE.", "ARCHIVE#", ""]
)
def test_a_host_that_is_not_named_as_apt_names_it_is_refused(
    host: str, archive: str, proxy: str, asked: list[tuple[str, str | None]]
) -> None:
    assert told(proxy, "GET /debian/pool/a.deb", host.replace("ARCHIVE", archive)).startswith("HTTP/1.1 403 ")
    assert asked == []


@pytest.mark.parametrize(
    "path", ["//evil.test/x", "///evil.test/x", "/\\evil.test/x", "/%2f%2fevil.test/x", "/@evil.test/x", "/..//evil.test/x"]
)
def test_whatever_the_path_it_goes_to_the_archive(path: str, archive: str, proxy: str, asked: list[tuple[str, str | None]]) -> None:
    assert told(proxy, f"GET http://{archive}{path}", archive).startswith("HTTP/1.1 200 ")
    assert [where.lstrip("/") for where, _ in asked] == [path.lstrip("/")]


def test_it_answers_in_an_archives_own_form_too(archive: str, proxy: str) -> None:
    request = urllib.request.Request(f"http://{proxy}/debian/pool/a.deb", headers={"Host": archive})
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # http, see above
        assert answer.read() == b"content"


def test_what_is_not_there_is_not_kept(archive: str, proxy: str, tmp_path: Path) -> None:
    assert get(f"http://{archive}/debian/pool/none.deb", proxy)[0] == 404
    assert list(tmp_path.iterdir()) == []


def test_half_a_package_is_not_kept(archive: str, proxy: str, tmp_path: Path) -> None:
    assert get(f"http://{archive}/debian/pool/short.deb", proxy)[0] == 502
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_away_is_a_bad_gateway(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        away = f"127.0.0.1:{taken.getsockname()[1]}"
    server = PackageServer(Store(tmp_path, {away: "http"}), socket.create_server(("127.0.0.1", 0)))
    with serving(server) as address:
        assert get(f"http://{away}/debian/dists/InRelease", address)[0] == 502


def test_the_scheme_is_the_one_that_apt_uses(tmp_path: Path) -> None:
    store = Store(tmp_path, {"mirror.test": "https", "other.test:8080": "http"})
    assert store.upstream("Mirror.test:80", "/debian") == "https://mirror.test/debian"
    assert store.upstream("other.test:8080", "/debian") == "http://other.test:8080/debian"
    assert store.upstream("other.test", "/debian") is None
    assert store.upstream("", "/debian") is None
