"""What the package proxy does with a request: refuse, answer from the store, or fetch."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import socket
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

__all__ = ["PackageServer", "Store"]

_LIMIT_S = 60  # without a byte from the archive
_PASSED_ON = ("If-Modified-Since", "If-None-Match", "Cache-Control", "User-Agent", "Accept")
_PASSED_BACK = ("Content-Type", "Last-Modified", "ETag")


class Store:
    """Files fetched from the hosts in ``allowed`` (each with the scheme that it is fetched by).

    An archive never changes what it keeps under ``/pool/`` and ``/by-hash/``: that is kept; everything else is fetched each time.
    """

    def __init__(self, folder: Path, allowed: Mapping[str, str]) -> None:
        self.folder = folder
        self.allowed = allowed
        self._locks: dict[Path, threading.Lock] = {}
        self._guard = threading.Lock()

    def upstream(self, host: str, path: str) -> str | None:
        """Where a request goes; None where this machine's apt would not go there either.

        A path that did not begin with a slash would be the rest of the host's name.
        """
        name = host.lower().removesuffix(":80")
        return f"{self.allowed[name]}://{name}{path}" if name in self.allowed and path.startswith("/") else None

    def keeps(self, url: str) -> bool:
        """Whether what is at this address never changes."""
        return "/pool/" in url or "/by-hash/" in url

    def fetched(self, url: str) -> Path:
        """The kept file of an address, fetched once however many ask; raises OSError and urllib's errors."""
        file = self.folder / hashlib.sha256(url.encode()).hexdigest()
        with self._guard:
            lock = self._locks.setdefault(file, threading.Lock())
        with lock:
            if not file.exists():
                self._fetch(url, file)
        return file

    def _fetch(self, url: str, file: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as part:
            try:
                with opened(url, {}) as answer:
                    shutil.copyfileobj(answer, part)
                    wanted = answer.headers["Content-Length"]
                if wanted and part.tell() != int(wanted):
                    raise ConnectionError("the archive closed the connection too early")
                Path(part.name).replace(file)
            except BaseException:
                Path(part.name).unlink()
                raise


def opened(url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    """An answer of the archive."""
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310  # the scheme is http or https: apt.py
    answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_LIMIT_S)  # noqa: S310
    return answer


class PackageServer(ThreadingHTTPServer):
    """Serves a store on a listening socket that was made elsewhere."""

    daemon_threads = True

    def __init__(self, store: Store, listening: socket.socket) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_address = listening.getsockname()
        self.store = store

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is nothing to speak of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the standard library's stubs know sockets alone


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD, in a proxy's form and in an archive's own."""

    protocol_version = "HTTP/1.1"
    server: PackageServer

    def do_GET(self) -> None:
        """Send what is at an address, or say why not."""
        store = self.server.store
        host, path = self._asked()
        url = store.upstream(host, path)
        if url is None:
            self.send_error(HTTPStatus.FORBIDDEN, f"{host} is not among the hosts of this machine's apt settings")
            return
        try:
            if store.keeps(url):
                with store.fetched(url).open("rb") as content:
                    self._send(HTTPStatus.OK, {}, content)
            else:
                self._pass_through(url)
        except urllib.error.HTTPError as refusal:
            with refusal:
                self._send(refusal.code, refusal.headers, None)
        except (OSError, http.client.HTTPException) as error:
            self.log_message("%s: %s", url, error)
            self.send_error(HTTPStatus.BAD_GATEWAY, "the archive did not answer")

    def _asked(self) -> tuple[str, str]:
        """Host and path of what is asked for; no path where it is not asked for over HTTP, or is no address."""
        try:
            parts = urlsplit(self.path)
        except ValueError:
            return self.path, ""
        host = parts.netloc or self.headers.get("Host", "")
        return host, parts._replace(scheme="", netloc="").geturl() if parts.scheme in {"", "http"} else ""

    def do_HEAD(self) -> None:
        """The same without the content."""
        self.do_GET()

    def do_CONNECT(self) -> None:
        """Refuse a tunnel: nobody could see where it leads."""
        self.send_error(HTTPStatus.FORBIDDEN, "the lab's package proxy opens no tunnels")

    def _pass_through(self, url: str) -> None:
        """Fetch what changes, all of it before the first byte goes on: its length may be unknown until then."""
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        with opened(url, headers) as answer, tempfile.TemporaryFile(dir=self.server.store.folder) as content:
            shutil.copyfileobj(answer, content)
            self._send(answer.status, answer.headers, content)

    def _send(self, status: int, headers: Mapping[str, str] | Message, content: IO[bytes] | None) -> None:
        size = content.seek(0, os.SEEK_END) if content else 0
        self.send_response(status)
        for name in _PASSED_BACK:
            if value := headers.get(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if content and self.command == "GET":
            content.seek(0)
            shutil.copyfileobj(content, self.wfile)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """What was served is not worth a line; what failed is."""
