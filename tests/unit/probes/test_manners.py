"""An API on this machine's loopback that fails when it is told to: real sockets, keystoneauth's own session."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from keystoneauth1 import exceptions as keystone
from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token

from harness.probes.manners import READS, Reply, ask, broke_down, typical_ms


class Api(ThreadingHTTPServer):
    """Answers with the statuses given, one after another, then with 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.asked = 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v2.0/networks?limit=1"


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("x-openstack-request-id", f"req-{self.server.asked}")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def session() -> Session:
    return Session(auth=Token("http://127.0.0.1/", "token"))


def test_an_api_that_answers(api: Api) -> None:
    replies = ask(session(), api.url, 5, 2)
    assert [each.status for each in replies] == [200] * 5
    assert not any(each.is_server_error for each in replies)
    assert typical_ms(replies) > 0


def test_one_503_is_seen_and_not_repeated(api: Api) -> None:
    api.statuses = [200, 503]
    replies = ask(session(), api.url, 4, 2)
    assert [each.status for each in replies] == [200, 503, 200, 200]
    assert api.asked == 4
    assert str(replies[1]) == "503 (request req-2)"
    assert str(Reply(502, 0.01)) == "502, without a request id"


def test_a_refusal_is_an_answer(api: Api) -> None:
    api.statuses = [403, 404]
    assert not any(each.is_server_error for each in ask(session(), api.url, 2, 2))


def test_nobody_is_asked_once(api: Api) -> None:
    api.shutdown()
    api.server_close()
    (reply,) = ask(session(), api.url, 5, 1)
    assert reply.is_server_error
    assert str(reply) == "no answer: Connection refused"
    assert typical_ms([reply]) == 0


def test_an_api_that_hangs_is_asked_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        (reply,) = ask(session(), f"http://127.0.0.1:{door.getsockname()[1]}/", 5, 0.3)
    assert reply.is_server_error


@pytest.mark.parametrize(
    ("service", "endpoint", "url"),
    [
        ("network", "http://acme.example:9696", "http://acme.example:9696/v2.0/networks?limit=1"),
        ("network", "http://acme.example/network/v2.0/", "http://acme.example/network/v2.0/networks?limit=1"),
        ("compute", "http://acme.example:8774/v2.1", "http://acme.example:8774/v2.1/flavors?limit=1"),
        ("block-storage", "http://acme.example/v3/0123", "http://acme.example/v3/0123/volumes?limit=1"),
    ],
)
def test_where_a_service_is_asked(service: str, endpoint: str, url: str) -> None:
    assert READS[service].url(endpoint) == url


@pytest.mark.parametrize(
    ("error", "broken"),
    [
        (keystone.ConnectFailure("refused"), True),
        (keystone.ServiceUnavailable("later"), True),
        (keystone.Unauthorized("no"), False),
        (keystone.MissingAuthPlugin("none"), False),
    ],
)
def test_what_says_that_a_service_broke_down(error: keystone.ClientException, broken: bool) -> None:
    assert broke_down(error) is broken


def test_a_service_without_an_answer_has_no_typical_time() -> None:
    assert typical_ms([Reply(200, 0.010), Reply(200, 0.030), Reply(503, 0.020)]) == 20.0
