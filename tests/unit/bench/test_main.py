"""What the measurement leaves behind, however it ends."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import pytest

from bench import __main__ as bench

PAGES = {"lamp_page_lab1_alone_s": 30.0, "lamp_page_lab2_alone_s": 40.0}


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with the lab, in a folder of its own; every measurement takes no time."""
    done: list[str] = []

    def memory() -> dict[str, float]:
        done.append("memory")
        return {"memory": 1.0}

    def on_two_clouds(reports: Path) -> dict[str, float]:
        (reports / "round").mkdir()
        return PAGES

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["bench"])
    monkeypatch.setattr(bench, "WITHOUT_A_LAB", {})
    monkeypatch.setattr(bench, "interop", lambda *words: done.append(" ".join(words)))
    monkeypatch.setattr(bench, "cached_up", lambda: 9.0)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(bench, "lab_memory", memory)
    monkeypatch.setattr(bench, "on_two_clouds", on_two_clouds)
    monkeypatch.setattr(bench, "on_the_third", lambda _, slowest: {"third": slowest})
    return done


def test_the_lab_is_down_after_all_is_measured_and_no_report_stays(steps: list[str], tmp_path: Path) -> None:
    bench.main()
    assert steps == ["lab install lab1 lab2 lab3", "lab up lab1 lab2 lab3", "lab down", "memory", "lab up lab3", "lab down"]
    assert [file.name for file in tmp_path.iterdir()] == ["bench.json"]
    assert json.loads((tmp_path / "bench.json").read_text(encoding="utf-8")) == {"lab_up_cached_s": 9, "memory": 1, **PAGES, "third": 40}


@pytest.mark.parametrize("failing", ["lab install lab1 lab2 lab3", "lab up lab1 lab2 lab3", "lab up lab3"])
def test_the_lab_is_down_after_something_failed_and_no_report_stays(
    steps: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def interop(*words: str) -> None:
        steps.append(" ".join(words))
        if steps[-1] == failing:
            raise SystemExit(f"interop {failing} ended with 2")

    monkeypatch.setattr(bench, "interop", interop)
    with pytest.raises(SystemExit, match=failing):
        bench.main()
    assert steps[-1] == "lab down"
    assert list(tmp_path.iterdir()) == []
