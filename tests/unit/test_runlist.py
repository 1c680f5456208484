"""Runs of a folder are listed whatever state they are in; a damaged one is named and hides no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.rounds.processes import RUN_VARIABLE
from harness.runlist import runs_in
from tests.unit.recordings import SAMPLE

RUN = "20261121T104418Z-e9ba4056"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one whole run, and a file that is none."""
    shutil.copytree(SAMPLE, tmp_path / RUN)
    (tmp_path / "README.md").write_text("runs")
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_a_whole_run_is_told_in_a_line(folder: Path) -> None:
    (found,) = runs_in(folder)
    assert (found.folder, found.run, found.scenario, found.workloads, found.clouds) == (
        RUN,
        RUN,
        "barcelona-2016",
        ("lampstack",),
        ("lab1", "lab2"),
    )
    assert (found.started, found.ended, found.exit_code) == ("2026-11-21T10:44:18.719+00:00", "met", 0)
    assert found.size_bytes == sum(each.stat().st_size for each in (folder / RUN).rglob("*") if each.is_file())


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("journal.jsonl", "", "ends before the run began"),
        ("journal.jsonl", "no journal\n", "line 1: not an event"),
        ("journal.jsonl", None, "cannot be read"),
        ("cells/lab1.lampstack/journal.jsonl", "{}\n", "line 1: not an event"),
    ],
)
def test_a_damaged_run_is_named_and_hides_no_other(folder: Path, name: str, content: str | None, problem: str) -> None:
    shutil.copytree(SAMPLE, folder / "broken")
    if content is None:
        (folder / "broken" / name).unlink()
    else:
        (folder / "broken" / name).write_text(content)
    whole, broken = runs_in(folder)
    assert (whole.run, whole.damaged) == (RUN, False)
    assert (broken.folder, broken.damaged, broken.exit_code) == ("broken", True, None)
    assert problem in broken.ended


def test_a_run_that_did_not_end_is_told_from_one_that_is_under_way(folder: Path) -> None:
    journal = folder / RUN / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(each for each in lines if '"run.finished"' not in each))
    assert [(each.ended, each.exit_code) for each in runs_in(folder)] == [("did not come to its end", None)]
    waiting = "import sys; print(flush=True); sys.stdin.read()"
    environment = {**os.environ, RUN_VARIABLE: RUN}
    with subprocess.Popen([sys.executable, "-c", waiting], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cell:
        assert cell.stdout is not None
        cell.stdout.readline()
        assert [each.ended for each in runs_in(folder)] == ["under way"]
        cell.communicate(b"")


def test_a_file_that_goes_while_it_is_looked_at_counts_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (before,) = runs_in(folder)
    (folder / RUN / "journal.tmp").write_text("half of it")
    is_file = Path.is_file

    def is_file_for_the_last_time(path: Path) -> bool:
        found = is_file(path)
        if path.name == "journal.tmp":
            path.unlink()
        return found

    monkeypatch.setattr(Path, "is_file", is_file_for_the_last_time)
    assert [each.size_bytes for each in runs_in(folder)] == [before.size_bytes]


def test_a_folder_without_runs_has_none_and_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert runs_in(tmp_path) == ()
    with pytest.raises(UsageError, match="gone: cannot be read"):
        runs_in(tmp_path / "gone")
