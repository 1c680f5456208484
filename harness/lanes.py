"""A running round on standard error: one live lane a cloud on a terminal, plain lines where there is none."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.model import CellPlan, Verdict

PHASES = {
    "discover": "looking at the cloud",
    "inventory": "taking an inventory",
    "deploy": "deploying",
    "checks": "checking",
    "destroy": "removing",
    "teardown": "checking that nothing is left",
}
"""What a phase is called while it lasts."""

_ENDINGS = {"done": "done", "refused": "refused", "failed": "failed", "interrupted": "interrupted"}
_COLOURS = {"done": "green", "refused": "yellow", "failed": "red", "interrupted": "yellow"}


def words(event: dict[str, Any]) -> str:
    """An event as one line for a reader; empty when it is not worth one."""
    match event["event"]:
        case "phase.started":
            return PHASES.get(event["phase"], str(event["phase"]))
        case "engine.task" if event["status"] == "started":
            return f"{event['name']}{_on(event)}"
        case "engine.task" if event["status"] in ("failed", "unreachable"):
            return f"{event['name']}{_on(event)}: {event['status']}: {event.get('message', '')}"
        case "outcome" if event["outcome"]["verdict"] not in (Verdict.PASS, Verdict.NOT_RUN):
            outcome = event["outcome"]
            return f"{outcome['check']} on {outcome['subject']}: {outcome['verdict']}: {outcome['reason']}"
        case "leftovers" if event["ours"]:
            return f"left behind: {', '.join(_name(each) for each in event['ours'])}"
        case "note":
            return str(event["text"])
        case "cell.finished":
            return ending(event)
    return ""


def ending(event: dict[str, Any]) -> str:
    """How a cell ended, in a line."""
    text: str = _ENDINGS.get(event["status"], event["status"])
    if event["error"]:
        text += f": {event['error']}"
    if event["mend"]:
        text += f"\n  mend: {event['mend']}"
    return text + ("; what it made is kept" if event["kept"] else "")


def _on(event: dict[str, Any]) -> str:
    return f" [{event['host']}]" if event.get("host") not in (None, "", "localhost") else ""


def _name(resource: dict[str, Any]) -> str:
    return f"{resource['kind']} {resource['name'] or resource['id']}"


class _Words:
    """The words of events. What several cells of a cloud are refused for, such as its entry, is said once."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], str] = {}

    def of(self, cell: CellPlan, event: dict[str, Any]) -> str:
        text = words(event)
        if event["event"] != "cell.finished" or event["status"] != "refused":
            return text
        first = self._refused.setdefault((cell.cloud, text), cell.cell)
        return text if first == cell.cell else f"refused, as {first} was"


class Lines:
    """Plain lines, for logs and pipes. A task that several hosts begin is told once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._since = time.monotonic()
        self._words = _Words()
        self._last: dict[str, str] = {}
        self._passed: Counter[str] = Counter()

    def event(self, cell: CellPlan, event: dict[str, Any]) -> None:
        """Print what the event is worth."""
        if event["event"] == "outcome" and event["outcome"]["verdict"] == Verdict.PASS:
            self._passed[cell.cell] += 1
        text = self._words.of(cell, event)
        if event["event"] == "phase.finished" and event["phase"] == "checks":
            text = f"{self._passed[cell.cell]} outcomes passed"
        if event["event"] == "engine.task" and event["status"] == "started":
            text = event["name"]
        if text and text != self._last.get(cell.cell):
            self._last[cell.cell] = text
            self.say(f"{cell.cell}: {text}")

    def say(self, text: str) -> None:
        """Print ``text`` with the seconds since the round began."""
        self._console.print(Text(f"{time.monotonic() - self._since:7.1f}s  {text}"), soft_wrap=True)

    def tick(self) -> None:
        """Nothing moves by itself."""


@dataclass
class _Lane:
    cloud: str
    cell: str = ""
    doing: str = "waiting"
    detail: str = ""
    since: float = 0.0
    until: float = 0.0
    colour: str = ""
    verdicts: Counter[str] = field(default_factory=Counter)

    def seconds(self) -> float:
        return (self.until or time.monotonic()) - self.since if self.since else 0.0


class Lanes:
    """Live lanes on a terminal; use it in a ``with``, which restores the terminal at its end."""

    def __init__(self, console: Console, clouds: Iterable[str]) -> None:
        self._console = console
        self._words = _Words()
        self._lanes = {cloud: _Lane(cloud) for cloud in clouds}
        self._live = Live(self, console=console, refresh_per_second=5, transient=False)

    def __enter__(self) -> Lanes:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def event(self, cell: CellPlan, event: dict[str, Any]) -> None:
        """Move the lane of the cell's cloud; what must not be missed is printed above the lanes."""
        lane = self._lanes[cell.cloud]
        match event["event"]:
            case "cell.started":
                self._lanes[cell.cloud] = _Lane(cell.cloud, cell.cell, "starting", since=time.monotonic())
            case "phase.started":
                lane.doing, lane.detail = PHASES.get(event["phase"], event["phase"]), ""
            case "engine.task" if event["status"] == "started":
                lane.detail = words(event)
            case "check.started":
                lane.detail = f"{event['check']} [{event['subject']}]"
            case "outcome":
                lane.verdicts[event["outcome"]["verdict"]] += 1
            case "cell.finished":
                lane.doing, lane.detail, lane.until = _ENDINGS.get(event["status"], event["status"]), "", time.monotonic()
                lane.colour = _COLOURS.get(event["status"], "")
        if event["event"] in ("note", "leftovers", "outcome") or (event["event"] == "cell.finished" and event["error"]):
            text = self._words.of(cell, event)
            if text:
                self.say(f"{cell.cell}: {text}")

    def say(self, text: str) -> None:
        """Print ``text`` above the lanes."""
        self._live.console.print(Text(text), soft_wrap=True)

    def tick(self) -> None:
        """The lanes' clocks are drawn by the live display's own thread."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table.grid(padding=(0, 2), expand=True)
        for name in ("cloud", "time", "doing", "verdicts"):
            table.add_column(name, no_wrap=True)
        table.add_column("detail", ratio=1, no_wrap=True, overflow="ellipsis")
        for lane in self._lanes.values():
            minutes, seconds = divmod(int(lane.seconds()), 60)
            table.add_row(
                Text(lane.cell or lane.cloud, "bold"),
                Text(f"{minutes}:{seconds:02}", "dim"),
                Text(lane.doing, lane.colour),
                _tally(lane.verdicts),
                Text(lane.detail, "dim"),
            )
        yield table


def _tally(verdicts: Counter[str]) -> Text:
    """How many checks passed, and how many did not, each by its own word: colour alone says nothing."""
    text = Text()
    for verdict, colour in ((Verdict.PASS, "green"), (Verdict.FAIL, "red")):
        if verdicts[verdict]:
            text.append(f"{verdicts[verdict]} {verdict} ", colour)
    others = sum(verdicts.values()) - verdicts[Verdict.PASS] - verdicts[Verdict.FAIL]
    if others:
        text.append(f"{others} other", "yellow")
    return text
