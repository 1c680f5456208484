"""Whole rounds on both clouds: the main job, what survives it, how it is interrupted, what it refuses."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from .background import family, folder_of, in_background, kill, until, what_there_is
from .conftest import Lab, Run

REPORT_KEYS = {"run", "clouds", "workloads", "catalogue", "outcomes", "inputs", "branches", "leftovers"}
FORMS = ("report.json", "report.html", "report.md", "junit.xml")


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
    secrets = [secret.encode() for secret in lab.secrets()]
    written = [path for path in lamp.folder.rglob("*") if path.is_file()]
    assert [path for path in written if any(secret in path.read_bytes() for secret in secrets)] == []
    assert len(written) > len(FORMS)


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


def test_after_kill_9_sweep_removes_what_the_run_left_and_nothing_of_a_stranger(lab: Lab, tmp_path: Path) -> None:
    lab.openstack("lab1", "port", "create", "--network", lab.openstack("lab1", "network", "create", "stranger")["id"], "strangers-port")
    try:
        before = what_there_is(lab)
        with with_servers(lab, tmp_path) as running:
            kill(family(running))
            running.communicate(timeout=60)
            run = folder_of(tmp_path).name
            assert what_there_is(lab)["server"] - before["server"]
            shown = lab.interop("sweep", "--cloud", "lab1", "--run", run).stdout
            assert "interop-" in shown
            assert what_there_is(lab)["server"] - before["server"], "showing must not remove"
            lab.interop("sweep", "--cloud", "lab1", "--run", run, "--yes")
            assert what_there_is(lab) == before
    finally:
        lab.client("lab1", "port", "delete", "strangers-port")
        lab.client("lab1", "network", "delete", "stranger")


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
