from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import JournalError
from harness.stage.tail import UNREADABLE, Tail, refuse_if_newer


def line(second: int, **keys: Any) -> str:
    return json.dumps({"at": f"2026-11-21T10:00:{second:02}.000+00:00", "event": "note", **keys}) + "\n"


def append(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def test_a_folder_that_is_not_there_yet_has_nothing(tmp_path: Path) -> None:
    assert Tail(tmp_path / "later").read() == []


def test_each_event_is_read_once_whenever_it_comes(tmp_path: Path) -> None:
    tail = Tail(tmp_path)
    append(tmp_path / "journal.jsonl", line(1, text="a"))
    assert [each.event["text"] for each in tail.read()] == ["a"]
    append(tmp_path / "cells/acme.stack/journal.jsonl", line(3, text="c"))
    append(tmp_path / "journal.jsonl", line(2, text="b"))
    assert [(each.event["text"], each.source) for each in tail.read()] == [("b", ""), ("c", "acme.stack")]
    assert tail.read() == []


def test_a_line_that_is_cut_is_left_until_it_is_whole(tmp_path: Path) -> None:
    tail, text = Tail(tmp_path), line(1, text="é")
    append(tmp_path / "journal.jsonl", text.encode()[:-4])
    assert tail.read() == []
    append(tmp_path / "journal.jsonl", text.encode()[-4:])
    assert [each.event["text"] for each in tail.read()] == ["é"]


@pytest.mark.parametrize("bad", [b"{\n", b"\xff\xfe\n", b"nonsense\n", b"[" * 100_000 + b"\n"])
def test_a_line_that_is_no_event_is_handed_on_as_one_that_cannot_be_read(tmp_path: Path, bad: bytes) -> None:
    append(tmp_path / "journal.jsonl", line(1))
    append(tmp_path / "journal.jsonl", bad)
    append(tmp_path / "journal.jsonl", line(2))
    first, second, third = Tail(tmp_path).read()
    assert (first.event["event"], second.event, third.event["event"]) == ("note", UNREADABLE, "note")


@pytest.mark.parametrize("at", ["soon", None, 7, "2026-11-21T09:00:00+00:00"])
def test_a_time_that_is_none_or_goes_back_is_that_of_the_line_before(tmp_path: Path, at: object) -> None:
    append(tmp_path / "journal.jsonl", line(5))
    append(tmp_path / "journal.jsonl", json.dumps({"at": at, "event": "note"}) + "\n")
    first, second = Tail(tmp_path).read()
    assert second.at == first.at


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    append(tmp_path / "journal.jsonl", line(1, schema=99))
    with pytest.raises(JournalError, match="schema 99"):
        refuse_if_newer(tmp_path, Tail(tmp_path).read())
