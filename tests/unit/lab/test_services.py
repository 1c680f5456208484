from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import outside
from harness.lab.access import environment, log_file
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import find_specs
from harness.lab.paths import Cache
from harness.lab.services import Service, identity, services_of
from harness.lab.supervisor import Supervisor

AUTHORITY = Path("/authority.pem")


class Here(Bundle):
    """A bundle that is this machine itself."""

    def inside(self, path: str) -> Path:
        return Path(path)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Here("test", Cache(tmp_path))


@pytest.fixture
def clouds(bundle: Bundle) -> list[Cloud]:
    made = [Cloud(bundle, spec) for spec in find_specs().values()]
    for cloud in made:
        cloud.make_folders()
        (cloud.folder / "etc/spec.json").write_text(cloud.spec.model_dump_json(), encoding="utf-8")
    return made


def test_every_service_can_be_started_and_asked(clouds: list[Cloud]) -> None:
    for cloud in clouds:
        for service in services_of(cloud):
            assert bool(service.command) != service.is_python
            assert bool(service.probe) != bool(service.url)


def test_only_the_cloud_with_a_metadata_service_has_an_agent_for_it(clouds: list[Cloud]) -> None:
    names = {cloud.name: {service.name for service in services_of(cloud)} for cloud in clouds}
    assert names["lab1"] - names["lab2"] == {"metadata"}


def test_clouds_are_found_again_by_what_was_written_down(bundle: Bundle, clouds: list[Cloud]) -> None:
    assert [cloud.spec for cloud in Cloud.all_of(bundle)] == [cloud.spec for cloud in clouds]


def test_the_environment_is_the_members_unless_the_administrators_is_asked_for(bundle: Bundle, clouds: list[Cloud]) -> None:
    member, admin = (environment(bundle, "lab2", AUTHORITY, admin=admin) for admin in (False, True))
    assert (member["OS_USERNAME"], admin["OS_USERNAME"]) == (clouds[1].spec.member.user, "admin")
    assert member["OS_PASSWORD"] != admin["OS_PASSWORD"]
    assert member["OS_CACERT"] == str(AUTHORITY)
    assert "OS_CACERT" not in environment(bundle, "lab1", AUTHORITY)


def test_what_is_not_there_is_named_with_what_is(bundle: Bundle, clouds: list[Cloud]) -> None:
    with pytest.raises(LabError, match="there are lab1, lab2"):
        environment(bundle, "lab9", AUTHORITY)
    with pytest.raises(LabError, match=r"its services are .*nova"):
        log_file(bundle, "lab1", "novva")


def test_a_service_runs_only_while_its_very_process_does(bundle: Bundle, tmp_path: Path) -> None:
    service = Service("cloud", "service", tmp_path)
    service.pidfile.parent.mkdir()
    supervisor = Supervisor(bundle, AUTHORITY)
    assert supervisor.pid(service) == 0
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        service.pidfile.write_text(identity(bundle, process.pid), encoding="utf-8")
        assert supervisor.pid(service) == process.pid
        service.pidfile.write_text(f"{process.pid} 1", encoding="utf-8")
        assert supervisor.pid(service) == 0
        process.communicate(b"\n")
        service.pidfile.write_text(f"{process.pid} 1", encoding="utf-8")
    assert supervisor.pid(service) == 0


def test_waiting_ends_with_the_last_words_of_a_service_that_ended(bundle: Bundle, tmp_path: Path) -> None:
    service = Service("lab1", "nova", tmp_path)
    for file, text in ((service.pidfile, "1 1"), (service.output, "Traceback\nRuntimeError: no driver\n")):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match="lab1: nova ended while it started: RuntimeError: no driver"):
        Supervisor(bundle, AUTHORITY).wait([service], 5)


def test_waiting_ends_when_it_is_given_up(bundle: Bundle, tmp_path: Path) -> None:
    supervisor = Supervisor(bundle, AUTHORITY)
    supervisor.given_up.set()
    with pytest.raises(LabError, match="not waited for any longer"):
        supervisor.wait([Service("lab1", "nova", tmp_path)], 60)


class Statuses(BaseHTTPRequestHandler):
    """Answers with the status that the path names."""

    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        return


@pytest.mark.parametrize(
    ("status", "problem"), [(200, ""), (300, ""), (401, ""), (404, ""), (500, ""), (502, "HTTP 502"), (503, "HTTP 503")]
)
def test_an_api_answers_with_anything_but_its_fronts_own_errors(status: int, problem: str) -> None:
    with HTTPServer(("127.0.0.1", 0), Statuses) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert outside.answers(f"http://127.0.0.1:{server.server_port}/{status}", None) == problem
        thread.join()


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "refused" in outside.answers(f"http://127.0.0.1:{port}/", None)


def test_errors_come_back_too(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        outside.outside(tmp_path / "nowhere", os.getpid)
