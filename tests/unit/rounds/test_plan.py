import re
import shutil
from pathlib import Path

import pytest

from harness.cell.checking import folders_of
from harness.checks.catalogue import catalogue
from harness.errors import CloudConfigError, FileError, UsageError
from harness.rounds import plan_round
from harness.rounds.plan import Round
from tests.unit.wire import ENTRY

MANIFEST = """\
name: pair
title: A pair
engine: ansible
entry: site.yml
inputs: {flavor: {kind: flavor}, size: {kind: integer, default: 1}}
roles: {web: 1}
must_have: [boot.active]
limits: {boot.active: {good: 1 s, limit: 9 s}}
"""


@pytest.fixture
def here(clouds_folder: Path, tmp_path: Path) -> Path:
    """A folder with the workload ``pair``, and the clouds ``acme`` and ``other``."""
    (clouds_folder / "one.yaml").write_text(ENTRY)
    (clouds_folder / "two.yaml").write_text(ENTRY.replace("acme", "other") + "    interop: {netns: /run/netns/x, carries: 2}\n")
    workload = tmp_path / "workloads" / "pair"
    workload.mkdir(parents=True)
    (workload / "workload.yaml").write_text(MANIFEST)
    (workload / "site.yml").write_text("[]\n")
    return tmp_path


def scenario(here: Path, text: str) -> str:
    (here / "round.yaml").write_text(f"title: T\nworkloads: [pair]\n{text}")
    return str(here / "round.yaml")


def planned(name: str, *clouds: str, overlays: list[tuple[str, Path]] | None = None) -> Round:
    return plan_round(name, clouds, overlays or [], Path("reports"))


def test_a_workloads_name_alone_is_a_scenario(here: Path) -> None:
    found = planned("pair", "acme", "other")
    assert [each.cell for each in found.cells] == ["acme.pair", "other.pair"]
    assert found.cells[0].must_have == ("boot.active",)
    assert found.cells[1].netns == "/run/netns/x"
    assert found.cells[0].workload_digest == found.cells[1].workload_digest
    assert found.cells[0].global_request_id != found.cells[1].global_request_id
    assert found.folder == here / "reports" / found.run
    assert "boot.active" in {each.id for each in found.catalogue}


def test_attempts_are_cells_of_their_own(here: Path) -> None:
    assert [each.cell for each in planned(scenario(here, "attempts: 2\n"), "acme").cells] == ["acme.pair", "acme.pair.2"]


def test_attempts_that_are_typed_stand_above_the_scenarios(here: Path) -> None:
    found = plan_round(scenario(here, "attempts: 2\n"), ["acme"], [], Path("reports"), attempts=3)
    assert [each.attempt for each in found.cells] == [1, 2, 3]


def test_only_the_cells_that_are_asked_for_are_planned(here: Path) -> None:
    found = plan_round("pair", ("acme", "other"), [], Path("reports"), only=["other.pair"])
    assert [each.cell for each in found.cells] == ["other.pair"]
    with pytest.raises(UsageError, match=r"--cell other\.lamp: not a cell of this round"):
        plan_round("pair", ("acme", "other"), [], Path("reports"), only=["other.lamp"])


def test_a_cell_that_is_asked_for_twice_is_one_cell(here: Path) -> None:
    found = plan_round("pair", ("acme", "other"), [], Path("reports"), only=["acme.pair", "acme.pair"])
    assert [each.cell for each in found.cells] == ["acme.pair"]


@pytest.mark.parametrize("second", ["pair", "./workloads/pair", "./elsewhere"])
def test_a_workload_that_is_listed_twice_is_refused_by_its_line(here: Path, second: str) -> None:
    shutil.copytree(here / "workloads" / "pair", here / "elsewhere")
    (here / "round.yaml").write_text(f"title: T\nworkloads:\n  - pair\n  - {second}\n")
    with pytest.raises(FileError, match=r"round\.yaml: line 4: workloads\.1: pair is named twice") as caught:
        planned(str(here / "round.yaml"), "acme")
    assert caught.value.exit_code == 2
    assert not (here / "reports").exists()


def test_a_clouds_name_that_is_a_path_is_refused(here: Path, clouds_folder: Path) -> None:
    (clouds_folder / "three.yaml").write_text(ENTRY.replace("acme", "a/b"))
    with pytest.raises(UsageError, match="cloud a/b: a name with / cannot name"):
        planned("pair", "a/b")


def test_limits_of_the_scenario_stand_above_the_workloads(here: Path) -> None:
    cell = planned(scenario(here, "limits: {boot.active: 30 s, cell: 1 min}\n"), "acme").cells[0]
    assert cell.limits == {"boot.active": {"good": 30, "limit": 30}, "cell": {"good": 60, "limit": 60}}


def test_the_participants_are_the_clouds_unless_some_are_named(here: Path) -> None:
    file = scenario(here, "participants: {acme: {vendor: Acme}}\n")
    assert [each.name for each in planned(file).clouds] == ["acme"]
    assert [each.name for each in planned(file, "other").clouds] == ["other"]


def test_overlays_of_the_scenario_and_of_the_command_come_together(here: Path) -> None:
    (here / "a.yaml").write_text("workload: pair\ninputs: {flavor: tiny, size: 2}\n")
    (here / "b.yaml").write_text("workload: pair\ninputs: {size: 3}\n")
    file = scenario(here, "participants: {acme: {overlay: a.yaml}}\n")
    cells = planned(file, "acme", "other", overlays=[("acme", here / "b.yaml")]).cells
    assert cells[0].settings == {"flavor": "tiny", "size": 3}
    assert cells[1].settings == {}


def test_checks_are_chosen_with_what_they_need(here: Path) -> None:
    found = planned(scenario(here, "checks: [boot.active]\n"), "acme")
    assert [each.id for each in found.catalogue] == ["boot.active"]
    assert found.cells[0].checks == ("boot.active",)


def test_what_a_scenario_leaves_out_is_planned_as_left_out(here: Path) -> None:
    whole, narrow = planned(scenario(here, "checks: all\n"), "acme"), planned(scenario(here, "checks: [boot.active]\n"), "acme")
    assert (whole.left_out, whole.workloads[0].left_out) == ((), ())
    assert {each.id for each in (*narrow.catalogue, *narrow.left_out)} == {each.id for each in whole.catalogue}
    assert narrow.workloads[0].left_out == tuple(each.id for each in narrow.left_out)


def test_every_cell_of_the_shipped_scenario_has_the_checks_that_lie_beside_its_workload(here: Path) -> None:
    found = planned("barcelona-2016", "acme")
    assert [each.workload for each in found.cells] == ["lampstack", "docker-swarm"]
    for cell, workload in zip(found.cells, found.workloads, strict=True):
        beside = {each.id for each in catalogue(folders_of(Path(cell.workload_folder)))}
        assert set(cell.checks) == set(workload.checks) == beside
    assert {each.id for each in found.catalogue} == {check for cell in found.cells for check in cell.checks}


def test_of_the_checks_that_are_chosen_each_workload_has_its_own(here: Path) -> None:
    text = "title: T\nworkloads: [lampstack, docker-swarm]\nchecks: [application.page, application.docker]\n"
    (here / "two.yaml").write_text(text)
    lamp, swarm = planned(str(here / "two.yaml"), "acme").cells
    assert "application.page" in lamp.checks
    assert "application.docker" not in lamp.checks
    assert "application.docker" in swarm.checks
    assert "application.page" not in swarm.checks


@pytest.mark.parametrize(
    ("name", "clouds", "message"),
    [
        ("nothing", ["acme"], "there is no scenario or workload nothing"),
        ("nothing.yaml", ["acme"], r"nothing.yaml: there is no such file"),
        ("pair", [], "no cloud is named"),
        ("pair", ["acne"], "cloud acne: no such entry"),
        ("pair", ["acme", "acme"], "cloud acme is named twice"),
    ],
)
def test_what_cannot_be_used_is_refused(here: Path, name: str, clouds: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        planned(name, *clouds)
    assert caught.value.exit_code == 2
    assert caught.value.mend
    assert not (here / "reports").exists()


def test_an_unknown_cloud_lists_those_that_there_are(here: Path) -> None:
    with pytest.raises(CloudConfigError, match="configured clouds: acme, other"):
        planned("pair", "nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("checks: [boot.activ]\n", r"round.yaml: line 3: checks: neither a check nor a facet: boot.activ"),
        ("checks: 5\n", r"round.yaml: line 3: checks"),
        ("require: {move: 1}\n", r"round.yaml: line 3: require.move: one cloud has no other to move to"),
        ("require: {must_have: [boot.activ]}\n", r"line 3: require.must_have.0: boot.activ is no check"),
        (
            "checks: [boot.console]\nrequire: {must_have: [boot.active, addresses.mtu]}\n",
            r"require.must_have.1: checks leaves addresses.mtu out",
        ),
        ("require: {to_page: 300 s}\n", r"require.to_page: no check of this round looks at a page \(application.page and .*\)"),
        ("require: {facets: [boot, storage]}\n", r"require.facets.1: no check of this round is of storage"),
        (
            "checks: [boot.active]\nrequire: {facets: [boot]}\n",
            r"require.facets.0: checks leaves boot.console, .* out, so boot is not whole",
        ),
        ("waivers: [{id: boot.activ, reason: r, owner: o, expires: 2027-01-31}]\n", r"line 3: waivers.0.id: boot.activ is no check"),
        ("participants: {acme: {overlay: gone.yaml}}\n", r"gone.yaml: there is no such file"),
    ],
)
def test_a_scenario_that_cannot_be_used_is_refused_with_its_place(here: Path, text: str, message: str) -> None:
    with pytest.raises(FileError, match=message):
        planned(scenario(here, text), "acme")


def test_a_move_that_is_required_where_too_little_is_looked_at_is_refused(here: Path) -> None:
    message = r"require.move: checks leaves so much of pair out that no move has a number: .* % of the weight is looked at, and 80.0 %"
    with pytest.raises(FileError, match=message):
        planned(scenario(here, "checks: [boot.active]\nrequire: {move: 0.8}\n"), "acme", "other")
    assert planned(scenario(here, "checks: all\nrequire: {move: 0.8}\n"), "acme", "other").left_out == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("engine: ansible", "engine: magic", r"workload.yaml: line 3: engine: no engine is called 'magic'"),
        ("[boot.active]", "[boot.activ]", r"workload.yaml: line 7: must_have.0: boot.activ is no check"),
        ("site.yml", "gone.yml", r"workload.yaml: line 4: entry: there is no file gone.yml"),
    ],
)
def test_a_workload_that_cannot_be_used_is_refused_with_its_place(here: Path, old: str, new: str, message: str) -> None:
    file = here / "workloads" / "pair" / "workload.yaml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(FileError, match=message):
        planned("pair", "acme")


@pytest.mark.parametrize(
    ("limit", "place"),
    [
        ("boot.active: {good: 0 s, limit: 9 s}", "line 9: limits.boot.active.good: no time is as good as nothing, so boot.to_active"),
        ("boot.active: {good: 0 s, limit: 0 s}", "line 9: limits.boot.active: no time is as good as nothing"),
        ("boot.active: 0 s", "line 9: limits.boot.active: no time is as good as nothing"),
        ("boot.to_active: 0.0 min", "line 9: limits.boot.to_active: no time is as good as nothing"),
        ("application.to_page: {good: 0 s, limit: 9 s}", "line 9: limits.application.to_page.good: no time is as good as nothing"),
    ],
)
def test_a_time_that_is_scored_and_as_good_as_nothing_is_refused_by_its_line(here: Path, limit: str, place: str) -> None:
    file = here / "workloads" / "pair" / "workload.yaml"
    file.write_text(file.read_text().replace("limits: {boot.active: {good: 1 s, limit: 9 s}}", f"limits:\n  {limit}"))
    with pytest.raises(FileError, match=re.escape(f"{file}: {place}")) as caught:
        planned("pair", "acme")
    assert caught.value.mend == "write a good time above 0 s"
    assert caught.value.exit_code == 2
    assert not (here / "reports").exists()


@pytest.mark.parametrize(
    "limit",
    [
        "application.drain_loss: {good: 0 %, limit: 5 %}",
        "application.drain_gap: {good: 0 s, limit: 5 s}",
        "boot.active: 1 s",
        "boot.to_active: 1 s\n  boot.active: 0 s",
    ],
)
def test_what_no_score_measures_may_be_as_good_as_nothing(here: Path, limit: str) -> None:
    file = here / "workloads" / "pair" / "workload.yaml"
    file.write_text(file.read_text().replace("limits: {boot.active: {good: 1 s, limit: 9 s}}", f"limits:\n  {limit}"))
    assert planned("pair", "acme").cells


def test_an_overlay_for_a_cloud_that_takes_no_part_is_refused(here: Path) -> None:
    (here / "a.yaml").write_text("workload: pair\ninputs: {}\n")
    with pytest.raises(UsageError, match="cloud other is not in this round"):
        planned("pair", "acme", overlays=[("other", here / "a.yaml")])


def test_must_haves_of_the_scenario_stand_in_place_of_the_workloads(here: Path) -> None:
    assert planned(scenario(here, "require: {must_have: all}\n"), "acme").cells[0].must_have == ("boot.active",)
    found = planned(scenario(here, "require: {must_have: [addresses.kind, boot.console]}\n"), "acme")
    assert found.cells[0].must_have == found.workloads[0].required == ("addresses.kind", "boot.console")


def test_a_must_have_that_only_another_workload_can_show_is_asked_of_that_one_alone(here: Path) -> None:
    other = here / "workloads" / "other"
    (other / "checks").mkdir(parents=True)
    (other / "workload.yaml").write_text(MANIFEST.replace("name: pair", "name: other"))
    (other / "site.yml").write_text("[]\n")
    (other / "checks" / "test_page.py").write_text(
        'from harness.checks import check\n\n\n@check("application.page", facet="application")\ndef test_page():\n    """A page."""\n'
    )
    text = "require: {must_have: [boot.active, application.page], to_page: 1 min}\n"
    file = here / "round.yaml"
    file.write_text(f"title: T\nworkloads: [pair, other]\n{text}")
    assert {each.workload: each.must_have for each in planned(str(file), "acme").cells} == {
        "pair": ("boot.active",),
        "other": ("boot.active", "application.page"),
    }
