"""A journal is appended to, flushed, and read back; what is wrong with one is said by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness import redact
from harness.errors import JournalError
from harness.journal import SCHEMA, Journal, follow, read


def test_an_event_is_on_disk_before_write_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", cell="a.lampstack")
    journal.write("note", text="first")
    assert json.loads((tmp_path / "journal.jsonl").read_text())["text"] == "first"


def test_base_keys_stand_in_every_event(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", cell="a.lampstack", attempt=2)
    journal.write("phase.started", phase="deploy")
    journal.write("phase.finished", phase="deploy", seconds=1.5, ok=True)
    assert [(event["cell"], event["attempt"]) for event in read(journal.path)] == [("a.lampstack", 2)] * 2


def test_an_unlisted_kind_of_event_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Journal(tmp_path / "journal.jsonl").write("surprise")


def test_secrets_do_not_reach_the_file(tmp_path: Path) -> None:
    redact.register('canary-"5150"')
    Journal(tmp_path / "journal.jsonl").write("note", text='the password is canary-"5150"')
    assert "5150" not in (tmp_path / "journal.jsonl").read_text()


def test_two_writers_of_one_file_do_not_tear_each_others_lines(tmp_path: Path) -> None:
    first, second = Journal(tmp_path / "journal.jsonl"), Journal(tmp_path / "journal.jsonl")
    for number in range(50):
        (first if number % 2 else second).write("note", text=str(number))
    assert [event["text"] for event in read(first.path)] == [str(number) for number in range(50)]


def test_a_last_line_cut_by_a_crash_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).write("note", text="whole")
    with path.open("a") as file:
        file.write('{"at": "2026')
    assert [event["text"] for event in read(path)] == ["whole"]


def test_a_last_line_cut_inside_a_character_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).write("note", text="whole")
    with path.open("ab") as file:
        file.write('{"at": "x", "event": "note", "text": "é'.encode()[:-1])
    assert [event["text"] for event in read(path)] == ["whole"]


def test_a_bad_line_in_the_middle_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('nonsense\n{"at": "x", "event": "note", "text": "y"}\n')
    with pytest.raises(JournalError, match="line 1"):
        list(read(path))


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps({"at": "x", "event": "run.started", "schema": SCHEMA + 1}) + "\n")
    with pytest.raises(JournalError, match="newer version"):
        list(read(path))


def test_a_missing_journal_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="absent"):
        list(read(tmp_path / "absent"))


def test_following_returns_whole_events_only_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    assert follow(path, 0) == ([], 0)
    Journal(path).write("note", text="one")
    events, offset = follow(path, 0)
    with path.open("a") as file:
        file.write('{"half')
    assert ([event["text"] for event in events], follow(path, offset)) == (["one"], ([], offset))
