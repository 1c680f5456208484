from pathlib import Path

import pytest

from harness.errors import FileError
from harness.manifest import read_scenario
from harness.manifest.scenario import CELL_LIMIT_S


def scenario(folder: Path, text: str) -> Path:
    file = folder / "round.yaml"
    file.write_text(text)
    return file


def test_what_is_not_written_has_defaults(tmp_path: Path) -> None:
    found = read_scenario(scenario(tmp_path, "title: T\nworkloads: [pair]\n"))
    assert (found.attempts, found.checks, found.require.must_have) == (1, "all", "all")
    assert found.limits_in_seconds() == {"cell": {"limit": CELL_LIMIT_S}}


def test_limits_are_one_time_or_two(tmp_path: Path) -> None:
    found = read_scenario(
        scenario(tmp_path, "title: T\nworkloads: [pair]\nlimits: {cell: 20 min, boot.to_active: {good: 1 s, limit: 9 s}}\n")
    )
    assert found.limits_in_seconds() == {"cell": {"good": 1200, "limit": 1200}, "boot.to_active": {"good": 1, "limit": 9}}


def test_a_limit_without_a_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 3: limits.cell: a time with its unit is expected"):
        read_scenario(scenario(tmp_path, "title: T\nworkloads: [pair]\nlimits: {cell: 20}\n"))


def test_move_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 3: require.move: comes with the score") as caught:
        read_scenario(scenario(tmp_path, "title: T\nworkloads: [pair]\nrequire: {must_have: all, move: 0.8}\n"))
    assert caught.value.exit_code == 2


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 3: wieghts: unknown key"):
        read_scenario(scenario(tmp_path, "title: T\nworkloads: [pair]\nwieghts: equal\n"))


def test_a_participant_is_typed_too(tmp_path: Path) -> None:
    text = "title: T\nworkloads: [pair]\nparticipants:\n  acme: {vendor: Acme, release: 2026.1}\n"
    with pytest.raises(FileError, match=r"line 4: participants.acme.release") as caught:
        read_scenario(scenario(tmp_path, text))
    assert caught.value.mend == "put it in quotes"


def test_a_scenario_without_workloads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 2: workloads"):
        read_scenario(scenario(tmp_path, "title: T\nworkloads: []\n"))
