"""Whole rounds on both clouds: the main job, what survives it, how it is interrupted, what it refuses."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.journal import follow

from .background import family, folder_of, in_background, kill, told, until, what_there_is
from .conftest import Lab, Run

REPORT_KEYS = {"run", "clouds", "workloads", "catalogue", "outcomes", "inputs", "branches", "leftovers"}
FORMS = ("report.json", "report.html", "report.md", "junit.xml")
FERNET_TOKEN = re.compile(rb"gAAAA[\w-]{40}")


SCENARIO = """\
title: LAMP and two servers on two clouds that move badly enough
workloads: [lampstack, two-servers]
require: {must_have: all, move: 0.9, to_page: 15 min, facets: [boot]}
"""


@pytest.fixture(scope="module")
def lamp(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One round of LAMP and of two servers on both clouds, of which a better move is required than there is between them."""
    scenario = tmp_path_factory.mktemp("scenario") / "demanding.yaml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    return lab.run(str(scenario), "--cloud", "lab1", "--cloud", "lab2")


def test_lamp_runs_on_both_clouds_and_nothing_is_blamed(lamp: Run) -> None:
    assert (lamp.report["blame"], lamp.report["leftovers"]) == ([], []), lamp.said


def test_of_what_is_required_the_move_alone_is_not_reached(lamp: Run) -> None:
    assert lamp.code == 1, lamp.said
    for required in lamp.report["requirements"]:
        assert "as required on 0 of 2 clouds" in required["sentence"]
        found = [(each["cloud"], finding["demand"], finding["met"]) for each in required["clouds"] for finding in each["findings"]]
        assert found == [("lab1", "move", "not met"), ("lab2", "move", "not met")], required


def test_every_outcome_of_lamp_is_a_pass_but_for_what_there_is_nothing_of(lamp: Run) -> None:
    others = [each for each in lamp.report["outcomes"] if each["verdict"] != "pass" and each["workload"] == "lampstack"]
    assert {(each["check"], each["subject"], each["verdict"], each["because"]) for each in others} == {
        ("security-groups.members-port", "balancer", "not-run", "")
    }


def test_each_workload_has_the_checks_that_look_at_it_and_twenty_of_them_at_least_have_outcomes(lamp: Run) -> None:
    for cell in lamp.report["cells"]:
        seen = {each["check"] for each in lamp.report["outcomes"] if each["cell"] == cell["id"]}
        assert len(seen) >= 20, cell["id"]
        assert ("application.page" in seen) is (cell["workload"] == "lampstack")


def test_the_same_digests_ran_on_both_clouds(lamp: Run) -> None:
    for workload in lamp.report["workloads"]:
        assert (workload["unchanged"], len(workload["digests_seen"]), sorted(workload["ran_on"])) == (True, 1, ["lab1", "lab2"])


def test_the_clouds_took_different_branches(lamp: Run) -> None:
    taken = {(each["cloud"], each["name"]): each["value"] for each in lamp.report["branches"]}
    assert [taken[cloud, "address"] for cloud in ("lab1", "lab2")] == ["floating", "direct"]
    assert [taken[cloud, "network"] for cloud in ("lab1", "lab2")] == ["made", "shared"]
    assert [taken[cloud, "initialisation"] for cloud in ("lab1", "lab2")] == ["metadata", "config-drive"]


def test_the_report_has_every_form_and_its_keys(lamp: Run) -> None:
    assert set(lamp.report) >= REPORT_KEYS
    assert all((lamp.folder / form).stat().st_size > 0 for form in FORMS)


def test_the_report_can_be_rebuilt_from_the_journals_alone(lab: Lab, lamp: Run) -> None:
    before = {form: (lamp.folder / form).read_bytes() for form in FORMS}
    for form in FORMS:
        (lamp.folder / form).unlink()
    lab.interop("report", str(lamp.folder))
    assert {form: (lamp.folder / form).read_bytes() for form in FORMS} == before


def test_no_password_of_the_clouds_stands_in_any_file_of_the_run(lab: Lab, lamp: Run) -> None:
    secrets = [secret.encode() for secret in lab.secrets() | lab.admins_secrets()]
    written = [path for path in lamp.folder.rglob("*") if path.is_file()]
    assert [path for path in written if any(secret in path.read_bytes() for secret in secrets)] == []
    assert [path for path in written if FERNET_TOKEN.search(path.read_bytes())] == []
    assert len(written) > len(FORMS)


def test_no_members_password_stands_in_a_log_of_the_lab(lab: Lab, lamp: Run) -> None:
    secrets = [secret.encode() for secret in lab.secrets()]
    logs = lab.logs()
    assert [path for path in logs if any(secret in path.read_bytes() for secret in secrets)] == []
    assert any(lamp.report["cells"][0]["global_request_id"].encode() in path.read_bytes() for path in logs)


def test_the_vendor_finds_the_cells_request_id_in_the_logs(lab: Lab, lamp: Run) -> None:
    wanted = {each["cloud"]: each["global_request_id"] for each in lamp.report["cells"]}
    log = lab.interop("lab", "logs", "lab1", "nova", "--lines", "1000000").stdout
    assert wanted["lab1"] in log


@contextmanager
def with_servers(lab: Lab, reports: Path) -> Iterator[subprocess.Popen[str]]:
    """A round of two-servers in the background that has made one of them."""
    with in_background(lab, "behaviours", reports) as running:
        until(lambda: any(reports.glob("*/journal.jsonl")), 30)
        until(lambda: len(lab.openstack("lab1", "server", "list")) >= 1, 90)
        yield running


def test_ctrl_c_cleans_up(lab: Lab, tmp_path: Path) -> None:
    before = what_there_is(lab)
    with with_servers(lab, tmp_path) as running:
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=180)
        assert (running.returncode, what_there_is(lab)) == (130, before), said


@pytest.fixture
def strangers_network(lab: Lab) -> Iterator[str]:
    """A network of somebody else in the project of lab1, with a subnet and a port."""
    lab.client("lab1", "network", "create", "stranger")
    lab.client("lab1", "subnet", "create", "--network", "stranger", "--subnet-range", "10.77.0.0/24", "stranger")
    lab.client("lab1", "port", "create", "--network", "stranger", "strangers-port")
    try:
        yield "stranger"
    finally:
        lab.client("lab1", "port", "delete", "strangers-port")
        lab.client("lab1", "network", "delete", "stranger")


def test_after_kill_9_sweep_removes_what_the_run_left_and_nothing_of_a_stranger(lab: Lab, tmp_path: Path, strangers_network: str) -> None:
    before = what_there_is(lab)
    with with_servers(lab, tmp_path) as running:
        kill(family(running))
        running.communicate(timeout=60)
        sweep = ("sweep", "--cloud", "lab1", "--run", folder_of(tmp_path).name, "--reports", str(tmp_path))
        there = what_there_is(lab)
        assert there["server"] - before["server"]
        assert "interop-" in lab.interop(*sweep).stdout
        assert what_there_is(lab)["server"] - before["server"], "showing must not remove"
        (router,) = there["router"] - before["router"]
        lab.client("lab1", "router", "add", "subnet", router, strangers_network)
        held = lab.interop(*sweep, "--yes", check=False)
        assert (held.returncode, "which is not ours" in held.stderr) == (4, True), held.stderr
        (interface,) = lab.openstack("lab1", "port", "list", "--router", router, "--network", strangers_network)
        assert what_there_is(lab) == {**before, "router": before["router"] | {router}, "port": before["port"] | {interface["ID"]}}
        lab.client("lab1", "router", "remove", "subnet", router, strangers_network)
        lab.interop(*sweep, "--yes")
        assert what_there_is(lab) == before


def test_a_sweep_at_once_after_kill_9_finds_what_is_still_under_way(lab: Lab, tmp_path: Path) -> None:
    before = what_there_is(lab)
    with in_background(lab, "behaviours", tmp_path) as running:
        until(lambda: told(tmp_path, "engine.task", name="Server", status="started"), 90)
        kill([each for each in family(running) if each.pid == running.pid or "harness.cell" in each.command])
        folder = folder_of(tmp_path)
        assert list(folder.glob("cells/*/engine/id_ed25519")) != []
        lab.interop("sweep", "--cloud", "lab1", "--run", folder.name, "--reports", str(tmp_path), "--yes")
        assert what_there_is(lab) == before
        assert list(folder.glob("cells/*/engine/id_ed25519")) == []


BESIDE = """\
title: Two servers, while others are at work in the project, and one cloud is out of reach
workloads: [two-servers]
checks: [boot.active, teardown.ours-gone, teardown.others-untouched]
require: {must_have: [boot.active]}
"""

UNREACHABLE = {
    "auth_url": "http://127.0.0.1:9/identity",
    "username": "user-of-own",
    "password": "password-of-own",
    "project_name": "demo",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}


def test_a_round_leaves_alone_what_others_make_meanwhile_and_completes_beside_a_cloud_out_of_reach(
    lab: Lab, tmp_path: Path, strangers_network: str
) -> None:
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"own": {"auth": UNREACHABLE}}}), encoding="utf-8")
    (tmp_path / "beside.yaml").write_text(BESIDE, encoding="utf-8")
    image, flavor = lab.openstack("lab1", "image", "list")[0]["Name"], smallest(lab.openstack("lab1", "flavor", "list"))
    reports = tmp_path / "reports"
    both = Lab({**lab.environment, "OS_CLIENT_CONFIG_FILE": str(tmp_path / "clouds.yaml")}, reports)
    with in_background(both, str(tmp_path / "beside.yaml"), reports, "--cloud", "own") as running:
        until(lambda: told(reports, "engine.task", name="Server", status="started"), 90)
        made = {"port": lab.openstack("lab1", "port", "create", "--network", strangers_network, "strangers-second")["id"]}
        try:
            server = ["server", "create", "--image", image, "--flavor", flavor, "--port", made["port"], "strangers-server"]
            made["server"] = lab.openstack("lab1", *server)["id"]
            said, _ = running.communicate(timeout=240)
            run = Run(running.returncode, said, folder_of(reports))
            assert (run.code, run.report["leftovers"]) == (2, []), said
            (reason,) = follow(run.folder / "journal.jsonl", 0)[0][-1]["reasons"]
            assert reason.startswith("own.two-servers: refused: "), "with lab1 alone the code would be 0"
            assert {each["cloud"]: each["exit_code"] for each in run.report["cells"]} == {"lab1": 0, "own": 2}
            assert all(cloud in (run.folder / "report.md").read_text(encoding="utf-8") for cloud in ("lab1", "own"))
            strangers = {(each["what"], each["kind"], each["id"]) for each in run.report["strangers"]}
            assert strangers == {("made", kind, id_) for kind, id_ in made.items()}
            assert {
                each["verdict"] for check in ("ours-gone", "others-untouched") for each in run.outcomes("lab1", f"teardown.{check}")
            } == {"pass"}
            assert made["server"] in {each["ID"] for each in lab.openstack("lab1", "server", "list")}
            assert made["port"] in {each["ID"] for each in lab.openstack("lab1", "port", "list")}
        finally:
            lab.client("lab1", "server", "delete", "--wait", "strangers-server")
            lab.client("lab1", "port", "delete", "strangers-second")


def smallest(flavors: list[dict[str, Any]]) -> str:
    """The flavor with the least memory."""
    return str(min(flavors, key=lambda each: each["RAM"])["Name"])


REFUSALS = {
    "wrong password": (lambda entry: entry["auth"].update(password="not-the-password"), "password"),
    "unreachable endpoint": (lambda entry: entry["auth"].update(auth_url="http://203.0.113.77/identity"), "203.0.113.77"),
    "unknown project": (
        lambda entry: entry["auth"].update(project_name="no-such-project"),
        "project",
    ),  # Keystone does not say which of the three is wrong
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_cloud_that_cannot_be_entered_is_refused_in_one_sentence(lab: Lab, tmp_path: Path, case: str) -> None:
    spoil, names = REFUSALS[case]
    done = refused(lab, tmp_path, "lab1", spoil)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert names in done.stderr + done.stdout


def test_a_certificate_that_nobody_trusts_is_refused(lab: Lab, tmp_path: Path) -> None:
    done = refused(lab, tmp_path, "lab2", lambda entry: entry.pop("cacert"))
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert "certificate" in (done.stderr + done.stdout).lower()


def refused(lab: Lab, tmp_path: Path, cloud: str, spoil: Callable[[dict[str, dict[str, str]]], object]) -> subprocess.CompletedProcess[str]:
    """Run on a copy of a cloud's entry that ``spoil`` has changed."""
    entry = yaml.safe_load(lab.clouds_file.read_text(encoding="utf-8"))["clouds"][cloud]
    spoil(entry)
    (tmp_path / "spoilt.yaml").write_text(yaml.safe_dump({"clouds": {"spoilt": entry}}), encoding="utf-8")
    there = Lab({**lab.environment, "INTEROP_CLOUDS_DIR": str(tmp_path)}, tmp_path / "reports")
    return there.interop("run", "behaviours", "--cloud", "spoilt", "--reports", str(there.reports), check=False)
