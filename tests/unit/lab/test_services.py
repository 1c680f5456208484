from __future__ import annotations

import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import outside
from harness.lab.access import environment, log_file
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.services import services_of

AUTHORITY = Path("/authority.pem")


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


def test_a_page_that_does_not_come_is_waited_for_in_bounds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert outside.answers(url, None, limit_s=0.2) == "does not answer within 0.2 s"


@pytest.mark.parametrize(("said", "problem"), [(b"220 mail\n", "speaks no HTTP"), (b"", "Remote end closed connection")])
def test_somebody_else_at_the_port_is_a_problem_and_no_error(said: bytes, problem: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as client:
                client.recv(1024)
                client.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        assert problem in outside.answers(f"http://127.0.0.1:{server.getsockname()[1]}/", None)
        thread.join()


def test_errors_come_back_too(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        outside.outside(tmp_path / "nowhere", os.getpid)
