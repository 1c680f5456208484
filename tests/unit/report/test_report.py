"""Every form is written from the journals alone, the same bytes each time; another package can add one."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness import redact, report
from harness.errors import UsageError
from harness.report import registry, write_all
from harness.report.record import Run
from harness.score import newest

FILES = ["badge.svg", "outcomes.csv", "report.html", "report.json", "junit.xml", "report.md"]
TELLING = ["report.html", "report.json", "junit.xml", "report.md"]


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in write_all(folder)}


def added_by(monkeypatch: pytest.MonkeyPatch, form: object) -> None:
    class Added(EntryPoint):
        def load(self) -> object:
            return form

    points = EntryPoints([Added("added", "some.package:form", "interop.reports")])
    monkeypatch.setattr(report, "entry_points", lambda group: points.select(group=group))


def test_every_form_is_written_into_the_runs_folder(troubled: Path) -> None:
    assert write_all(troubled) == [troubled / each for each in FILES]
    assert not list(troubled.glob(".*"))


@pytest.mark.parametrize("recorded", ["pair", "troubled", "many", "hostile"])
def test_the_same_journals_give_the_same_bytes_anywhere(recorded: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    folder: Path = request.getfixturevalue(recorded)
    first = contents(folder)
    moved = tmp_path / "elsewhere" / folder.name
    shutil.copytree(folder, moved)
    for each in moved.glob("cells/*/*"):
        if each.name != "journal.jsonl":
            each.unlink()
    assert contents(folder) == first == contents(moved)


@pytest.mark.parametrize("recorded", ["pair", "troubled", "many"])
def test_no_form_says_that_anything_was_certified(recorded: str, request: pytest.FixtureRequest) -> None:
    for text in contents(request.getfixturevalue(recorded)).values():
        assert b"certifi" not in text.lower().replace(b"the certificate is signed by nobody known", b"")


@pytest.mark.parametrize("recorded", ["pair", "troubled"])
def test_every_form_begins_with_the_sentence(recorded: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(recorded)
    told = contents(folder)
    for name in TELLING:
        assert b"lampstack ran unchanged on 2 of" in told[name][:2000]


def test_every_form_tells_of_requests_that_were_repeated_in_silence(troubled: Path) -> None:
    told = [name for name, text in contents(troubled).items() if b"repeated requests in silence: 3 of compute" in text]
    assert told == TELLING


def test_the_reasons_for_the_exit_code_are_told(many: Path) -> None:
    told = contents(many)
    assert all(b"exit code 1: must-haves" in told[name] for name in ("report.html", "report.md"))
    assert b'"reasons": [\n   "must-haves"\n  ]' in told["report.json"]


def test_a_secret_that_slipped_into_a_journal_is_written_into_no_form(pair: Path) -> None:
    journal = pair / "cells" / "lab1.lampstack" / "journal.jsonl"
    journal.write_text(journal.read_text().replace("RegionOne", "hunter2-canary"))
    assert any(b"hunter2-canary" in each for each in contents(pair).values())
    redact.register("hunter2-canary")
    assert not any(b"hunter2-canary" in each for each in contents(pair).values())


@pytest.mark.parametrize(("expires", "words"), [("9999-12-31", "waived until 9999-12-31"), ("2020-01-31", "waiver expired on 2020-01-31")])
def test_every_form_tells_of_a_waiver_beside_the_verdict(troubled: Path, expires: str, words: str) -> None:
    waiver = {"id": "initialisation.ssh-key", "cloud": "bad", "reason": "known", "owner": "Ann", "expires": expires}
    journal = troubled / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"waivers": []', f'"waivers": [{json.dumps(waiver)}]'))
    told = contents(troubled)
    assert [name for name, text in told.items() if words.encode() in text] == ["outcomes.csv", *TELLING]
    assert f"{words} by Ann: known".encode() in told["report.md"]
    assert b"lampstack ran unchanged on 2 of" in told["report.md"]


def test_another_package_adds_a_form(pair: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def render(run: Run) -> str:
        return ",".join(run.clouds)

    added_by(monkeypatch, SimpleNamespace(FILE="clouds.csv", render=render))
    assert write_all(pair)[-1].read_text() == "lab1,lab2"


def test_an_added_form_may_not_take_anothers_file(monkeypatch: pytest.MonkeyPatch) -> None:
    added_by(monkeypatch, SimpleNamespace(FILE="report.md", render=str))
    with pytest.raises(UsageError, match=r"added \(report\.md\) is already there"):
        registry()


def test_a_folder_that_cannot_be_written_to_is_refused_by_name(pair: Path) -> None:
    (pair / ".report.html.partial").mkdir()
    with pytest.raises(UsageError, match=r"report\.html: cannot be written"):
        write_all(pair)


def test_a_run_made_with_other_data_files_is_refused_before_anything_is_written(pair: Path) -> None:
    before = contents(pair)
    journal = pair / "journal.jsonl"
    journal.write_text(journal.read_text().replace(newest()["costs"], "sha256:" + "00" * 32))
    (pair / "report.md").unlink()
    with pytest.raises(UsageError, match=f"run {pair.name}: the data file of costs with the digest sha256:0+ is not part of this version"):
        write_all(pair)
    assert {name: (pair / name).read_bytes() for name in before if (pair / name).exists()} == {
        name: text for name, text in before.items() if name != "report.md"
    }


def test_forms_are_known_by_their_modules() -> None:
    assert list(registry()) == ["badge", "csv", "html", "json", "junit", "markdown"]
