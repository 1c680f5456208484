"""Reboots of a server whose clock says 100 when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from harness.checks import rebooting
from harness.probes import api


def reboots(monkeypatch: pytest.MonkeyPatch, asked: Callable[[], None] = lambda: None, *, restarts: bool = True) -> None:
    """Nobody can log in at first, then the server is still the old one; with ``restarts`` it is a new one after that."""
    views = iter([None, SimpleNamespace(init_started=50.0), *[SimpleNamespace(init_started=101.0 if restarts else 50.0)] * 1000])
    monkeypatch.setattr(rebooting, "look", lambda *_: SimpleNamespace(now=100.0, init_started=50.0))
    monkeypatch.setattr(rebooting, "view_if_open", lambda *_: next(views))
    monkeypatch.setattr(api, "reboot", lambda *_: asked())
