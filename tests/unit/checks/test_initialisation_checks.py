from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.checks import Unmet
from harness.checks import test_initialisation as checks
from harness.checks.unmet import DoesNotApply
from harness.errors import HarnessFault
from harness.model import CellPlan
from harness.probes.outside import Answer, Knock
from harness.probes.ssh import Door, Login, Result
from tests.unit.checks.cells import DEPLOYMENT, PLAN
from tests.unit.checks.conftest import FLOATING, World, console_of

RESULT_JSON = '{"v1": {"datasource": "DataSourceConfigDrive [net,ver=2][source=/dev/vdb]", "errors": []}}'


def datasource(world: World) -> None:
    guest_of: Any = world.guest_of
    checks.test_datasource(world.server(), world.cloud, DEPLOYMENT, world.outside, guest_of, world.observe, world.evidence.append)


def with_login(world: World, monkeypatch: pytest.MonkeyPatch, door: Door, words: str = "") -> Any:
    monkeypatch.setattr(checks, "try_login", lambda login, **_: (door, words))
    return SimpleNamespace(login=lambda server: Login(server.login_user, server.address, "/key"))


@pytest.mark.parametrize(
    ("source", "kind"), [("DataSourceOpenStackLocal", "metadata"), ("DataSourceConfigDrive", "config-drive"), ("DataSourceGCE", "GCE")]
)
def test_where_the_data_came_from(world: World, source: str, kind: str) -> None:
    world.consoles["id-one"] = console_of(source=source)
    datasource(world)
    assert world.observed == {"initialisation.datasource": kind}


def test_no_metadata_answer_is_read_from_the_console(world: World) -> None:
    world.consoles["id-one"] = "url_helper.py: Calling 'http://169.254.169.254/openstack' failed\n" + console_of(
        source="DataSourceNone"
    ).replace("ci-info: +++", "2026 url_helper.py[WARNING]: Calling 'http://169.254.169.254/openstack' failed [50/-1s]\nci-info: +++", 1)
    world.doors[FLOATING["one"], 22] = Knock(Answer.SILENT, 2)
    with pytest.raises(Unmet) as failure:
        datasource(world)
    assert failure.value.seen == "DataSourceNone"
    assert any("169.254.169.254" in line for line in world.evidence)


def test_cloud_init_that_switched_itself_off_had_no_data(world: World) -> None:
    world.consoles["id-one"] = "Debian GNU/Linux 12\n\none login: "
    world.doors[FLOATING["one"], 22] = Knock(Answer.SILENT, 2)
    with pytest.raises(Unmet, match="without a word of cloud-init"):
        datasource(world)


def test_without_a_console_the_result_inside_tells(world: World) -> None:
    world.consoles["id-one"] = None
    world.guests["one"].commands["result.json"] = Result(0, RESULT_JSON, "")
    datasource(world)
    assert world.observed == {"initialisation.datasource": "config-drive"}


def test_without_a_console_and_a_login_nothing_is_said(world: World) -> None:
    world.consoles["id-one"] = None
    world.doors[FLOATING["one"], 22] = Knock(Answer.SILENT, 2)
    with pytest.raises(pytest.skip.Exception):
        datasource(world)


def key(world: World, scene: Any) -> None:
    checks.test_ssh_key(world.server(), scene, world.cloud, world.eventually(), world.observe, world.evidence.append)


def test_the_key_lets_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key(world, with_login(world, monkeypatch, Door.IN))
    assert world.observed == {"initialisation.login-user": "debian"}


def test_a_key_that_the_metadata_lacked_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.consoles["id-one"] = console_of() + "ci-info: no authorized SSH keys fingerprints found for user debian.\n"
    with pytest.raises(Unmet) as failure:
        key(world, with_login(world, monkeypatch, Door.DENIED, "debian@203.0.113.11: Permission denied (publickey)."))
    assert "Permission denied (publickey)" in failure.value.seen
    assert world.evidence == ["console: cloud-init found no key for debian"]


def test_a_wrong_key(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checks.test_wrong_key(world.server(), with_login(world, monkeypatch, Door.DENIED), tmp_path)
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_a_server_that_lets_everybody_in_fails(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(Unmet):
        checks.test_wrong_key(world.server(), with_login(world, monkeypatch, Door.IN), tmp_path)


def test_a_broken_connection_says_nothing_about_a_wrong_key(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(HarnessFault):
        checks.test_wrong_key(world.server(), with_login(world, monkeypatch, Door.NO_ANSWER, "timed out"), tmp_path)


FIRST_RUN = "Sat Nov 21 08:44:03 UTC 2026\n"
LATER_RUN = "Sat Nov 21 08:50:03 UTC 2026\n"


SHELF = Path(__file__).parents[3] / "workloads"


def of_workload(folder: Path) -> CellPlan:
    return replace(PLAN, workload_folder=str(folder))


def user_data(world: World, memory: dict[Any, Any], workload: Path = SHELF / "two-servers") -> None:
    guest: Any = world.guests["one"]
    checks.test_user_data(guest, of_workload(workload), "one", memory, world.observe)


def user_data_after_reboot(world: World, memory: dict[Any, Any], workload: Path = SHELF / "two-servers") -> None:
    guest: Any = world.guests["one"]
    checks.test_user_data_after_reboot(guest, of_workload(workload), "one", memory, world.observe)


@pytest.mark.parametrize(("lines", "runs"), [("", 0), (FIRST_RUN + LATER_RUN, 2)])
def test_user_data_that_did_not_run_once(world: World, lines: str, runs: int) -> None:
    memory: dict[Any, Any] = {}
    user_data(world, memory)
    user_data_after_reboot(world, memory)
    world.guests["one"].commands["user-data.ran"] = Result(0, lines, "")
    with pytest.raises(Unmet):
        user_data(world, memory)
    with pytest.raises(Unmet):
        user_data_after_reboot(world, memory)
    assert world.observed["initialisation.user-data-runs-after-reboot"] == runs


def test_a_disk_that_was_reset_at_the_reboot(world: World) -> None:
    memory: dict[Any, Any] = {}
    user_data(world, memory)
    world.guests["one"].commands["user-data.ran"] = Result(0, LATER_RUN, "")
    with pytest.raises(Unmet, match="08:50:03") as failure:
        user_data_after_reboot(world, memory)
    assert "08:44:03" in failure.value.expected


@pytest.mark.parametrize("workload", ["docker-swarm", "lampstack", "two-servers"])
def test_a_workload_that_asks_is_held_to_it(world: World, workload: str) -> None:
    world.guests["one"].commands["user-data.ran"] = Result(1, "", "No such file or directory")
    with pytest.raises(Unmet, match="0 runs"):
        user_data(world, {}, SHELF / workload)


def test_a_workload_that_never_asks_is_not_held_to_it(world: World, tmp_path: Path) -> None:
    world.guests["one"].commands["user-data.ran"] = Result(1, "", "No such file or directory")
    (tmp_path / "site.yml").write_text("- hosts: servers\n")
    for place in ("checks", ".terraform"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "own").write_text("cat /var/lib/interop/user-data.ran\n")
    for check in (user_data, user_data_after_reboot):
        with pytest.raises(DoesNotApply, match=r"no file of the workload has user-data write to /var/lib/interop/user-data\.ran"):
            check(world, {}, tmp_path)
    assert world.observed == {}


def test_whether_a_workload_that_is_gone_asked_stays_unknown(world: World, tmp_path: Path) -> None:
    for check in (user_data, user_data_after_reboot):
        with pytest.raises(pytest.skip.Exception, match="gone is not there") as end:
            check(world, {}, tmp_path / "gone")
        assert not isinstance(end.value, DoesNotApply)


def test_without_a_look_before_the_reboot_nothing_is_said_after_it(world: World) -> None:
    with pytest.raises(pytest.skip.Exception, match="before the reboot") as end:
        user_data_after_reboot(world, {})
    assert not isinstance(end.value, DoesNotApply)


def test_a_domain_after_the_host_name_is_no_harm(world: World) -> None:
    world.guests["one"].view["hostname"] += ".novalocal"
    checks.test_hostname(world.server(), world.view(), world.observe)
    assert world.observed == {"initialisation.hostname-has-domain": True}


def test_another_host_name_fails(world: World) -> None:
    world.guests["one"].view["hostname"] = "debian"
    with pytest.raises(Unmet):
        checks.test_hostname(world.server(), world.view(), world.observe)


@pytest.mark.parametrize(
    ("name", "host_name"), [("interop-x-one", "interop-x-one"), ("Web Server_1", "web-server-1"), ("a.b", "a"), ("x" * 70, "x" * 63)]
)
def test_what_nova_makes_of_a_name(name: str, host_name: str) -> None:
    assert checks._host_name(name) == host_name
