"""The checks of the workload lampstack against small sites that behave, and that do not."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from harness.checks import Unmet
from harness.checks.waiting import Eventually
from harness.model import Deployment, Endpoint, Server
from harness.probes.outside import Outside
from tests.unit.workloads.reboots import reboots

CHECKS = Path(__file__).parents[3] / "workloads" / "lampstack" / "checks" / "test_application.py"
PASSWORD = "only-in-this-test"


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lampstack_checks", CHECKS)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


checks = _module()


def server(role: str, name: str, member_ports: tuple[int, ...] = ()) -> Server:
    return Server(f"id-{name}", name, role, "debian", "127.0.0.1", (22,), member_ports)


DEPLOYMENT = Deployment(
    servers=(
        server("balancer", "balancer"),
        server("web", "web-1", (80,)),
        server("web", "web-2", (80,)),
        server("database", "database", (3306,)),
    ),
    endpoints=(),
    branches={},
    private_key="/key",
    seconds=71.5,
)


class Site:
    """A balancer before web servers, as one process. ``webs`` serve in turn; each has its own posts when not ``shared``."""

    def __init__(self, webs: tuple[str, ...] = ("web-1", "web-2"), *, status: int = 200, shared: bool = True) -> None:
        self.url = ""
        self.turn = cycle(webs)
        self.status = status
        common: dict[str, str] = {}
        self.posts = {web: common if shared else {} for web in webs}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: str) -> tuple[int, str, str]:
        web = next(self.turn)
        posts = self.posts[web]
        if path == "/wp-login.php" and method == "POST":
            return (302 if parse_qs(body)["pwd"] == [PASSWORD] else 200), "", web
        if "rest_route" in query:
            posts["7"] = json.loads(body)["title"]
            return 201, json.dumps({"link": f"{self.url}?p=7"}), web
        return self.status, "lampstack " + posts.get(query.get("p", [""])[0], ""), web


@contextmanager
def serving(site: Site) -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlparse(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, text, web = site.answer(self.command, url.path, parse_qs(url.query), body)
            self.send_response(status)
            self.send_header("x-served-by", web)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        site.url = f"http://127.0.0.1:{http.server_port}/"
        try:
            yield Endpoint("page", site.url)
        finally:
            http.shutdown()
            thread.join()


def guest_with(password: str) -> Any:
    """Any server's inside, whose file of the password has ``password``."""
    return lambda _server: SimpleNamespace(shell=SimpleNamespace(output=lambda _command: password, close=lambda: None))


def soon() -> Eventually:
    """A wait whose clock is past every limit after a few looks."""
    ticks = iter(range(0, 100_000, 7))
    return Eventually("", {}, clock=lambda: float(next(ticks)), sleep=lambda _: None)


def observe_nothing(_name: str, _value: object, _unit: str = "") -> None:
    pass


def look_at_page(site: Site) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    with serving(site) as endpoint:
        checks.test_page(endpoint, DEPLOYMENT, Outside(), soon(), lambda name, value, _unit="": seen.update({name: value}))
    return seen


def share_a_post(site: Site, password: str = PASSWORD) -> dict[str, Any]:
    memory: dict[str, Any] = {}
    with serving(site) as endpoint:
        checks.test_shared_post(endpoint, DEPLOYMENT, Outside(), guest_with(password), soon(), memory)
    return memory


def test_a_page_from_both_web_servers_passes_and_tells_how_long_it_took() -> None:
    assert look_at_page(Site()) == {"application.to_page": 71.5}


def test_a_page_from_one_web_server_alone_fails() -> None:
    with pytest.raises(Unmet, match="web-1 and web-2"):
        look_at_page(Site(webs=("web-1",)))


def test_an_error_instead_of_the_page_fails_and_is_shown() -> None:
    with pytest.raises(Unmet, match="HTTP 503"):
        look_at_page(Site(status=503))


def test_a_post_read_through_the_other_web_server_passes() -> None:
    assert share_a_post(Site())["application.post"].written_through in ("web-1", "web-2")


def test_a_post_is_written_straight_to_the_site_whatever_proxy_the_caller_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # nobody is there
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "elsewhere.example.org")
    assert share_a_post(Site())["application.post"].written_through in ("web-1", "web-2")


def test_a_post_that_only_its_own_web_server_has_fails() -> None:
    with pytest.raises(Unmet, match="the post is read through"):
        share_a_post(Site(shared=False))


def test_a_login_that_is_refused_fails() -> None:
    with pytest.raises(Unmet, match="a login that leads on"):
        share_a_post(Site(), password="another-password")


def reboot(monkeypatch: pytest.MonkeyPatch, site: Site, *, restarts: bool = True) -> None:
    reboots(monkeypatch, restarts=restarts)
    with serving(site) as endpoint:
        memory = {"application.post": checks.Post(f"{endpoint.url}?p=7", "survivor", "web-1")}
        checks.test_data_survives_a_reboot(
            DEPLOYMENT, SimpleNamespace(sdk=None), Outside(), guest_with(PASSWORD), soon(), observe_nothing, memory
        )


def test_data_that_is_still_there_after_a_reboot_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    site.posts["web-1"]["7"] = "survivor"
    reboot(monkeypatch, site)


def test_data_that_is_gone_after_a_reboot_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="the post is on the page"):
        reboot(monkeypatch, Site())


def test_a_reboot_that_did_not_happen_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    site.posts["web-1"]["7"] = "survivor"
    with pytest.raises(Unmet, match="started anew"):
        reboot(monkeypatch, site, restarts=False)


def test_every_check_asks_for_the_subject_that_it_is_about() -> None:
    marked = [(name, each) for name, each in vars(checks).items() if name.startswith("test_")]
    specs = {name: next(mark.args[0] for mark in each.pytestmark if mark.name == "check") for name, each in marked}
    assert len(specs) == 3
    for name, each in marked:
        subject = specs[name].subject
        assert subject == "cloud" or subject in each.__annotations__, name
