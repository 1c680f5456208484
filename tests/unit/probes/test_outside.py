"""Probes against this machine's own loopback: real sockets, no cloud."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.errors import HarnessFault
from harness.probes.inside import guest, knock, listen, ping
from harness.probes.outside import Answer, Outside, Page, read_ping, straight
from harness.probes.push import push


@pytest.fixture
def free_port() -> int:
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture
def greeter() -> Iterator[int]:
    """A port where somebody says a line to whoever comes, and never reads."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def greet() -> None:
            try:
                while True:
                    connection, _ = door.accept()
                    opened.append(connection)
                    connection.sendall(b"SSH-2.0-test\r\n")
            except OSError:
                return

        opened: list[socket.socket] = []
        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)  # wakes accept, which closing alone does not
        thread.join()
        for each in opened:
            each.close()


def test_an_open_port_and_its_greeting(greeter: int) -> None:
    knocked = Outside().tcp("127.0.0.1", greeter, listen=True)
    assert (knocked.answer, knocked.word, knocked.is_open) == (Answer.OPEN, "SSH-2.0-test", True)
    assert str(knocked).startswith("open after ")


def test_a_refused_port(free_port: int) -> None:
    knocked = Outside().tcp("127.0.0.1", free_port)
    assert knocked.answer is Answer.REFUSED
    assert knocked.someone_is_there
    assert not knocked.is_open


def test_a_silent_port(free_port: int) -> None:
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", free_port))
        door.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(("127.0.0.1", free_port))
        assert Outside().tcp("127.0.0.1", free_port, 0.3).answer is Answer.SILENT
        for each in waiting:
            each.close()


def test_an_address_to_which_no_way_leads() -> None:
    assert Outside().tcp("255.255.255.255", 80, 0.5).answer in (Answer.UNREACHABLE, Answer.SILENT)


def test_bytes_that_are_acknowledged(greeter: int) -> None:
    assert push("127.0.0.1", greeter, 8192, 2) == 0


def test_bytes_to_a_machine_that_does_not_take_them(free_port: int) -> None:
    with closing(socket.socket()) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        door.bind(("127.0.0.1", free_port))
        door.listen(1)
        assert push("127.0.0.1", free_port, 4_000_000, 0.5) > 0


def test_bytes_to_nobody(free_port: int) -> None:
    assert Outside().push("127.0.0.1", free_port, 8192, 0.5) == 8192


def test_a_page_and_no_page(free_port: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(b"moved")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = Outside().http(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
    assert (page.status, page.text, str(page)) == (302, "moved", "HTTP 302")
    nobody = Outside().http(f"http://127.0.0.1:{free_port}/", 1)
    assert (nobody.status, nobody.text) == (0, "")
    assert "refused" in str(nobody)
    assert str(Page(200)) == "HTTP 200"


def test_a_page_is_asked_for_straight_whatever_proxy_and_password_the_caller_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.extend([self.path, self.headers["Authorization"], self.headers["Connection"]])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"there")

        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password once\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody is there
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "elsewhere.example.org")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = Outside().http(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
    assert (page.status, page.text) == (200, "there")
    assert seen == ["/", None, "close"]


def test_the_certificates_that_the_environment_names_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert straight().verify is True
    monkeypatch.setenv("CURL_CA_BUNDLE", "/curl.pem")
    assert straight().verify == "/curl.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/requests.pem")
    assert straight().verify == "/requests.pem"


def test_a_ping_that_is_answered_and_one_that_does_not_fit() -> None:
    try:
        answered = Outside().ping("127.0.0.1", 1400)
    except HarnessFault:
        pytest.skip("this user may not send ICMP")
    assert answered.answered
    assert ping.ping("127.0.0.1", 65535 + 100, 1, 0.2)["received"] == 0


def test_who_may_not_ping_is_a_harness_fault() -> None:
    with pytest.raises(HarnessFault):
        read_ping(84, {"sent": 0, "received": 0, "seconds": 0.0, "error": "forbidden"})


def test_the_checksum_of_an_echo_request_is_right() -> None:
    packet = ping._request(1, 84)
    assert len(packet) == 84 - 20
    assert ping._checksum(packet) == 0


def test_a_listener_is_proven_and_ends(free_port: int) -> None:
    begun = listen.listen(free_port, "word", 30, "127.0.0.1")
    try:
        assert (begun["state"], begun["heard"]) == ("started", "word")
        assert knock.knock("127.0.0.1", free_port, 1, listen=True)["word"] == "word"
    finally:
        os.kill(begun["pid"], 15)
        os.waitpid(begun["pid"], 0)


def test_a_listener_takes_both_versions_of_ip(free_port: int) -> None:
    begun = listen.listen(free_port, "word", 30, "::1")
    try:
        assert (begun["state"], begun["heard"]) == ("started", "word")
        assert knock.knock("127.0.0.1", free_port, 1, listen=True)["word"] == "word"
        assert listen.listen(free_port, "word", 30, "::1")["state"] == "taken"
    finally:
        os.kill(begun["pid"], 15)
        os.waitpid(begun["pid"], 0)


def test_a_listener_where_the_kernel_knows_no_ipv6(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "AF_INET6", 12345)
    begun = listen.listen(free_port, "word", 30, "127.0.0.1")
    os.kill(begun["pid"], 15)
    os.waitpid(begun["pid"], 0)
    assert (begun["state"], begun["heard"]) == ("started", "word")


def test_from_which_address_something_would_be_sent() -> None:
    assert Outside().source("127.0.0.1") == "127.0.0.1"
    assert Outside().source("255.255.255.255") == ""


def test_a_port_that_is_taken_is_left_alone(greeter: int) -> None:
    begun = listen.listen(greeter, "word", 30, "127.0.0.1")
    assert (begun["state"], begun["pid"], begun["heard"]) == ("taken", 0, "")


@pytest.mark.parametrize("program", [guest, knock, listen, ping])
def test_what_runs_inside_needs_nothing_but_the_standard_library(program: object) -> None:
    source = Path(str(program.__file__))  # type: ignore[attr-defined]
    code = f"import ast,sys; exec(compile(open({str(source)!r}).read(), 'program', 'exec'), {{'__name__': 'program'}})"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, timeout=30)
