"""Climbs stand beside each other by kind of server; attempts fold to medians, and stretches add up to the top."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.report.ladder import Climb, ladders
from harness.report.reading import read_run

if TYPE_CHECKING:
    from tests.unit.report.conftest import MakeRecorder


def test_containers_and_machines_have_scales_of_their_own(many: Path) -> None:
    containers, machines = ladders(read_run(many))
    assert (containers.servers, machines.servers) == ("system container", "virtual machine")
    assert not {each.cloud for each in containers.climbs} & {each.cloud for each in machines.climbs}
    assert containers.scale != machines.scale


def test_unstated_kinds_are_a_kind_of_their_own(troubled: Path, recorder: MakeRecorder) -> None:
    assert [each.servers for each in ladders(read_run(troubled))] == ["virtual machine"]
    run = recorder(["a"], name="other")
    run.cell("a").ladder("web-1", active=1)
    assert [each.servers for each in ladders(read_run(run.finish()))] == ["kind of server not stated"]


def test_attempts_fold_to_the_median(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    for attempt, seconds in enumerate((9, 3, 4), 1):
        cell = run.cell("a", attempt=attempt)
        cell.ladder("web-1", active=seconds)
        cell.finish()
    (climb,) = ladders(read_run(run.finish()))[0].climbs
    assert (climb.seconds, climb.attempts) == ({"active": 4}, 3)


def test_stretches_add_up_and_a_rung_reached_early_has_none() -> None:
    climb = Climb("a", "web-1", {"active": 4.0, "console": 3.0, "port-22": 6.0}, 1)
    assert climb.segments() == (("active", 0.0, 4.0), ("port-22", 4.0, 6.0))
    assert climb.top == 6.0


def test_many_clouds_fold_to_the_last_server_of_each(many: Path, pair: Path) -> None:
    shown = ladders(read_run(many))[1].to_read()
    assert len(shown.climbs) == len({each.cloud for each in shown.climbs}) == 11
    whole = ladders(read_run(pair))[0]
    assert whole.to_read() is whole
    folded = whole.folded().climbs[0]
    assert folded.seconds["active"] == pytest.approx(4.1)
    assert folded.seconds["application"] == pytest.approx(61.2)


def test_a_rung_that_one_server_never_reached_is_not_reached_by_the_cloud(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    cell = run.cell("a")
    cell.ladder("web-1", active=1, ssh_login=5)
    cell.ladder("web-2", active=2)
    (climb,) = ladders(read_run(run.finish()))[0].folded().climbs
    assert (climb.told("active"), climb.told("ssh-login")) == ("2.0", "–")


def test_a_cloud_is_told_by_the_median_and_the_spread_of_its_attempts(recorder: MakeRecorder) -> None:
    run = recorder(["slow", "fast", "stuck"])
    for cloud, pages in (("slow", (90, 70, 80)), ("fast", (60, 61, 99)), ("stuck", (5, None, None))):
        for attempt, page in enumerate(pages, 1):
            cell = run.cell(cloud, attempt=attempt)
            cell.ladder("web-1", active=3)
            cell.ladder("web-2", active=4 + attempt)
            if page is not None:
                cell.ladder("web-1", **({"application": page} if cloud != "stuck" else {"ssh_login": page}))
    ranked = ladders(read_run(run.finish()))[0].ranked().climbs
    assert [each.cloud for each in ranked] == ["fast", "slow", "stuck"]
    fast = ranked[0]
    assert (fast.told("application"), fast.spread("application")) == ("61.0", "60.0–99.0")
    assert (fast.told("active"), fast.spread("active")) == ("6.0", "5.0–7.0")


def test_attempts_that_did_not_get_there_are_counted(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    run.cell("a", attempt=1).ladder("web-1", active=3, application=50)
    run.cell("a", attempt=2).ladder("web-1", active=4)
    (climb,) = ladders(read_run(run.finish()))[0].ranked().climbs
    assert (climb.told("application"), climb.spread("application"), climb.spread("active")) == ("50.0", "1 of 2", "3.0–4.0")


def test_the_scale_ends_at_the_slowest_attempt(recorder: MakeRecorder) -> None:
    run = recorder(["a"])
    for attempt, seconds in enumerate((10, 20, 90), 1):
        run.cell("a", attempt=attempt).ladder("web-1", active=seconds)
    assert ladders(read_run(run.finish()))[0].ranked().scale == 90
