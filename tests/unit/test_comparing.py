"""``interop compare`` as it is typed: data on standard output, in every form, and one clear error for what cannot be used."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from harness import cli
from harness.score import constants
from tests.unit.recordings import SAMPLE


@dataclass
class Said:
    """What the command came to."""

    code: int
    out: str
    err: str


Compare = Callable[..., Said]


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Compare:
    """Type ``interop compare`` and more words."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")

    def type_(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["interop", "compare", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capfd.readouterr()
        return Said(int(left.value.code or 0), said.out, said.err)

    return type_


def test_all_pairs_of_a_run(compare: Compare) -> None:
    said = compare(str(SAMPLE))
    assert (said.code, said.err) == (0, "")
    assert "lampstack runs unchanged on 2 of 2 clouds" in said.out
    assert "Under the weights `workload` the order is the same." in said.out


def test_one_pair_and_its_waterfall(compare: Compare) -> None:
    said = compare(str(SAMPLE), "--from", "lab1", "--to", "lab2")
    assert (said.code, said.err) == (0, "")
    assert "lampstack moves with changes from lab1 to lab2: 77.0 %." in said.out
    assert "addresses.mtu (value) 1442 → 1400" in said.out


def test_the_waterfall_in_the_data_sums_exactly_and_is_the_same_each_time(compare: Compare) -> None:
    words = (str(SAMPLE), "--from", "lab1", "--to", "lab2", "--format")
    first = compare(*words, "json")
    (found,) = json.loads(first.out)["moves"]
    falls = sum((Fraction(each["amount"]) for each in found["waterfall"]["falls"]), Fraction(0))
    assert 1 - falls == Fraction(found["move"]["score"]) == Fraction(found["waterfall"]["score"])
    assert set(found["data_files"]) == set(constants().files.values())
    assert yaml.safe_load(compare(*words, "yaml").out) == {"moves": [found]}
    assert compare(*words, "json").out == first.out


def test_a_copy_of_the_journals_alone_gives_the_same_bytes(compare: Compare, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for journal in [SAMPLE / "journal.jsonl", *SAMPLE.glob("cells/*/journal.jsonl")]:
        (copy / journal.relative_to(SAMPLE)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(journal, copy / journal.relative_to(SAMPLE))
    assert compare(str(copy), "--format", "json").out == compare(str(SAMPLE), "--format", "json").out


def test_markdown_has_the_same_answers(compare: Compare) -> None:
    said = compare(str(SAMPLE), "--from", "lab2", "--to", "lab1", "--format", "markdown")
    assert "## Can it move?" in said.out
    assert "| move score |  |  | 76.84 |" in said.out


def test_one_cloud_over_time(compare: Compare) -> None:
    said = compare(str(SAMPLE), "--history", "lab1")
    assert said.code == 0
    assert "lampstack on lab1" in said.out
    assert json.loads(compare(str(SAMPLE), "--history", "lab1", "--format", "json").out)["histories"][0]["stages"][0]["runs"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "lab1"], "interop: a move has two ends"),
        (["--from", "lab1", "--to", "lab9"], "interop: no cloud is called lab9 in these runs\n  mend: the clouds are lab1, lab2"),
        (["--from", "lab1", "--to", "lab1"], "interop: lab1 is one cloud"),
        (["--history", "lab1", "--to", "lab2"], "interop: --history is about one cloud"),
        (["--history", "lab9"], "interop: no run has the cloud lab9"),
        (["--weights", "best"], "interop: there is no profile of weights best"),
        (["--weights", "gone.yaml"], "interop: gone.yaml: there is no such file"),
        (["nowhere"], "interop: reports/nowhere/journal.jsonl: cannot be read"),
        ([str(SAMPLE)], "interop: run 20261121T104418Z-e9ba4056 is named twice"),
    ],
)
def test_what_cannot_be_used_is_one_clear_error(compare: Compare, words: list[str], message: str) -> None:
    said = compare(str(SAMPLE), *words)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


def test_a_journal_without_anything_is_refused_by_name(compare: Compare, tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text("")
    said = compare(str(tmp_path))
    assert said.code == 2
    assert f"{tmp_path}/journal.jsonl: ends before the run began" in said.err


def test_a_journal_that_was_cut_is_compared_as_far_as_it_goes_and_named(compare: Compare, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(SAMPLE, copy)
    journal = copy / "cells" / "lab2.lampstack" / "journal.jsonl"
    content = journal.read_bytes()
    journal.write_bytes(content[: len(content) * 3 // 4])
    said = compare(str(copy), "--format", "json")
    (found,) = json.loads(said.out)["comparisons"]
    assert any("lab2.lampstack: the journal ends before the cell does" in each for each in found["remarks"])
    (whole,) = json.loads(compare(str(SAMPLE), "--format", "json").out)["comparisons"]
    cut, before = (next(each for each in one["moves"] if each["to"] == "lab2") for one in (found, whole))
    assert Fraction(cut["low"]) < Fraction(before["low"])
    assert cut["score"] is None or Fraction(cut["score"]) <= Fraction(before["score"])
