"""outcomes.csv has every outcome, reads back as it was written, and is no formula to a spreadsheet."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from harness.report.formats.as_csv import render
from harness.report.reading import read_run


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(render(read_run(folder)), newline="")))


@pytest.mark.parametrize("recorded", ["pair", "troubled", "many", "hostile"])
def test_there_is_a_line_for_every_outcome(recorded: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(recorded)
    outcomes = list(read_run(folder).outcomes())
    found = rows(folder)
    assert [each["check"] for each in found] == [each.check for each in outcomes]
    assert [each["verdict"] for each in found] == [each.verdict for each in outcomes]
    assert all(None not in each and None not in each.values() for each in found)


def test_a_line_tells_what_was_seen_and_what_it_says_of_the_cloud(troubled: Path, pair: Path) -> None:
    failed = next(each for each in rows(troubled) if each["verdict"] == "fail")
    assert (failed["cloud"], failed["subject"], failed["standing"]) == ("bad", "database", "fails")
    assert failed["seen"] == "Permission denied (publickey) at 300 s"
    kind = next(each for each in rows(pair) if each["check"] == "addresses.kind")
    assert json.loads(kind["observations"]) == {"addresses.kind": "floating"}


@pytest.mark.parametrize("reason", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_text_is_taken_for_a_formula(reason: str, troubled: Path) -> None:
    journal = troubled / "cells" / "bad.lampstack" / "journal.jsonl"
    journal.write_text(journal.read_text().replace("the login was refused", json.dumps(reason)[1:-1]))
    assert next(each for each in rows(troubled) if each["verdict"] == "fail")["reason"] == f"'{reason}"


def test_line_ends_commas_and_quotes_stay_in_their_place(troubled: Path) -> None:
    journal = troubled / "cells" / "bad.lampstack" / "journal.jsonl"
    journal.write_text(journal.read_text().replace("the login was refused", 'a, \\"b\\"\\nc'))
    assert next(each for each in rows(troubled) if each["verdict"] == "fail")["reason"] == 'a, "b"\nc'
