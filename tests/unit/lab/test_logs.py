from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import logs, resolver


def test_the_last_lines_of_a_log_are_shown(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("one\ntwo\nthree\n", encoding="utf-8")
    said = io.StringIO()
    logs.show(tmp_path / "log", 2, follow=False, to=said)
    assert said.getvalue() == "two\nthree\n"


def test_what_is_added_is_shown_until_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    log.write_text("one\n", encoding="utf-8")
    said = io.StringIO()
    steps = iter(["two\n", None])

    def meanwhile(_: float) -> None:
        line = next(steps)
        if line is None:
            raise KeyboardInterrupt
        with log.open("a", encoding="utf-8") as file:
            file.write(line)

    monkeypatch.setattr(time, "sleep", meanwhile)
    with pytest.raises(KeyboardInterrupt):
        logs.show(log, 1, follow=True, to=said)
    assert said.getvalue() == "one\ntwo\n"


def test_no_log_yet_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="nothing was logged yet"):
        logs.show(tmp_path / "log", 5, follow=False)


def test_the_resolver_asks_nobody_and_says_no_at_once() -> None:
    lines = resolver.configuration().splitlines()
    assert {"no-resolv", "no-hosts", "address=/#/", "bind-interfaces", f"listen-address={resolver.ADDRESS}"} <= set(lines)
