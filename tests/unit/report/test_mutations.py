"""Real journals with something changed in them: refused by the file's name, or read, with every form written and no number made up."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from copy import deepcopy
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness.errors import JournalError
from harness.report import read_run, write_all
from harness.report.record import Run, Status
from harness.report.requirement import requirements
from harness.report.terminal import show
from tests.unit.recordings import SAMPLE

ROUND = "journal.jsonl"
CELL = "cells/lab1.lampstack/journal.jsonl"
OTHER = "cells/lab2.lampstack/journal.jsonl"
CHECKS = ("boot.active", "addresses.mtu", "initialisation.ssh-key", "egress.package", "application.page", "teardown.ours-gone")
"""Few enough that an example takes a moment."""

Journals = dict[str, list[dict[str, Any]]]


def sample() -> Journals:
    """The sample's journals, without the checks and tasks that are more of the same."""
    found: Journals = {name: [json.loads(line) for line in (SAMPLE / name).read_text().splitlines()] for name in (ROUND, CELL, OTHER)}
    started = found[ROUND][0]
    started["catalogue"] = [each for each in started["catalogue"] if each["id"] in CHECKS]
    started["scenario"]["require"] |= {"to_page": 300, "facets": ["addresses"]}
    started["scenario"]["waivers"] = [{"id": "addresses.mtu", "cloud": "lab1", "reason": "r", "owner": "o", "expires": "2027-01-31"}]
    for name in (CELL, OTHER):
        found[name] = [each for each in found[name] if _is_kept(each)]
    return found


def _is_kept(event: dict[str, Any]) -> bool:
    check = event["outcome"]["check"] if event["event"] == "outcome" else event.get("check", CHECKS[0])
    return check in CHECKS and event["event"] not in ("engine.task", "destroyed")


def write(folder: Path, journals: Journals) -> None:
    for name, events in journals.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("".join(json.dumps(each) + "\n" for each in events))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything inside ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


BASE = sample()
PLACES = [(name, number, path) for name, events in BASE.items() for number, event in enumerate(events) for path in places(event)]
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e|`]]>"
DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]
STRANGE = [
    None,
    True,
    False,
    -1,
    0,
    3,
    -0.5,
    10**30,
    10**400,
    math.nan,
    math.inf,
    -math.inf,
    "",
    "x",
    "NaN",
    HOSTILE,
    [],
    [1],
    ["x"],
    {},
    {"x": 1},
    DEEP,
]


def change(journals: Journals, place: tuple[str, int, tuple[Any, ...]], act: Any) -> None:
    """Put ``act`` at a place, or take away what is there."""
    name, number, path = place
    value: Any = journals[name][number]
    for key in path[:-1]:
        value = value[key]
    if act == "take away":
        del value[path[-1]]
    else:
        value[path[-1]] = act


def read_or_refused(folder: Path) -> tuple[Run | None, str]:
    try:
        return read_run(folder), ""
    except JournalError as error:
        return None, f"{error.message} {error.mend}"


def told(folder: Path) -> Run | None:
    """The run, if it can be read; then every form of its report is there and shows no mark-up and no escape."""
    run, refusal = read_or_refused(folder)
    if run is None:
        assert str(folder) in refusal
        return None
    for form in write_all(folder):
        text = form.read_text()
        assert "\x1b" not in text
        assert "<script>alert" not in text or form.suffix not in (".html", ".xml", ".svg")
    file = StringIO()
    show(run, Console(file=file, width=100))
    assert "\x1b" not in file.getvalue()
    return run


def numbers_are_sound(run: Run) -> None:
    for cell in run.cells:
        times = [each.seconds for each in cell.ladder] + [each.seconds for each in cell.outcomes]
        times += [each.seconds for each in cell.phases if each.seconds is not None]
        observed = [each.value for outcome in cell.outcomes for each in outcome.observations if each.unit == "s"]
        named = [each for value in observed for each in (value if isinstance(value, list) else [value])]
        for each in [*times, *(each for each in named if not str(each).startswith("no time: "))]:
            assert isinstance(each, int | float)
            assert math.isfinite(each)
            assert each >= 0
        assert {(each.cell, each.cloud, each.workload, each.attempt) for each in cell.outcomes} <= {
            (cell.id, cell.cloud, cell.workload, cell.attempt)
        }
    begun = [each for each in run.cells if each.status is not Status.NEVER_STARTED]  # a plan alone does not tell its attempt
    assert len({(each.cloud, each.workload, each.attempt) for each in begun}) == len(begun)
    assert len(set(run.clouds)) == len(run.clouds)
    assert all({each.cloud for each in required.clouds} <= set(run.clouds) for required in requirements(run))


EXAMPLES = int(os.environ.get("INTEROP_EXAMPLES", "50"))
"""More than these find more, and take longer."""
FEW = settings(max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES == 50, suppress_health_check=list(HealthCheck), database=None)


@FEW
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(["take away", *STRANGE])), min_size=1, max_size=2))
def test_a_value_that_was_changed_is_refused_or_makes_no_number(changes: list[tuple[Any, Any]]) -> None:
    journals = deepcopy(BASE)
    for place, act in changes:
        try:
            change(journals, place, act)
        except (KeyError, IndexError, TypeError):
            continue  # the first change took away what the second is about
    with TemporaryDirectory() as folder:
        write(Path(folder), journals)
        if run := told(Path(folder)):
            numbers_are_sound(run)


@FEW
@given(
    st.sampled_from([ROUND, CELL, OTHER]), st.sampled_from(["drop", "twice", "swap", "foreign"]), st.integers(0, 200), st.integers(0, 200)
)
def test_events_that_are_missing_doubled_moved_or_anothers_are_refused_or_make_no_number(name: str, act: str, one: int, two: int) -> None:
    journals = deepcopy(BASE)
    events = journals[name]
    first, second = one % len(events), two % len(events)
    match act:
        case "drop":
            del events[first]
        case "twice":
            events.insert(second, deepcopy(events[first]))
        case "swap":
            events[first], events[second] = events[second], events[first]
        case "foreign":
            others = BASE[OTHER if name == CELL else CELL]
            events.insert(first, deepcopy(others[two % len(others)]))
    with TemporaryDirectory() as folder:
        write(Path(folder), journals)
        if run := told(Path(folder)):
            numbers_are_sound(run)
            assert sum(1 for _ in run.outcomes()) <= sum(1 for name in (CELL, OTHER) for each in BASE[name] if each["event"] == "outcome")


@FEW
@given(st.sampled_from([ROUND, CELL, OTHER]), st.floats(0, 1), st.sampled_from([b"", b"\xff\xfe", b"\x00", b"{", b"\n\n", b"[" * 3000]))
def test_a_journal_that_was_cut_or_spoilt_in_the_middle_is_refused_or_says_what_it_lacks(name: str, where: float, spoilt: bytes) -> None:
    with TemporaryDirectory() as folder:
        write(Path(folder), BASE)
        whole = (Path(folder) / name).read_bytes()
        place = int(where * (len(whole) - 2))  # a line feed alone says nothing
        (Path(folder) / name).write_bytes(whole[:place] + (spoilt + whole[place:] if spoilt else b""))
        if run := told(Path(folder)):
            numbers_are_sound(run)
            assert run.gaps() or spoilt


def _unit(event: dict[str, Any], path: tuple[Any, ...]) -> str:
    return str(event["outcome"]["observations"][path[2]]["unit"]) if path[1] == "observations" else ""


TIMES = [
    (name, number, path)
    for name, number, path in PLACES
    if path[-1] == "seconds"
    or (path[-1] == "value" and BASE[name][number]["event"] == "outcome" and _unit(BASE[name][number], path) == "s")
]


@pytest.mark.parametrize("time", [math.nan, math.inf, -0.5, 10**400, "soon", None, True, "take away"])
def test_every_time_that_is_none_is_refused_or_named(time: Any, tmp_path: Path) -> None:
    for number, place in enumerate(TIMES):
        folder = tmp_path / str(number)
        journals = deepcopy(BASE)
        change(journals, place, time)
        write(folder, journals)
        run, _ = read_or_refused(folder)
        if run is None:
            continue
        numbers_are_sound(run)
        assert any(re.search("a time that is none", each) for each in run.gaps()), place


@pytest.mark.parametrize(
    ("change_it", "problem"),
    [
        (lambda it: it[CELL][0].update(schema=2), r"journal.jsonl: line 1: written by a newer version"),
        (lambda it: it[ROUND][0].update(schema=math.inf), r"journal.jsonl: line 1: not an event"),
        (lambda it: it[ROUND][0]["clouds"].append("lab1"), "names a cloud twice: lab1"),
        (lambda it: it[ROUND][0]["catalogue"].append(it[ROUND][0]["catalogue"][0]), "names a check twice: boot.active"),
        (lambda it: it[ROUND][0]["workloads"].append(it[ROUND][0]["workloads"][0]), "names a workload twice: lampstack"),
        (lambda it: it[ROUND][0].update(at="yesterday"), "Invalid isoformat string"),
        (lambda it: it[ROUND][0]["scenario"]["require"].update(to_page="soon"), "to_page should be a number; it is 'soon'"),
        (lambda it: it[ROUND][0]["scenario"]["waivers"][0].update(expires="soon"), "Invalid isoformat string"),
        (lambda it: it[CELL][0].update(cell="lab2.lampstack"), r"event 1 \(cell.started\): is of the cell lab2.lampstack"),
        (lambda it: it[CELL][0].update(cloud="lab2"), "is of lampstack on lab2; planned was lampstack on lab1"),
        (lambda it: it[CELL][0].update(attempt="1"), "attempt should be a whole number; it is '1'"),
        (lambda it: it[CELL][0].update(attempt=0), "the attempt 0 is none"),
        (lambda it: it[CELL].append(it[CELL][0]), "begins a second time"),
        (lambda it: it[CELL].append(it[OTHER][-3]), r"lab1.lampstack/journal.jsonl: event \d+ \(outcome\): is of lab2.lampstack"),
        (
            lambda it: it.update({"cells/copy/journal.jsonl": it.pop(CELL)}),
            r"cells/copy/journal.jsonl: event 1 .* is of the cell lab1.lampstack",
        ),
    ],
)
def test_what_would_count_wrongly_is_refused_by_name(tmp_path: Path, change_it: Any, problem: str) -> None:
    journals = deepcopy(BASE)
    change_it(journals)
    write(tmp_path, journals)
    with pytest.raises(JournalError, match=problem):
        read_run(tmp_path)


def test_a_second_cell_of_the_same_attempt_is_refused(tmp_path: Path) -> None:
    journals = deepcopy(BASE)
    copied = deepcopy(journals[CELL])
    for each in copied:
        each["cell"] = "copy"
        each.get("outcome", {}).update(cell="copy")
    write(tmp_path, {**journals, "cells/copy/journal.jsonl": copied})
    with pytest.raises(JournalError, match=r"cells/copy/journal.jsonl: is the same attempt on the same cloud as lab1.lampstack"):
        read_run(tmp_path)


def test_a_cell_of_another_rounds_workload_is_refused(tmp_path: Path) -> None:
    journals = deepcopy(BASE)
    journals[ROUND][0]["workloads"][0]["name"] = "other"
    write(tmp_path, journals)
    with pytest.raises(JournalError, match="lampstack is not a workload of this round"):
        read_run(tmp_path)


def test_a_cloud_that_only_a_cells_journal_names_is_marked(tmp_path: Path) -> None:
    journals = deepcopy(BASE)
    journals[ROUND] = [each for each in journals[ROUND] if each.get("cloud") != "lab2"]
    journals[ROUND][0]["clouds"] = ["lab1"]
    write(tmp_path, journals)
    run = read_run(tmp_path)
    assert run.clouds == ("lab1", "lab2")
    assert "the cloud lab2 is not one that the round named, only a cell's journal does" in run.gaps()


def test_journals_of_an_older_schema_are_marked(tmp_path: Path) -> None:
    journals = deepcopy(BASE)
    journals[ROUND][0]["schema"] = 0
    write(tmp_path, journals)
    assert read_run(tmp_path).gaps() == ("its journals are of an older schema (0; this version writes 1): something may be read wrongly",)


def test_a_round_that_was_started_again_with_another_catalogue_is_marked(tmp_path: Path) -> None:
    journals = deepcopy(BASE)
    again = deepcopy(journals[ROUND][0])
    journals[ROUND].insert(1, again)
    write(tmp_path, journals)
    assert read_run(tmp_path).gaps() == ()
    again["catalogue"][0]["digest"] = "0" * 64
    write(tmp_path, journals)
    assert "another catalogue" in " ".join(read_run(tmp_path).gaps())
