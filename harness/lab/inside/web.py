"""Serve a WSGI application by waitress on a UNIX socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import waitress

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(application: Application, path: str, prefix: str, threads: int = 6) -> None:
    """Serve ``application`` under ``prefix`` until killed; nginx, which stands before it, is trusted to say who asks."""
    with suppress(FileNotFoundError):
        Path(path).unlink()
    waitress.serve(
        application,
        unix_socket=path,
        unix_socket_perms="600",
        url_prefix=prefix,
        threads=threads,
        trusted_proxy="*",
        trusted_proxy_headers="x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-for",
        clear_untrusted_proxy_headers=False,
        max_request_body_size=1 << 40,
        channel_timeout=600,
        ident="",
        _quiet=True,
    )
