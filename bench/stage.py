"""How smooth the wallboard is: eighteen lanes of twenty events a second, in headless Chromium, at a projector's size.

The journals are a recorded round's, multiplied, and written anew event by event while the wallboard's own process follows them, as it
follows a round. A lag is from the moment an event is written to the frame that shows it, or a later one of its lane.
"""

from __future__ import annotations

import json
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread
from typing import Any

from playwright.sync_api import Page, sync_playwright

from harness.probes import picture
from harness.stage.beside import wallboard
from harness.stage.recording import multiplied, recorded
from harness.stage.tail import Heard

SAMPLE = Path("tests/unit/recorded")
LANES, EVENTS_A_SECOND, SECONDS = 18, 20, 10
_WARM_UP_S = 3
_OBSERVE = """
window.frames_ms = []; window.tasks_ms = []; window.painted = [];
const now = () => performance.timeOrigin + performance.now();
let last = 0;
const frame = (time) => { if (last) frames_ms.push(time - last); last = time; requestAnimationFrame(frame); };
requestAnimationFrame(frame);
new PerformanceObserver((list) => list.getEntries().forEach((each) => tasks_ms.push(each.duration))).observe({ type: "longtask" });
new MutationObserver((changes) => {
  const lanes = changes.map((each) => [each.target.querySelector("h2").textContent, Number(each.target.dataset.heard)]);
  requestAnimationFrame(() => setTimeout(() => lanes.forEach(([lane, heard]) => painted.push([lane, heard, now()]))));
}).observe(document.getElementById("lanes"), { subtree: true, attributeFilter: ["data-heard"] });
"""


@dataclass
class _Written:
    """When each event was written, by lane, in seconds of the epoch; ``began`` is the first event's time."""

    began: float
    lanes: dict[str, list[float]]


def stage_figures() -> dict[str, float]:
    """Milliseconds from event to screen and between frames, and how many tasks of the page were longer than 50 ms."""
    with (
        tempfile.TemporaryDirectory(prefix="interop-bench-") as scratch,
        wallboard(Path(scratch)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=picture.browser(), args=["--no-sandbox", *picture.ALONE])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(address)
        written, seen = _play(Path(scratch), page)
        browser.close()
    lags = list(_lags(written, seen["painted"]))
    wanted = LANES * EVENTS_A_SECOND * SECONDS
    if len(lags) < 0.9 * wanted:
        raise SystemExit(f"only {len(lags)} of {wanted} events were shown in {SECONDS} s: nothing can be said of the wallboard")
    return {
        "stage_events_a_second": len(lags) / SECONDS,
        "stage_lag_ms_p95": _p95(lags),
        "stage_frame_ms_p95": _p95(seen["frames"]),
        "stage_frame_ms_max": max(seen["frames"]),
        "stage_long_tasks": float(len(seen["tasks"])),
    }


def _play(folder: Path, page: Page) -> tuple[_Written, dict[str, Any]]:
    """Write the round, and look at the page meanwhile."""
    written, over = _Written(0.0, {}), Event()
    writer = Thread(target=_write, args=(folder, written, over), daemon=True)
    writer.start()
    page.wait_for_selector(".lane.running")
    time.sleep(_WARM_UP_S)
    page.evaluate(_OBSERVE)
    page.wait_for_timeout(SECONDS * 1000)
    seen: dict[str, Any] = page.evaluate("({ painted, frames: frames_ms, tasks: tasks_ms })")
    over.set()
    writer.join()
    return written, seen


def _write(folder: Path, written: _Written, over: Event) -> None:
    """Every lane's recorded events at an even pace, each with the time at which it is written."""
    events = multiplied(recorded(SAMPLE), LANES).events
    _append(folder, [each for each in events if not each.source and each.event["event"] != "run.finished"], written)
    lanes: dict[str, list[Heard]] = {}
    for each in events:
        if each.source:
            lanes.setdefault(each.source, []).append(each)
    since = time.time()
    for turn, together in enumerate(zip(*lanes.values(), strict=False)):
        for place, each in enumerate(together):
            due = since + (turn + place / len(lanes)) / EVENTS_A_SECOND
            if over.wait(max(0.0, due - time.time())):
                return
            _append(folder, [each], written)


def _append(folder: Path, events: list[Heard], written: _Written) -> None:
    for each in events:
        place = folder / "cells" / each.source if each.source else folder
        place.mkdir(parents=True, exist_ok=True)
        now = time.time()
        written.began = written.began or now
        if each.source:
            written.lanes.setdefault(each.source.replace(".lampstack", ""), []).append(now)
        line = json.dumps({**each.event, "at": datetime.fromtimestamp(now, UTC).isoformat()})
        with (place / "journal.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _lags(written: _Written, painted: list[tuple[str, float, float]]) -> Iterator[float]:
    """For every event written while the page was looked at: milliseconds until its lane showed it, or a later one."""
    shown: dict[str, list[tuple[float, float]]] = {}
    for lane, heard, at in painted:
        shown.setdefault(lane, []).append((written.began + heard + 0.001, at / 1000))
    for lane, moments in shown.items():
        known = [moment for moment, _ in moments]
        for event in written.lanes[lane]:
            place = bisect_left(known, event)
            if known[0] < event <= known[-1]:
                yield (moments[place][1] - event) * 1000


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
