"""Recorded runs become scores: what held, what was lost and to whom, what is unknown, and what does not match is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FileError, UsageError
from harness.model import CheckInfo, Verdict
from harness.report.answers import how_long, how_sure, where_it_runs
from harness.report.comparison import Comparison, compare
from harness.report.comparison_data import document
from harness.report.headline import ran
from harness.report.reading import read_run
from harness.report.record import Run
from harness.score import Reach, in_plain_words, newest
from tests.unit.recordings import SAMPLE
from tests.unit.report.conftest import CONTAINERS, MACHINES, SERVERS, CellRecorder, MakeRecorder

CHECKS = (
    CheckInfo("boot.active", "boot", "steady", (), "", "", "", "server", "01"),
    CheckInfo("boot.console", "boot", "steady", ("boot.active",), "", "", "", "server", "02"),
    CheckInfo("application.page", "application", "steady", ("boot.console",), "", "", "", "endpoint", "03"),
    CheckInfo("application.post", "application", "steady", ("application.page",), "", "", "", "endpoint", "04"),
)
BOTH = {"a": MACHINES, "b": MACHINES}

Tell = Callable[[CellRecorder], None]


def whole(cell: CellRecorder, seconds: Any = 60.0) -> None:
    """Everything holds; the page came after ``seconds``."""
    cell.facts()
    cell.deployed(address="floating")
    cell.outcomes(application_page={"observed": {"application.to_page,s": seconds}})
    cell.finish()


def without_console(cell: CellRecorder) -> None:
    """The console fails on one server; the page and what needs it are not run because of that."""
    cell.facts()
    cell.deployed(address="floating")
    because = {"verdict": Verdict.NOT_RUN, "because": "boot.console", "blame": "boot.console", "blame_facet": "boot"}
    cell.outcomes(
        boot_console={"verdict": Verdict.FAIL, "only": ("web-1",), "blame": "boot.console"},
        application_page=because,
        application_post=because,
    )
    cell.finish()


@pytest.fixture
def compared(recorder: MakeRecorder) -> Callable[..., Comparison]:
    """Record a run of two clouds, and compare them."""

    def make(a: Tell, b: Tell, **options: Any) -> Comparison:
        weights = options.pop("weights", "equal")
        run = recorder(["a", "b"], **{"catalogue": CHECKS, "participants": BOTH, **options})
        a(run.cell("a"))
        b(run.cell("b"))
        (found,) = compare([read_run(run.finish())], weights)
        return found

    return make


def test_a_cloud_like_another_is_moved_to_as_it_is(compared: Callable[..., Comparison]) -> None:
    move = compared(whole, whole).matrix.moves["a", "b"]
    assert move.score == move.fidelity.coverage == 1
    assert move.portability.adaptations == ()


def test_what_a_failure_kept_from_running_is_booked_on_it(compared: Callable[..., Comparison]) -> None:
    found = compared(whole, without_console)
    (loss,) = found.matrix.losses("a", "b")
    # two facets of two checks each: the console is a quarter; the page with its time, and the post, are a half
    assert (loss.check, loss.amount) == ("boot.console", Fraction(3, 4))
    assert loss.consequences == ("application.page", "application.to_page", "application.post")
    assert found.matrix.moves["a", "b"].score == 0
    assert found.matrix.moves["a", "b"].fidelity.coverage == 1
    assert found.reach.fails == ("b",)
    assert found.answers == {"a": (60.0,), "b": ()}


@pytest.mark.parametrize("verdict", [Verdict.QUOTA, Verdict.CAPACITY, Verdict.HARNESS_FAULT, Verdict.NOT_RUN])
def test_what_says_nothing_about_the_cloud_is_unknown(compared: Callable[..., Comparison], verdict: Verdict) -> None:
    def shy(cell: CellRecorder) -> None:
        cell.facts()
        cell.deployed(address="floating")
        cell.outcomes(
            boot_console={"verdict": verdict, "reason": "so it was", "because": "", "only": ("web-1", "web-2", "balancer", "database")}
        )
        cell.finish()

    found = compared(whole, shy)
    move = found.matrix.moves["a", "b"]
    assert move.fidelity.coverage == Fraction(5, 8)  # the console, and the time to a page that recorded none
    assert (move.score, move.why) == (None, "only 62.5 % of the weight is known on both")
    assert found.matrix.not_shown("a", "b") == ("boot.console", "application.to_page")
    assert found.matrix.clouds[1].why["boot.console"].endswith("so it was")


def test_what_could_not_be_seen_on_one_server_is_unknown_and_what_does_not_apply_to_it_is_not(compared: Callable[..., Comparison]) -> None:
    def console(**outcome: Any) -> Tell:
        def tell(cell: CellRecorder) -> None:
            cell.facts()
            cell.deployed(address="floating")
            cell.outcomes(boot_console={"only": ("web-1",), **outcome}, application_page={"observed": {"application.to_page,s": 60.0}})
            cell.finish()

        return tell

    def fidelity(name: str, **outcome: Any) -> tuple[Fraction, Fraction]:
        found = compared(whole, console(**outcome), name=name).matrix.moves["a", "b"].fidelity
        return found.shown, found.coverage

    unseen = {"verdict": Verdict.NOT_RUN, "reason": "nobody could look"}
    assert fidelity("20260801-120000-ab12cd01", verdict=Verdict.FAIL) == (Fraction(3, 4), Fraction(1))
    assert fidelity("20260801-120000-ab12cd02", **unseen, applies=True) == (Fraction(3, 4), Fraction(3, 4))
    assert fidelity("20260801-120000-ab12cd03", **unseen, applies=False) == (Fraction(1), Fraction(1))
    assert fidelity("20260801-120000-ab12cd04", **unseen) == (Fraction(1), Fraction(1)), "an older journal does not tell"


@pytest.mark.parametrize("verdict", [Verdict.UNSUPPORTED, Verdict.DENIED])
def test_what_a_cloud_does_not_offer_is_lost(compared: Callable[..., Comparison], verdict: Verdict) -> None:
    def poor(cell: CellRecorder) -> None:
        cell.facts()
        cell.deployed(address="floating")
        cell.outcomes(application_page={"observed": {"application.to_page,s": 60.0}}, application_post={"verdict": verdict})
        cell.finish()

    assert [(each.check, each.amount) for each in compared(whole, poor).matrix.losses("a", "b")] == [("application.post", Fraction(1, 4))]


def test_attempts_are_counted_and_make_bounds_narrower(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH)
    for attempt in (1, 2, 3):
        whole(run.cell("a", attempt=attempt))
        (without_console if attempt == 2 else whole)(run.cell("b", attempt=attempt))
    (found,) = compare([read_run(run.finish())])
    known = found.matrix.clouds[1].known["boot.console"]
    assert (known.point, known.low, known.high) == (Fraction(2, 3), Fraction(1, 2), Fraction(3, 4))  # type: ignore[union-attr]
    assert found.attempts == {"a": 3, "b": 3}


def test_a_slower_page_is_lost_in_part_and_only_between_servers_of_one_kind(compared: Callable[..., Comparison]) -> None:
    def slow(cell: CellRecorder) -> None:
        whole(cell, 900.0)

    assert [(each.check, each.amount) for each in compared(whole, slow).matrix.losses("a", "b")] == [("application.page", Fraction(1, 8))]
    apart = compared(whole, slow, name="20260801-120000-ab12cd35", participants={"a": MACHINES, "b": CONTAINERS})
    assert apart.matrix.losses("a", "b") == ()
    unstated = compared(whole, slow, name="20260801-120000-ab12cd36", participants={})
    assert unstated.matrix.losses("a", "b") == ()
    assert "the kind of server is not stated for a and b: no time counts between them and another cloud" in unstated.remarks


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "soon", None])
def test_a_time_that_is_none_is_unknown_and_named(compared: Callable[..., Comparison], seconds: Any) -> None:
    found = compared(whole, lambda cell: whole(cell, seconds))
    assert found.matrix.clouds[1].why == {"application.to_page": "no value was recorded"}
    assert any(each.startswith("b: application.to_page: a time that is none") for each in found.remarks)


def test_a_workload_that_answers_by_its_mesh_has_times_too(recorder: MakeRecorder) -> None:
    mesh = CheckInfo("application.mesh", "application", "steady", (), "", "", "", "cloud", "05")
    run = recorder(["a", "b"], catalogue=(CHECKS[0], mesh), participants=BOTH)
    for cloud, seconds in (("a", 93.8), ("b", 112.7)):
        cell = run.cell(cloud)
        cell.deployed()
        cell.outcomes(application_mesh={"observed": {"application.to_mesh,s": seconds}})
        cell.finish()
    (found,) = compare([read_run(run.finish())])
    assert found.answers == {"a": (93.8,), "b": (112.7,)}
    assert how_long(found, found.matrix.moves["a", "b"]) == "On b after 113 s; on a after 93.8 s."


def test_limits_of_the_workload_stand_above_those_of_the_data_file(pair: Path) -> None:
    run = read_run(pair)
    own = replace(run.workloads[0], limits={"application.to_page": replace_limit(10, 20)})
    (shipped,), (narrow,) = compare([run]), compare([replace(run, workloads=(own,))])
    assert shipped.matrix.clouds[0].known["application.to_page"].point == 1  # type: ignore[union-attr]
    assert narrow.matrix.clouds[0].known["application.to_page"].point == 0  # type: ignore[union-attr]


def replace_limit(good: float, limit: float) -> Any:
    from harness.report.record import Limit

    return Limit(good, limit)


def test_inputs_and_branches_that_differ_cost_by_their_class_whether_found_or_set(pair: Path) -> None:
    (found,) = compare([read_run(pair)])
    adapted = found.matrix.moves["lab1", "lab2"].portability
    assert [(each.name, each.cost_class) for each in adapted.adaptations] == [
        ("address", "branch"),
        ("network", "branch"),
        ("flavor", "naming"),
        ("image", "naming"),
    ]
    assert [(each.name, each.there, each.here) for each in adapted.adaptations[1].differences] == [
        ("branch network", "made", "shared"),
        ("input network", "none", "public"),
    ]
    assert adapted.high == 1 - Fraction(12, 100)
    assert "flavor is not the same thing on all clouds (ram_mb): read results with it in mind" in found.remarks


def test_a_cloud_that_was_refused_or_cut_is_unproven_and_named(troubled: Path) -> None:
    (found,) = compare([read_run(troubled)])
    assert found.reach.unproven == ("shut", "cut", "late")
    assert found.matrix.moves["good", "shut"].why.startswith("unproven: ")
    assert {each.cloud for each in found.matrix.ranking if each.place is None} >= {"shut", "cut", "late"}
    assert any("cut.lampstack: the journal ends before the cell does" in each for each in found.remarks)
    assert any("the round's journal ends before the round does" in each for each in found.remarks)


def failed_at_once(cell: CellRecorder) -> None:
    """Nothing was deployed, and no check looked at anything."""
    cell.facts()
    cell.finish("failed", kind="EngineError", error="TASK [web]: no route to host")


def short_of_quota(cell: CellRecorder) -> None:
    """It was deployed; the page could not be asked for."""
    cell.facts()
    cell.deployed(address="floating")
    cell.outcomes(application_page={"verdict": Verdict.QUOTA})
    cell.finish()


def refused(cell: CellRecorder) -> None:
    """The cloud was refused."""
    cell.finish("refused", kind="CloudConfigError", error="the password is wrong")


def without_must_haves(run: Run) -> Run:
    return replace(run, workloads=tuple(replace(each, must_have=(), required=()) for each in run.workloads))


@pytest.mark.parametrize("tell", [failed_at_once, short_of_quota, refused])
def test_where_one_attempt_of_several_did_not_tell_nothing_is_said_to_run(recorder: MakeRecorder, tell: Tell) -> None:
    run = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH)
    whole(run.cell("a"))
    whole(run.cell("b"))
    tell(run.cell("b", attempt=2))
    read = read_run(run.finish())
    (found,) = compare([read])
    assert found.reach == Reach(("a",), (), ("b",))
    assert [ran(read, "lampstack", each) for each in found.clouds] == [True, False]
    assert where_it_runs(found).startswith("lampstack runs unchanged on 1 of 2 clouds; unproven on b ")


@pytest.mark.parametrize("tell", [failed_at_once, refused])
def test_a_workload_without_must_haves_runs_only_where_it_was_deployed(recorder: MakeRecorder, tell: Tell) -> None:
    run = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH)
    whole(run.cell("a"))
    tell(run.cell("b"))
    read = without_must_haves(read_run(run.finish()))
    (found,) = compare([read])
    assert found.reach == Reach(("a",), (), ("b",))
    assert [ran(read, "lampstack", each) for each in found.clouds] == [True, False]


def test_a_must_have_that_failed_in_one_attempt_outweighs_one_that_did_not_tell(recorder: MakeRecorder) -> None:
    run = recorder(["a"], catalogue=CHECKS, participants=BOTH)
    without_console(run.cell("a"))
    failed_at_once(run.cell("a", attempt=2))
    (found,) = compare([read_run(run.finish())])
    assert found.reach == Reach((), ("a",), ())


def two_runs(recorder: MakeRecorder, second: dict[str, Any], **options: Any) -> list[Path]:
    """A run of a and b, and another of a."""
    first = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH)
    whole(first.cell("a"))
    whole(first.cell("b"))
    later = recorder(["a"], **{"name": "20260802-120000-ef56ab78", "catalogue": CHECKS, "participants": {"a": MACHINES}, **second})
    without_console(later.cell("a", **options))
    return [first.finish(), later.finish()]


def read(folders: list[Path]) -> list[Any]:
    return [read_run(each) for each in folders]


def test_runs_of_one_cloud_and_workload_are_attempts_of_it(recorder: MakeRecorder) -> None:
    (found,) = compare(read(two_runs(recorder, {})))
    assert found.attempts == {"a": 2, "b": 1}
    assert found.matrix.clouds[0].known["boot.console"].point == Fraction(1, 2)  # type: ignore[union-attr]
    assert any(each.startswith("a: attempts of 2 runs are taken together") for each in found.remarks)


def unlike_runs(recorder: MakeRecorder) -> list[Any]:
    """Two runs of a and b: the second is a day younger, does not state a's kind of server, has another flavor there, and one check more."""
    more = CheckInfo("application.more", "application", "steady", (), "", "", "", "endpoint", "05")
    unstated = {**BOTH, "a": {key: value for key, value in MACHINES.items() if key != "servers"}}
    first = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH, checks={"lampstack": [each.id for each in CHECKS]})
    listed = (*CHECKS, more)
    second = recorder(
        ["a", "b"],
        name="20260802-120000-ef56ab78",
        catalogue=listed,
        participants=unstated,
        checks={"lampstack": [each.id for each in listed]},
    )
    for run, flavor in ((first, "small"), (second, "large")):
        for cloud, seconds in (("a", 60.0), ("b", 400.0)):
            cell = run.cell(cloud)
            cell.facts(**({"flavor": (flavor, {})} if cloud == "a" else {}))
            cell.deployed(address="floating")
            cell.outcomes(application_page={"observed": {"application.to_page,s": seconds}})
            cell.finish()
    older, younger = (read_run(each.finish()) for each in (first, second))
    return [older, replace(younger, started=f"2999{younger.started[4:]}")]


def test_the_order_in_which_runs_are_named_changes_nothing(recorder: MakeRecorder) -> None:
    runs = unlike_runs(recorder)
    (one,), (other,) = compare(runs), compare(runs[::-1])
    assert document(one) == document(other)
    assert one.matrix.moves == other.matrix.moves
    assert one.matrix.clouds[0].by_name["input flavor"].value == other.matrix.clouds[0].by_name["input flavor"].value == "large"
    assert "application.more" in one.matrix.catalogue.by_id
    assert [each for each in one.remarks if each.endswith("the last counts")] == [
        "a: input flavor not the same in all 2 attempts; the last counts"
    ]


def test_times_of_an_unstated_kind_of_server_are_not_taken_for_those_of_a_stated_one(recorder: MakeRecorder) -> None:
    (found,) = compare(unlike_runs(recorder))
    assert found.participants["a"].servers == ""
    assert not found.matrix.times_compare("a", "b")
    assert "the kind of server is not stated in every run for a: no time counts between them and another cloud" in found.remarks


def test_of_every_run_its_own_list_of_checks_counts(recorder: MakeRecorder) -> None:
    first, second = unlike_runs(recorder)
    untried = [replace(each, outcomes=tuple(one for one in each.outcomes if one.check != "application.more")) for each in second.cells]
    (found,) = compare([first, replace(second, cells=tuple(untried))])
    assert found.matrix.clouds[1].why["application.more"] == "never tried"
    assert f"run {first.id} did not have 1 check, never tried there: application.more" in found.remarks


def test_two_clouds_of_one_name_are_kept_apart_and_named(recorder: MakeRecorder) -> None:
    (found,) = compare(read(two_runs(recorder, {"participants": {"a": {**MACHINES, "release": "2026.2"}}})))
    assert found.clouds == ("a (20260801-120000-ab12cd34)", "a (20260802-120000-ef56ab78)", "b")
    assert "2 different clouds are called a (release: 2025.1, 2026.2): they are kept apart" in found.remarks


def test_another_digest_of_the_workload_is_another_comparison(recorder: MakeRecorder) -> None:
    first, second = compare(read(two_runs(recorder, {}, digest="99" * 32)))
    assert (first.attempts, second.attempts) == ({"a": 1, "b": 1}, {"a": 1})
    assert any("with another digest (999999999999) is another workload" in each for each in first.remarks)


def test_a_check_that_changed_is_unknown_everywhere_and_named(recorder: MakeRecorder) -> None:
    changed = (CHECKS[0], replace(CHECKS[1], digest="99"), *CHECKS[2:])
    (found,) = compare(read(two_runs(recorder, {"catalogue": changed})))
    assert all("boot.console" not in each.known for each in found.matrix.clouds)
    assert {each.why["boot.console"] for each in found.matrix.clouds} == {"not the same check in all runs"}
    assert found.matrix.moves["a", "b"].fidelity.coverage == Fraction(3, 4)
    assert "1 check is not the same in all runs and unknown everywhere: boot.console" in found.remarks


def test_the_plain_words_and_the_score_have_every_check_that_any_run_had(recorder: MakeRecorder) -> None:
    checks = (replace(CHECKS[0], digest="99"), *CHECKS[1:3])
    (found,) = compare(read(two_runs(recorder, {"catalogue": checks, "participants": {"a": {**MACHINES, "release": "2026.2"}}})))
    assert set(found.matrix.catalogue.facet_of) == {each.id for each in CHECKS}
    older, newer, _ = found.matrix.clouds
    assert (newer.why["application.post"], "application.post" in older.known) == ("never tried", True)
    assert all(each.why["boot.active"] == "not the same check in all runs" for each in found.matrix.clouds)
    what_is_looked_at = in_plain_words()[0][1]
    assert what_is_looked_at.startswith(
        "Every check that any run in the comparison had. What was never tried on a cloud is unknown there; what was not the same check in "
        "all runs, by its version, is unknown on every cloud; both leave less of the weight known."
    )


def test_a_check_that_a_run_left_out_was_never_tried_there_and_raises_nothing(recorder: MakeRecorder) -> None:
    folders = two_runs(recorder, {"catalogue": (CHECKS[0], *CHECKS[2:]), "participants": {"a": {**MACHINES, "release": "2026.2"}}})
    (found,) = compare(read(folders))
    move = found.matrix.moves["b", "a (20260802-120000-ef56ab78)"]
    assert "boot.console" in found.matrix.not_shown("b", "a (20260802-120000-ef56ab78)")
    assert move.fidelity.shown <= Fraction(3, 4)
    assert any("did not have 1 check, never tried there: boot.console" in each for each in found.remarks)


def test_an_attempt_that_was_cut_before_the_last_server_says_nothing_of_the_check(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH)
    whole(run.cell("a"))
    whole(run.cell("b"))
    cut = run.cell("b", attempt=2)
    cut.deployed(address="floating")
    for server in SERVERS:
        cut.outcome("boot.active", subject=server)
    cut.outcome("boot.console", subject="balancer")
    (found,) = compare([read_run(run.finish())])
    active, console = (found.matrix.clouds[1].known[each] for each in ("boot.active", "boot.console"))
    assert (active.low, console.low) == (Fraction(2, 3), Fraction(1, 2))  # type: ignore[union-attr]


def test_a_failure_on_the_first_server_counts_though_the_others_were_not_looked_at(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH)
    whole(run.cell("a"))
    cut = run.cell("b")
    cut.deployed(address="floating")
    cut.outcome("boot.active", subject="balancer")
    cut.outcome("boot.console", Verdict.FAIL, subject="balancer")
    (found,) = compare([read_run(run.finish())])
    assert found.matrix.clouds[1].known["boot.console"].point == 0  # type: ignore[union-attr]
    assert found.matrix.clouds[1].why["boot.active"] == "recorded on 1 of 4 only"


def test_attempts_that_say_nothing_are_told_from_those_that_were_made(recorder: MakeRecorder) -> None:
    run = recorder(["a", "b"], catalogue=CHECKS, participants=BOTH)
    for cloud in ("a", "b"):
        whole(run.cell(cloud))
        run.plan(cloud, attempt=2)
    whole(run.cell("a", attempt=3))
    (found,) = compare([read_run(run.finish())])
    assert "after 2 of 3 attempts on a and 1 of 2 attempts on b;" in how_sure(found, found.matrix.moves["a", "b"])


def test_a_time_that_one_attempt_did_not_record_is_named(recorder: MakeRecorder) -> None:
    run = recorder(["a"], catalogue=CHECKS, participants=BOTH)
    whole(run.cell("a"))
    second = run.cell("a", attempt=2)
    second.deployed(address="floating")
    second.outcomes()
    (found,) = compare([read_run(run.finish())])
    assert "a: application.to_page: only 1 of 2 attempts recorded a time; the others are left out" in found.remarks


def test_what_a_scenario_leaves_out_is_unknown_on_every_cloud_and_named_once(recorder: MakeRecorder) -> None:
    def narrow(name: str, number: int) -> Comparison:
        run = recorder(["a", "b"], name=name, catalogue=CHECKS[:number], left_out=CHECKS[number:], participants=BOTH)
        for cloud in ("a", "b"):
            whole(run.cell(cloud))
        (found,) = compare([read_run(run.finish())])
        return found

    all_of_it, most, little = (narrow(f"20260801-120000-ab12cd0{number}", number) for number in (4, 3, 1))
    assert [each.matrix.moves["a", "b"].fidelity.coverage for each in (all_of_it, most, little)] == [1, Fraction(3, 4), Fraction(1, 4)]
    assert all_of_it.matrix.moves["a", "b"].score == 1
    assert little.matrix.moves["a", "b"].score is None
    assert {each.place for each in most.matrix.ranking} == {None}
    assert most.matrix.clouds[1].why == {"application.post": "left out by the scenario"}
    (remark,) = [each for each in most.remarks if "left out" in each]
    assert remark == "run 20260801-120000-ab12cd03: its scenario left out 1 check, unknown there: application.post"
    assert most.fleet.score < all_of_it.fleet.score  # type: ignore[operator]


def test_a_failing_check_that_the_scenario_leaves_out_raises_no_score(recorder: MakeRecorder) -> None:
    many = (*CHECKS, *(replace(CHECKS[3], id=f"application.more-{number}") for number in range(8)))

    def score(name: str, number: int) -> Fraction | None:
        run = recorder(["a", "b"], name=name, catalogue=many[:number], left_out=many[number:], participants=BOTH)
        whole(run.cell("a"))
        bad = run.cell("b")
        bad.facts()
        bad.deployed(address="floating")
        observed = {"observed": {"application.to_page,s": 60.0}}
        bad.outcomes(application_page=observed, application_more_7={"verdict": Verdict.FAIL})
        bad.finish()
        (found,) = compare([read_run(run.finish())])
        assert number == len(many) or "application.more-7 (left out by the scenario)" in how_sure(found, found.matrix.moves["a", "b"])
        return found.matrix.moves["a", "b"].score

    assert score("20260801-120000-ab12cd12", 12) == score("20260801-120000-ab12cd11", 11) == 1 - Fraction(1, 20)


def test_what_one_run_left_out_is_known_from_another_of_the_same_cloud(recorder: MakeRecorder) -> None:
    folders = two_runs(recorder, {"catalogue": CHECKS[:3], "left_out": CHECKS[3:]})
    (found,) = compare(read(folders))
    assert found.matrix.clouds[0].known["application.post"].point == 1  # type: ignore[union-attr]
    assert not [each for each in found.remarks if "did not have" in each]


def test_outcomes_of_checks_in_no_catalogue_are_left_out_and_named(recorder: MakeRecorder) -> None:
    run = recorder(["a"], catalogue=CHECKS, participants=BOTH)
    cell = run.cell("a")
    cell.outcome("nobody.knows", Verdict.FAIL)
    whole(cell)
    (found,) = compare([read_run(run.finish())])
    assert "nobody.knows" not in found.matrix.catalogue.by_id
    assert any("outcomes of checks that its catalogue does not list: nobody.knows" in each for each in found.remarks)


def test_outcomes_of_a_check_that_another_runs_catalogue_lists_are_left_out_too(recorder: MakeRecorder) -> None:
    def record(name: str, listed: tuple[CheckInfo, ...], verdict: Verdict) -> Any:
        run = recorder(["a", "b"], name=name, catalogue=listed, participants=BOTH)
        for cloud in ("a", "b"):
            cell = run.cell(cloud)
            cell.facts()
            cell.deployed(address="floating")
            cell.outcomes(application_page={"observed": {"application.to_page,s": 60.0}}, application_post={"verdict": verdict})
            if CHECKS[3] not in listed:
                cell.outcome("application.post", verdict, subject="page")
            cell.finish()
        return read_run(run.finish())

    without = record("20260801-120000-ab12cd34", CHECKS[:3], Verdict.FAIL)
    having = record("20260802-120000-ef56ab78", CHECKS, Verdict.PASS)
    for runs in ([without, having], [having, without]):
        (found,) = compare(runs)
        assert all("application.post" not in each.known for each in found.matrix.clouds)
        assert {each.why["application.post"] for each in found.matrix.clouds} == {"not listed by every run that tried it"}
        assert found.matrix.losses("a", "b") == ()
        said = [each for each in found.remarks if "application.post" in each]
        assert said == [
            "1 check is not listed by every run that tried it, and unknown everywhere: application.post",
            f"run {without.id}: left out are outcomes of checks that its catalogue does not list: application.post",
        ]


def test_an_empty_run_is_named(recorder: MakeRecorder) -> None:
    (found,) = compare([read_run(recorder(["a"]).finish())])
    assert found.clouds == ()
    assert "run 20260801-120000-ab12cd34 is empty: no cell was planned" in found.remarks


def test_a_run_named_twice_or_none_at_all_is_refused(pair: Path) -> None:
    run = read_run(pair)
    with pytest.raises(UsageError, match=f"run {run.id} is named twice"):
        compare([run, run])
    with pytest.raises(UsageError, match="no run is named"):
        compare([])


def test_data_files_that_are_not_here_or_not_the_same_are_refused(pair: Path) -> None:
    run = read_run(pair)
    other = replace(run, score_files={**newest(), "costs": "sha256:00"})
    with pytest.raises(UsageError, match="the data file of costs with the digest sha256:00 is not part of this version"):
        compare([other])
    with pytest.raises(UsageError, match=r"made with different data files of the score \(costs\)"):
        compare([replace(run, id="another", score_files=newest()), other])


def test_an_older_run_without_data_files_is_scored_with_the_newest_and_says_so(pair: Path) -> None:
    run = read_run(pair)
    (old,), (new,) = compare([replace(run, score_files={})]), compare([run])
    assert old.constants.digests == new.constants.digests == newest()
    says = f"run {run.id} does not say with which data files it is to be scored: the newest are used"
    assert says in old.remarks
    assert says not in new.remarks


def test_journals_of_an_older_schema_are_named(pair: Path) -> None:
    (found,) = compare([replace(read_run(pair), schema=0)])
    assert any("older schema (0" in each for each in found.remarks)


def test_the_same_journals_give_the_same_comparison_anywhere(pair: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / pair.name
    shutil.copytree(pair, moved)
    first, second = (compare([read_run(each)])[0] for each in (pair, moved))
    assert {key: each.score for key, each in first.matrix.moves.items()} == {key: each.score for key, each in second.matrix.moves.items()}
    assert first.remarks == second.remarks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("checks: {boot.activ: 2}\n", "line 1: checks.boot.activ: no check boot.activ is compared"),
        ("facets:\n  bot: 2\n", "line 2: facets.bot: no facet bot is compared"),
        ("checks: {boot.active: -1}\n", "boot.active weighs -1"),
        ("facets: {boot: .nan}\n", "boot: a number is expected"),
        ("weights: {}\n", "unknown key"),
        ("checks: {boot.active: much}\n", "checks.boot.active"),
        ("must_have: 3\n", "must_have is a share between 0 and 1"),
    ],
)
def test_weights_that_cannot_be_used_are_refused_by_file(
    compared: Callable[..., Comparison], tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(FileError, match=f"{file}.*{message}"):
        compared(whole, whole, weights=str(file))


def test_weights_that_sum_to_nothing_are_refused(compared: Callable[..., Comparison], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("facets: {boot: 0, application: 0}\n")
    with pytest.raises(UsageError, match="weights mine: they sum to 0"):
        compared(whole, whole, weights=str(tmp_path / "mine.yaml"))


def test_a_readers_own_weights_count(compared: Callable[..., Comparison], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("title: pages only\nfacets: {boot: 0}\n")
    found = compared(whole, without_console, weights=str(tmp_path / "mine.yaml"))
    assert found.matrix.profile.title == "pages only"
    assert found.matrix.profile.digest.startswith("sha256:")
    assert [(each.check, each.amount) for each in found.matrix.losses("a", "b")] == [("boot.console", Fraction(1))]


def test_an_unknown_profile_names_those_there_are(compared: Callable[..., Comparison]) -> None:
    with pytest.raises(UsageError, match="there is no profile of weights best") as refused:
        compared(whole, whole, weights="best")
    assert "equal, workload" in refused.value.mend


def test_a_time_halfway_and_an_amount_by_hand(recorder: MakeRecorder) -> None:
    checks = (CHECKS[2], CheckInfo("addresses.mtu", "addresses", "steady", (), "", "", "", "server", "05"))
    run = recorder(["a", "b"], catalogue=checks, participants=BOTH)
    for cloud, mtu in (("a", 1500), ("b", 1200)):
        cell = run.cell(cloud)
        cell.facts()
        cell.deployed(address="floating")
        cell.outcomes(addresses_mtu={"observed": {"addresses.mtu,bytes": [mtu]}}, application_page={})
        cell.finish()
    (found,) = compare([read_run(run.finish())])
    (loss,) = found.matrix.losses("a", "b")
    # half of the weight is addresses, half of that its amount, of which a fifth is missing
    assert (loss.check, loss.amount) == ("addresses.mtu", Fraction(1, 2) * Fraction(1, 2) * Fraction(1, 5))
    assert found.matrix.losses("b", "a") == ()


def test_one_difference_made_by_hand_is_the_only_loss_with_its_size(tmp_path: Path, sample: Path) -> None:
    folder = tmp_path / "made"
    shutil.copytree(sample, folder)
    journal = folder / "cells" / "lab2.lampstack" / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    for line in lines:
        if line["event"] == "outcome" and line["outcome"]["check"] == "egress.package":
            line["outcome"] |= {"verdict": "fail", "reason": "no package came"}
    journal.write_text("".join(json.dumps(each) + "\n" for each in lines))
    before, after = (compare([read_run(each)])[0].matrix for each in (sample, folder))
    facets = {each.facet for each in after.catalogue.traits}
    egress = [each for each in after.catalogue.traits if each.facet == "egress"]
    losses = {each.check: each.amount for each in after.losses("lab1", "lab2")}
    assert losses.pop("egress.package") * _need(after) == Fraction(1, len(facets)) / len(egress)
    assert losses == {each.check: each.amount for each in before.losses("lab1", "lab2")}


def _need(matrix: Any) -> Fraction:
    """Σ w·a of lab1: all of the weight, less what its page took too long."""
    time = matrix.clouds[0].known["application.to_page"].point
    return Fraction(1 - matrix.weights["application.to_page"] * (1 - time))


@pytest.fixture
def sample() -> Path:
    return SAMPLE


def test_many_clouds_are_compared(many: Path) -> None:
    (found,) = compare([read_run(many)])
    assert len(found.matrix.moves) == 18 * 17
    assert found.fleet.score is not None
    assert len(found.sensitivity) == 1
