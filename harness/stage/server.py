"""The wallboard in a browser: a server on the loopback, which pushes what changed by Server-Sent Events.

Each browser gets the whole board first, whenever it connects, and then the lanes that changed since *its own* last frame. A browser
that is slow gets fewer frames, and nobody else notices.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.errors import UsageError
from harness.stage import view
from harness.stage.pace import Frame, Replay, Show

PORT = 8642
"""Where the wallboard is, unless the port is taken: a browser that was left open finds the next round there."""

_ADDRESS = "127.0.0.1"
_PAGE = Path(__file__).with_name("page")
_FILES = {"/": "index.html", "/stage.css": "stage.css", "/stage.js": "stage.js", "/icon.svg": "icon.svg"}
_FRAME_S = 0.1
_HEARTBEAT_S = 5.0
_DRIFT_S = 0.5
_FAREWELL_S = 2
_PICTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.png")
_PNG = b"\x89PNG\r\n\x1a\n"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Wallboard:
    """Serves ``show``; pictures of pages are found in ``folder``, the run's."""

    def __init__(self, show: Show, folder: Path) -> None:
        self._show = show
        self._folder = folder
        self._frame = show.look()
        self._over = False
        self._socket = _listen()
        config = uvicorn.Config(
            self._application(),
            log_config=None,
            access_log=False,
            ws="none",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_FAREWELL_S,
        )
        self._server = uvicorn.Server(config)

    @property
    def address(self) -> str:
        """What is typed into a browser."""
        return f"http://{_ADDRESS}:{self._socket.getsockname()[1]}/"

    def serve(self) -> None:
        """Serve until :meth:`end`, or a signal."""
        with suppress(KeyboardInterrupt):
            self._server.run(sockets=[self._socket])

    def end(self) -> None:
        """Show every browser the last frame, and end. May be called from any thread."""
        self._over = True
        self._server.should_exit = True

    def _application(self) -> ASGIApp:
        routes = [
            *(Route(path, _static(name)) for path, name in _FILES.items()),
            Route("/events", self._events),
            Route("/control", self._control, methods=["POST"]),
            Route("/pictures/{cell}/{name}", self._picture),
        ]
        known = Middleware(TrustedHostMiddleware, allowed_hosts=[_ADDRESS, "localhost"], www_redirect=False)
        return _with_headers(Starlette(routes=routes, middleware=[known]))

    async def _events(self, _request: Request) -> Response:
        if isinstance(self._show, Replay):
            self._show.begin()
        return StreamingResponse(self._frames(), media_type="text/event-stream")

    async def _frames(self) -> AsyncIterator[str]:
        """Whole frames and changes for one browser, until the server ends; it is asked for the next when this one was sent."""
        yield "retry: 1000\n\n"
        sent: Frame | None = None
        silent = 0.0
        while True:
            over = self._over or self._server.should_exit
            frame = self._frame = self._show.look()
            if sent is None or _differs(sent, frame):
                yield f"data: {json.dumps(message(frame, sent), ensure_ascii=False)}\n\n"
                sent, silent = frame, 0.0
            elif silent >= _HEARTBEAT_S:
                yield ": still here\n\n"
                silent = 0.0
            if over:
                return
            await asyncio.sleep(_FRAME_S)
            silent += _FRAME_S

    async def _control(self, request: Request) -> Response:
        """Pause, go on, or seek in a replay. Only the wallboard's own page may ask for it."""
        if request.headers.get("origin") != str(request.base_url).rstrip("/"):
            return PlainTextResponse("not from here", status_code=403)
        if not isinstance(self._show, Replay):
            return PlainTextResponse("a round that runs cannot be steered", status_code=409)
        try:
            asked = json.loads(await request.body())
            steer(self._show, asked)
        except (ValueError, TypeError, KeyError):
            return PlainTextResponse('not of the form {"act": "pause" | "resume" | "seek", "to": seconds}', status_code=400)
        return Response(status_code=204)

    async def _picture(self, request: Request) -> Response:
        cell, name = str(request.path_params["cell"]), str(request.path_params["name"])
        file = self._folder / "cells" / cell / name
        announced = any(each.picture == f"{cell}/{name}" for each in self._frame.board.lanes)
        if not announced or cell in ("", ".", "..") or not _PICTURE.fullmatch(name) or not _is_picture(file):
            return PlainTextResponse("no such picture", status_code=404)
        return FileResponse(file, media_type="image/png")


def message(frame: Frame, sent: Frame | None) -> dict[str, Any]:
    """What a browser that shows ``sent`` must hear to show ``frame``; one that shows nothing hears everything."""
    lanes = frame.board.lanes
    order = [each.cloud for each in lanes]
    if sent is None or sent.is_over != frame.is_over or order != [each.cloud for each in sent.board.lanes]:
        changed = lanes
    else:
        shown = {each.cloud: each for each in sent.board.lanes}
        changed = tuple(each for each in lanes if shown.get(each.cloud) is not each)
    return {**view.head(frame), "order": order, "lanes": [view.lane(each, frame) for each in changed]}


def steer(replay: Replay, asked: dict[str, Any]) -> None:
    """Do what a browser asked for.

    Raises:
        ValueError, TypeError, KeyError: it is not to be understood.
    """
    match asked["act"]:
        case "pause":
            replay.pause()
        case "resume":
            replay.resume()
        case "seek":
            to = float(asked["to"])
            if not math.isfinite(to):
                raise ValueError(to)
            replay.seek(to)
        case _:
            raise ValueError(asked["act"])


def _differs(sent: Frame, frame: Frame) -> bool:
    """Whether a browser that shows ``sent``, and lets its clock go on, shows something else than ``frame``."""
    if frame.board is not sent.board or frame.rate != sent.rate:
        return True
    expected = sent.time + sent.rate * (frame.wall - sent.wall)
    return abs(frame.time - expected) > _DRIFT_S * max(1.0, frame.rate)


def _listen() -> socket.socket:
    """A socket on the loopback, at :data:`PORT` or, when that is taken, anywhere."""
    for port in (PORT, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_ADDRESS, port))
            listening.listen()
        except OSError:
            listening.close()
            continue
        return listening
    raise UsageError("no port on the loopback can be listened on", mend="use --terminal")


def _static(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return FileResponse(_PAGE / name)

    return answer


def _is_picture(file: Path) -> bool:
    try:
        return not file.is_symlink() and file.read_bytes()[: len(_PNG)] == _PNG
    except OSError:
        return False


def _with_headers(application: ASGIApp) -> ASGIApp:
    """``application``, all of whose answers carry :data:`_HEADERS`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        await application(scope, receive, send_on)

    return answer
