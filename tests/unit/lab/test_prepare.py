"""What a cloud's operator is refused is one sentence, not a fault of the harness."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from keystoneauth1.exceptions import DiscoveryFailure
from openstack.exceptions import ForbiddenException

from harness.errors import LabError
from harness.lab.cloud import Cloud
from harness.lab.prepare import Operator, doing


@pytest.mark.parametrize("error", [DiscoveryFailure("no versions\nat all"), ForbiddenException("no versions")])
def test_what_an_api_refuses_is_an_error_of_the_lab_with_the_mend(error: Exception) -> None:
    with (
        pytest.raises(LabError, match=r"(?m)^lab1: offering the image failed: .*no versions$") as refused,
        doing("lab1", "offering the image"),
    ):
        raise error
    assert "interop lab status" in refused.value.mend


def test_anything_else_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), doing("lab1", "offering the image"):
        raise ZeroDivisionError


def test_the_operator_goes_through_no_proxy_of_the_hosts(clouds: list[Cloud], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody is there
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "elsewhere.example.org")
    operator = Operator(clouds[0], tmp_path / "ca.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = operator.connection.session.get(f"http://127.0.0.1:{server.server_port}/", authenticated=False)
        server.shutdown()
    assert answer.status_code == 200
