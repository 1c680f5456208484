"""The checks of the workload docker-swarm against swarms that behave, and that do not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keystoneauth1.exceptions import ConnectFailure

from harness.checks import Unmet
from harness.checks.unmet import DoesNotApply
from harness.errors import Unsupported
from harness.probes.outside import Answer, Knock, Outside
from harness.probes.ssh import Result
from harness.probes.steadily import Steadily
from tests.unit.workloads.reboots import reboots
from tests.unit.workloads.swarms import DEPLOYMENT, SERVERS, FakeOutside, FakeSwarm, Notes, load, soon, view

catalogue, swarm_checks, overlay, mesh, changes = (
    load(name) for name in ("test_catalogue", "test_swarm", "test_overlay", "test_mesh", "test_changes")
)
CLOUD = SimpleNamespace(sdk=None)
PLAN = SimpleNamespace(
    limits={
        f"application.{change}_{what}": {"limit": limit} for change in ("drain", "update") for what, limit in (("gap", 5.0), ("loss", 0.05))
    }
)


# The catalogue


def look_at_catalogue(dead: str = "", *, empty: bool = False) -> Notes:
    """A catalogue with two endpoints for compute, of which the one at ``dead`` does not answer; or one of another region alone."""
    notes = Notes()
    urls: dict[str, list[str]] = (
        {} if empty else {"compute": ["http://a/compute", "http://b/compute"], "image": ["http://a/image"], "network": ["http://a/network"]}
    )
    data = {kind: [SimpleNamespace(url=url) for url in found] for kind, found in urls.items()}

    def get(url: str, **_: Any) -> None:
        if url == dead:
            raise ConnectFailure(f"Unable to establish connection to {url}")

    found = SimpleNamespace(get_endpoints_data=lambda **_: data)
    config = SimpleNamespace(get_service_catalog=lambda: found, get_interface=lambda: "public", get_region_name=lambda: "north")
    cloud = SimpleNamespace(sdk=SimpleNamespace(config=config, session=SimpleNamespace(get=get)))
    catalogue.test_catalogue(cloud, notes.observe, notes.add)
    return notes


def test_a_catalogue_whose_endpoints_all_answer_passes() -> None:
    assert look_at_catalogue().observed == {"identity.compute-endpoints": 2, "identity.image-endpoints": 1, "identity.network-endpoints": 1}


def test_a_dead_endpoint_in_the_catalogue_fails_though_another_answers() -> None:
    with pytest.raises(Unmet, match="compute at http://b/compute: Unable to establish connection"):
        look_at_catalogue(dead="http://b/compute")


def test_a_catalogue_without_an_endpoint_for_this_region_fails() -> None:
    with pytest.raises(Unmet, match="endpoints in the catalogue, for this region"):
        look_at_catalogue(empty=True)


# Docker, nodes, tasks


def look_at_docker(monkeypatch: pytest.MonkeyPatch, swarm: FakeSwarm) -> Notes:
    notes = Notes()
    monkeypatch.setattr(swarm_checks, "console_text", lambda *_: "boot\nswarm: 3 s: packages installed\n")
    try:
        swarm_checks.test_docker(SERVERS[0], CLOUD, swarm, soon(), notes.observe, notes.add)
    except AssertionError:
        assert notes.evidence == ["console: swarm: 3 s: packages installed"]
        raise
    return notes


def test_what_docker_runs_on_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_at_docker(monkeypatch, FakeSwarm()).observed == {
        "application.docker-version": "20.10.24",
        "application.kernel": "6.1.176",
        "application.storage-driver": "overlay2",
        "application.cgroup-version": "1",
    }


def test_a_silent_docker_fails_and_the_console_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="does not answer"):
        look_at_docker(monkeypatch, FakeSwarm(silent=True))


def look_at_nodes(swarm: FakeSwarm) -> dict[str, Any]:
    notes = Notes()
    swarm_checks.test_nodes(DEPLOYMENT, swarm, soon(), notes.observe)
    return notes.observed


def test_three_ready_nodes_in_their_roles_pass() -> None:
    assert look_at_nodes(FakeSwarm()) == {"application.nodes": 3}


@pytest.mark.parametrize(
    ("broken", "seen"),
    [
        (lambda nodes: nodes[:2], "worker-1: worker, ready"),
        (lambda nodes: [*nodes[:2], replace(nodes[2], state="down")], "worker-2: worker, down"),
        (lambda nodes: [*nodes[:2], replace(nodes[2], role="manager")], "worker-2: manager, ready"),
        (lambda nodes: [replace(each, leads=False) for each in nodes], "nobody leads"),
    ],
    ids=["one is not in", "one is down", "one has another role", "nobody leads"],
)
def test_nodes_that_are_not_as_they_should_be_fail(broken: Callable[[Any], Any], seen: str) -> None:
    swarm = FakeSwarm()
    swarm.nodes_ = broken(swarm.nodes_)
    with pytest.raises(Unmet, match=seen):
        look_at_nodes(swarm)


def look_at_replicas(swarm: FakeSwarm) -> dict[str, Any]:
    notes = Notes()
    swarm_checks.test_replicas(swarm, soon(), notes.observe)
    return notes.observed


def test_running_tasks_that_are_spread_pass() -> None:
    assert look_at_replicas(FakeSwarm()) == {"application.replicas": 3, "application.nodes-with-tasks": 3}


def test_a_docker_that_is_silent_or_knows_no_service_yet_is_asked_again() -> None:
    with pytest.raises(Unmet, match="does not answer"):
        look_at_replicas(FakeSwarm(silent=True))


def test_a_task_that_does_not_run_fails() -> None:
    swarm = FakeSwarm()
    swarm.tasks_[1] = replace(swarm.tasks_[1], state="rejected")
    with pytest.raises(Unmet, match="rejected on worker-1"):
        look_at_replicas(swarm)


def test_tasks_that_are_crowded_fail() -> None:
    swarm = FakeSwarm()
    swarm.tasks_ = [replace(each, node="manager") for each in swarm.tasks_]
    with pytest.raises(Unmet, match="'manager': 3"):
        look_at_replicas(swarm)


def read_user_data(monkeypatch: pytest.MonkeyPatch, swarm: FakeSwarm, answer: Answer = Answer.OPEN) -> dict[str, Any]:
    notes = Notes()
    monkeypatch.setattr(swarm_checks, "knock_from", lambda *_: Knock(answer, 0.1))
    scene, guest = SimpleNamespace(view_of=lambda _: view()), SimpleNamespace(shell=None)
    swarm_checks.test_user_data_is_kept_from_containers(SERVERS[0], guest, SERVERS[1:], scene, swarm, notes.observe)
    return notes.observed


def test_user_data_that_a_container_cannot_read_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_user_data(monkeypatch, FakeSwarm()) == {"initialisation.user-data-kept-from-containers": True}


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "500 Internal Server Error"])
def test_a_metadata_service_that_answers_a_container_fails_with_whatever_it_says(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    with pytest.raises(Unmet, match=f"HTTP/1.0 {status}, "):
        read_user_data(monkeypatch, FakeSwarm(metadata=Result(0, f"HTTP/1.0 {status}\r\n\r\n".ljust(32, "#"), "")))


def test_nothing_is_proven_where_the_server_has_no_metadata_service_or_the_container_reaches_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(DoesNotApply, match="no metadata service"):
        read_user_data(monkeypatch, FakeSwarm(), Answer.SILENT)
    with pytest.raises(pytest.skip.Exception, match="does not reach"):
        read_user_data(monkeypatch, FakeSwarm(neighbour=""))


# The join secret


def look_for_join_secret(**found: str) -> Notes:
    """On a server where each of ``found`` is what one of the looks prints; the log tells of the set-up, unless told otherwise."""
    notes = Notes()
    printed = {"log": "3", **found}

    def run(command: str) -> Result:
        (name,) = (name for name, look in {**swarm_checks.TRACES, "log": swarm_checks.SET_UP_IS_LOGGED}.items() if look == command)
        return Result(0 if printed.get(name) else 1, printed.get(name, ""), "")

    swarm_checks.test_join_secret_is_gone(SERVERS[0], SimpleNamespace(shell=SimpleNamespace(run=run)), notes.observe)
    return notes


def test_a_join_secret_that_is_gone_passes() -> None:
    assert look_for_join_secret().observed == {"initialisation.join-secret-gone": True}


@pytest.mark.parametrize("trace", list(swarm_checks.TRACES))
def test_a_trace_of_the_join_secret_fails_and_is_named(trace: str) -> None:
    with pytest.raises(Unmet, match=f"{trace}: something"):
        look_for_join_secret(**{trace: "something"})


def test_where_the_log_of_the_set_up_cannot_be_read_nothing_is_proven() -> None:
    with pytest.raises(pytest.skip.Exception, match="nothing is proven"):
        look_for_join_secret(log="")


def found_here(trace: str, log: Path) -> str:
    """What one of the looks prints on this machine, with ``log`` for cloud-init's."""
    look = swarm_checks.TRACES[trace].replace("sudo -n ", "").replace("/var/log/cloud-init*.log", str(log))
    return subprocess.run(["sh", "-c", look], capture_output=True, text=True, check=False).stdout


def test_a_token_in_a_log_is_found_and_not_shown(tmp_path: Path) -> None:
    log = tmp_path / "cloud-init-output.log"
    log.write_text("joined\n")
    assert found_here("cloud-init's logs", log) == ""
    log.write_text("docker swarm join --token SWMTKN-1-abc-def 10.0.0.1:2377\n")
    assert found_here("cloud-init's logs", log).strip() == "SWMTKN-1-"


def test_a_token_in_a_command_line_is_found_and_the_look_itself_is_not(tmp_path: Path) -> None:
    assert found_here("a command line", tmp_path) == ""
    with subprocess.Popen([sys.executable, "-c", "input()", "--token", "SWMTKN-1-abc-def"], stdin=subprocess.PIPE) as other:
        found = found_here("a command line", tmp_path)
        other.kill()
    assert found.strip() == "SWMTKN-1-"


# The overlay network


def test_names_that_resolve_on_the_overlay_pass() -> None:
    overlay.test_name_on_overlay(FakeSwarm(), soon())


@pytest.mark.parametrize(
    ("resolves", "expected"),
    [
        ({"page": ""}, "nothing"),
        ({"page": "198.51.100.1"}, r"198\.51\.100\.1"),
        ({"tasks.page": "172.30.1.3 172.30.1.4"}, r"172\.30\.1\.3, 172\.30\.1\.4$"),
    ],
    ids=["not at all", "to a stranger", "without one task"],
)
def test_names_that_resolve_wrongly_fail(resolves: dict[str, str], expected: str) -> None:
    with pytest.raises(Unmet, match=expected):
        overlay.test_name_on_overlay(FakeSwarm(resolves=resolves), soon())


def cross(swarm: FakeSwarm) -> dict[str, Any]:
    notes = Notes()
    overlay.test_overlay(swarm, soon(), notes.observe)
    return notes.observed


def test_tasks_that_reach_each_other_pass() -> None:
    assert cross(FakeSwarm()) == {"reachability.overlay-pairs": 6}


def test_tasks_that_do_not_reach_each_other_fail() -> None:
    with pytest.raises(Unmet, match="the task on worker-1 answers that on manager"):
        cross(FakeSwarm(largest=0))


def test_tasks_of_one_node_prove_nothing_about_the_overlay() -> None:
    swarm = FakeSwarm()
    swarm.tasks_ = [replace(each, node="manager") for each in swarm.tasks_]
    with pytest.raises(Unmet, match="more than one node"):
        cross(swarm)
    with pytest.raises(Unmet, match="more than one node"):
        cross_full(swarm)


def test_a_service_of_one_task_has_nothing_that_passes_between_nodes() -> None:
    swarm = FakeSwarm()
    swarm.tasks_ = swarm.tasks_[:1]
    with pytest.raises(DoesNotApply, match="one task"):
        cross(swarm)
    with pytest.raises(DoesNotApply, match="one task"):
        cross_full(swarm)


def cross_full(swarm: FakeSwarm) -> dict[str, Any]:
    notes = Notes()
    scene = SimpleNamespace(view_of=lambda _: view())
    overlay.test_overlay_full_size_packets(DEPLOYMENT, scene, swarm, soon(), notes.observe)
    return notes.observed


def test_full_size_packets_that_pass_between_nodes_pass() -> None:
    assert cross_full(FakeSwarm()) == {"reachability.overlay-mtu": 1392}


@pytest.mark.parametrize(
    ("swarm", "expected"),
    [
        (FakeSwarm(largest=1300), "a packet of 1392 bytes passes"),
        (FakeSwarm(mtu=1450, largest=1450), "an MTU of at most 1392"),
        (FakeSwarm(fetched="4096"), "4096 bytes within"),
    ],
    ids=["large packets vanish", "the MTU does not follow the servers'", "a download stalls"],
)
def test_an_overlay_that_is_too_narrow_fails(swarm: FakeSwarm, expected: str) -> None:
    with pytest.raises(Unmet, match=expected):
        cross_full(swarm)


# The routing mesh


def look_through_mesh(monkeypatch: pytest.MonkeyPatch, outside: FakeOutside, *, ipvs: bool = True, at: float = 1093.25) -> Notes:
    """On a cloud where the deployment began at 1000 and the node answered ``at``."""
    notes = Notes()
    context = SimpleNamespace(folder=None, deploy_began=1000.0, rungs={("one", "application"): at}, subject=lambda _: "one")
    monkeypatch.setattr(mesh, "read_context", lambda _: context)

    def run(command: str) -> Result:
        if command == mesh.HAS_IPVS:
            return Result(0 if ipvs else 1, "", "")
        return Result(0, "6.18.5\n" if command == "uname -r" else "Could not get ipvs family information from the kernel", "")

    guest = SimpleNamespace(shell=SimpleNamespace(run=run))
    try:
        mesh.test_mesh(
            DEPLOYMENT.endpoints[0],
            DEPLOYMENT,
            lambda _: guest,
            outside.swarm,
            outside,
            soon(),
            notes.observe,
            notes.add,
            SimpleNamespace(context=context),
        )
    except Unsupported:
        assert notes.evidence[1] == "dockerd: Could not get ipvs family information from the kernel"
        raise
    return notes


def test_a_node_that_answers_from_every_task_in_turn_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_through_mesh(monkeypatch, FakeOutside(FakeSwarm())).observed == {"application.mesh-tasks": 3, "application.to_mesh": 93.2}


def test_a_node_that_does_not_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="refused"):
        look_through_mesh(monkeypatch, FakeOutside(FakeSwarm(), status=0))


def test_a_node_that_answers_from_one_task_alone_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = FakeOutside(FakeSwarm())
    outside.stuck = True
    with pytest.raises(Unmet, match="answers from each of 3 tasks in turn"):
        look_through_mesh(monkeypatch, outside)


def test_a_kernel_without_ipvs_is_unsupported_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unsupported, match=r"6\.18\.5, has no IPVS"):
        look_through_mesh(monkeypatch, FakeOutside(FakeSwarm(), status=0), ipvs=False)


def test_a_mesh_that_answers_without_a_table_of_ipvs_passes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    look_through_mesh(monkeypatch, FakeOutside(FakeSwarm()), ipvs=False)


# Changes


def reboot(monkeypatch: pytest.MonkeyPatch, swarm: FakeSwarm, *, restarts: bool = True) -> dict[str, Any]:
    notes = Notes()
    shell = SimpleNamespace(close=lambda: None)
    reboots(monkeypatch, lambda: swarm.on_change(swarm), restarts=restarts)
    changes.test_manager_reboot(DEPLOYMENT, CLOUD, Outside(), lambda _: SimpleNamespace(shell=shell), swarm, soon(), notes.observe)
    return notes.observed


def lose_a_node(swarm: FakeSwarm) -> None:
    swarm.nodes_[2] = replace(swarm.nodes_[2], state="down")


def fall_silent(swarm: FakeSwarm) -> None:
    swarm.silent = True


def test_a_swarm_that_returns_from_a_reboot_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "application.swarm-back-after-reboot" in reboot(monkeypatch, FakeSwarm())


@pytest.mark.parametrize("change", [lose_a_node, fall_silent])
def test_a_swarm_that_does_not_return_from_a_reboot_fails(monkeypatch: pytest.MonkeyPatch, change: Callable[[FakeSwarm], None]) -> None:
    with pytest.raises(Unmet, match="whole again"):
        reboot(monkeypatch, FakeSwarm(on_change=change))


def test_a_reboot_that_did_not_happen_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="started anew"):
        reboot(monkeypatch, FakeSwarm(), restarts=False)


def test_the_page_after_a_reboot() -> None:
    changes.test_page_after_reboot(DEPLOYMENT, FakeOutside(FakeSwarm()), soon())
    with pytest.raises(Unmet, match="manager answers"):
        changes.test_page_after_reboot(DEPLOYMENT, FakeOutside(FakeSwarm(), status=0), soon())


def follow(swarm: FakeSwarm) -> None:
    """As many tasks as are wanted."""
    model = swarm.tasks_[0]
    swarm.tasks_ = [*swarm.tasks_, *(replace(model, id=f"new{number}") for number in range(9))][: swarm.replicas]


def test_scaling_that_is_followed_passes() -> None:
    notes = Notes()
    changes.test_scale(DEPLOYMENT, FakeSwarm(on_change=follow), soon(), notes.observe)
    assert set(notes.observed) == {"application.scale-up", "application.scale-down"}


def test_scaling_that_is_not_followed_fails() -> None:
    with pytest.raises(Unmet, match="6 tasks run"):
        changes.test_scale(DEPLOYMENT, FakeSwarm(), soon(), Notes().observe)


def test_scaling_down_that_stops_no_task_fails() -> None:
    swarm = FakeSwarm(on_change=lambda swarm: follow(swarm) if swarm.replicas > 3 else None)
    with pytest.raises(Unmet, match="3 tasks run"):
        changes.test_scale(DEPLOYMENT, swarm, soon(), Notes().observe)


def move(swarm: FakeSwarm) -> None:
    drained = next(each.name for each in swarm.nodes_ if each.availability == "drain")
    swarm.tasks_ = [replace(each, node="manager") if each.node == drained else each for each in swarm.tasks_]


def drain(swarm: FakeSwarm) -> dict[str, Any]:
    memory: dict[str, Any] = {}
    outside = FakeOutside(swarm)
    quick = Steadily(outside, ["http://one/"], changes.is_page, every_s=0.001)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "_asking", lambda *_: quick)
        changes.test_drain(DEPLOYMENT, swarm, outside, soon(), Notes().observe, memory)
    return memory


def test_tasks_that_move_away_from_a_drained_node_pass_and_the_node_is_active_again() -> None:
    swarm = FakeSwarm(on_change=move)
    assert drain(swarm)["asked during drain"].asked >= changes.AFTERWARDS
    assert {each.availability for each in swarm.nodes_} == {"active"}


def test_tasks_that_stay_on_a_drained_node_fail_and_the_node_is_active_again() -> None:
    swarm = FakeSwarm()
    with pytest.raises(Unmet, match="no task is on worker-1 any more"):
        drain(swarm)
    assert {each.availability for each in swarm.nodes_} == {"active"}


def test_a_task_that_is_replaced_but_still_runs_on_a_drained_node_fails() -> None:
    def start_another(swarm: FakeSwarm) -> None:
        swarm.tasks_ = [*swarm.tasks_, replace(swarm.tasks_[0], id="another")]

    with pytest.raises(Unmet, match="no task is on worker-1 any more"):
        drain(FakeSwarm(on_change=start_another))


def test_a_drain_that_moves_nothing_says_nothing() -> None:
    swarm = FakeSwarm()
    swarm.tasks_ = [replace(each, node="manager") for each in swarm.tasks_]
    with pytest.raises(pytest.skip.Exception, match="no worker has a task"):
        drain(swarm)


def replace_all(swarm: FakeSwarm) -> None:
    swarm.tasks_ = [replace(each, id=f"{each.id}-2") for each in swarm.tasks_]
    swarm.update = "completed"


def replace_some(swarm: FakeSwarm) -> None:
    swarm.tasks_[0] = replace(swarm.tasks_[0], id="new")
    swarm.update = "paused"


def update(swarm: FakeSwarm) -> None:
    outside = FakeOutside(swarm)
    quick = Steadily(outside, ["http://one/"], changes.is_page, every_s=0.001)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "_asking", lambda *_: quick)
        changes.test_update(DEPLOYMENT, swarm, outside, soon(), Notes().observe, {})


def test_an_update_that_replaces_every_task_passes() -> None:
    update(FakeSwarm(on_change=replace_all))


def test_an_update_that_stops_half_way_fails() -> None:
    with pytest.raises(Unmet, match="paused; 1 new of 3"):
        update(FakeSwarm(on_change=replace_some))


def asked(lost: int, gap_s: float) -> Any:
    return SimpleNamespace(asked=100, lost=["http://one/: refused"] * lost, gaps={"http://one/": gap_s}, gap_s=gap_s, loss=lost / 100)


def judge_drain(asked: Any) -> Notes:
    notes = Notes()
    changes.test_page_during_drain(PLAN, notes.observe, notes.add, {"asked during drain": asked})
    return notes


def judge_update(asked: Any, edition: str = "2") -> Notes:
    notes = Notes()
    outside = FakeOutside(FakeSwarm(), edition=edition)
    changes.test_page_during_update(DEPLOYMENT, outside, PLAN, soon(), notes.observe, notes.add, {"asked during update": asked})
    return notes


@pytest.mark.parametrize("judge", [judge_drain, judge_update])
def test_a_page_that_stays_up_passes_and_what_was_lost_is_told(judge: Callable[[Any], Notes]) -> None:
    notes = judge(asked(2, 1.25))
    assert set(notes.observed.values()) == {2, 1.25}
    assert notes.evidence[:2] == ["asked 100 times, 2 answers lost", "longest gaps: http://one/ 1.25 s"]


@pytest.mark.parametrize("judge", [judge_drain, judge_update])
@pytest.mark.parametrize(("seen", "expected"), [((2, 6.0), "no gap above 5 s"), ((6, 1.0), r"at most 5\.0% of answers lost")])
def test_a_page_that_does_not_stay_up_fails(judge: Callable[[Any], Notes], seen: tuple[int, float], expected: str) -> None:
    with pytest.raises(Unmet, match=expected):
        judge(asked(*seen))


def test_an_update_whose_old_edition_is_still_given_fails() -> None:
    with pytest.raises(Unmet, match="every node gives the new edition"):
        judge_update(asked(0, 0.2), edition="1")


def test_every_check_asks_for_the_subject_that_it_is_about_and_has_its_limits_in_the_manifest() -> None:
    marked = [
        each
        for module in (catalogue, swarm_checks, overlay, mesh, changes)
        for name, each in vars(module).items()
        if name.startswith("test_")
    ]
    specs = [(next(mark.args[0] for mark in each.pytestmark if mark.name == "check"), each) for each in marked]
    assert len(specs) == 17
    for spec, each in specs:
        assert spec.subject == "cloud" or spec.subject in each.__annotations__, spec.id
        assert spec.id.startswith(f"{spec.facet}.")
