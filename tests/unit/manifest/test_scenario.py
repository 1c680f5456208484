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


@pytest.mark.parametrize("score", ["1.1", "-0.1", "80", ".nan", "true", "'0.8'"])
def test_a_move_score_is_a_number_from_0_to_1(tmp_path: Path, score: str) -> None:
    with pytest.raises(FileError, match=r"line 3: require.move: it should be ") as caught:
        read_scenario(scenario(tmp_path, f"title: T\nworkloads: [pair]\nrequire: {{move: {score}}}\n"))
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


def test_what_is_required_and_waived_is_typed(tmp_path: Path) -> None:
    text = """\
title: T
workloads: [pair]
require: {must_have: [boot.active], move: 0.8, to_page: 5 min, facets: [addresses, boot]}
waivers: [{id: boot.active, reason: known, owner: Ann, expires: 2027-01-31}]
"""
    found = read_scenario(scenario(tmp_path, text))
    assert (found.require.must_have, found.require.to_page, found.require.facets) == (["boot.active"], 300, ["addresses", "boot"])
    assert found.require.move == 0.8
    assert (found.waivers[0].cloud, found.waivers[0].expires) == ("", "2027-01-31")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("require: {must_have: some}", "require.must_have: it should be `all`, or a list of ids"),
        ("require: {must_have: []}", "require.must_have: it should be `all`, or a list of ids"),
        ("require: {must_have: [5]}", "require.must_have: it should be `all`, or a list of ids"),
        ("require: {to_page: 300}", "require.to_page: a time with its unit is expected"),
        ("require: {facets: [boots]}", "require.facets.0: there is no facet boots; the facets are identity, images, boot"),
        ("waivers: [{id: x, owner: o, expires: 2027-01-31}]", "waivers.0.reason: this key is missing"),
        ("waivers: [{id: x, reason: r, expires: 2027-01-31}]", "waivers.0.owner: this key is missing"),
        ("waivers: [{id: x, reason: r, owner: o}]", "waivers.0.expires: this key is missing"),
        ("waivers: [{id: x, reason: '', owner: o, expires: 2027-01-31}]", "waivers.0.reason: "),
        ("waivers: [{id: x, reason: r, owner: o, expires: 2027-02-30}]", "waivers.0.expires: a day is expected, such as `2027-01-31`"),
        ("waivers: [{id: x, reason: r, owner: o, expires: 2027-01-31 10:00:00}]", "waivers.0.expires: a day is expected"),
        ("waivers: [{id: x, reason: r, owner: o, expires: soon}]", "waivers.0.expires: a day is expected"),
        ("waivers: [{id: x, reason: r, owner: o, expires: 20270131}]", "waivers.0.expires: a day is expected"),
        ("waivers: [{id: x, reason: r, owner: o, until: 2027-01-31}]", "waivers.0.until: unknown key"),
    ],
)
def test_what_is_required_or_waived_wrongly_is_refused_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        read_scenario(scenario(tmp_path, f"title: T\nworkloads: [pair]\n{line}\n"))
    assert f"round.yaml: line 3: {message}" in str(caught.value)
    assert caught.value.mend


def test_waivers_speak_of_a_check_on_a_cloud_or_on_all(tmp_path: Path) -> None:
    text = """\
title: T
workloads: [pair]
waivers:
  - {id: a, cloud: acme, reason: known, owner: Ann, expires: 2027-01-31}
  - {id: a, reason: known everywhere, owner: Bob, expires: 2027-01-01}
"""
    found = read_scenario(scenario(tmp_path, text))
    assert found.waivers_in_words("a", "acme", "2027-01-31") == [
        "waived until 2027-01-31 by Ann: known",
        "waiver expired on 2027-01-01 by Bob: known everywhere",
    ]
    assert found.waivers_in_words("a", "other", "2027-01-01") == ["waived until 2027-01-01 by Bob: known everywhere"]
    assert found.waivers_in_words("b", "acme", "2027-01-01") == []


def test_a_cells_deadline_is_no_share(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"limits: cell is the harness's deadline"):
        read_scenario(scenario(tmp_path, "title: T\nworkloads: [pair]\nlimits: {cell: 5 %}\n"))
