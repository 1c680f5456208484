"""What makes a LAMP stack one: all tiers at work for one page, and the data in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from harness import redact
from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.rebooting import reboot
from harness.checks.scene import CloudHandle
from harness.checks.waiting import Eventually
from harness.model import Deployment, Endpoint, Server
from harness.probes.outside import Outside, Page, straight
from harness.probes.ssh import Guest

SERVED_BY = "x-served-by"
"""As HAProxy passes it on: it writes the names of headers in lower case."""
PASSWORD_FILE = "/root/lampstack/administrator"  # noqa: S105


@dataclass(frozen=True)
class Post:
    """A post that was written through the web server ``written_through``, by its address on the site."""

    url: str
    title: str
    written_through: str


def _servers(deployment: Deployment, role: str) -> list[Server]:
    return [each for each in deployment.servers if each.role == role]


def _database(deployment: Deployment) -> Server:
    return _servers(deployment, "database")[0]


def _showing(words: str, page: Page) -> Page:
    expect(page.status == 200 and words in page.text, expected=f"HTTP 200 with the words {words!r}", seen=page)
    return page


def _server_of(page: Page) -> str:
    return next((value for name, value in page.headers.items() if name.lower() == SERVED_BY), "nobody")


@check(
    "application.page",
    facet="application",
    needs=["addresses.three-ways", "egress.package"],
    subject="endpoint",
    source="interop-workloads: workloads/ansible/shade/lampstack",
)
def test_page(
    endpoint: Endpoint,
    deployment: Deployment,
    outside: Outside,
    eventually: Eventually,
    observe: Observe,
) -> None:
    """The page comes through the balancer, from each of the web servers.

    The address is asked until every web server has answered, which each tells in the header X-Served-By. The page is made by PHP from
    what the database holds, so all three tiers have to be at work. How long it took counts from the first request of the deployment,
    which ends when the page is there.
    """
    served: set[str] = set()

    def served_by() -> set[str]:
        served.add(_server_of(_showing("lampstack", outside.http(endpoint.url))))
        return served

    webs = {each.name for each in _servers(deployment, "web")}
    eventually(f"the page comes from {' and '.join(sorted(webs))}", served_by, 30, until=lambda seen: seen >= webs)
    observe("application.to_page", deployment.seconds, "s")


@check(
    "application.shared-post",
    facet="application",
    needs=["application.page"],
    subject="endpoint",
    source="DESIGN: all web servers, one database",
)
def test_shared_post(
    endpoint: Endpoint,
    deployment: Deployment,
    outside: Outside,
    guest_of: Callable[[Server], Guest],
    eventually: Eventually,
    memory: dict[str, Any],
) -> None:
    """A post written through one web server is read through the other.

    It is written over HTTP: a login as a person does it, then WordPress's own REST interface. The header X-Served-By of each answer
    tells which web server it went through.
    """
    password = guest_of(_database(deployment)).shell.output(f"sudo -n cat {PASSWORD_FILE}")
    redact.register(password)
    post = write_post(endpoint.url, password)

    def read_through() -> str:
        return _server_of(_showing(post.title, outside.http(post.url)))

    others = {each.name for each in _servers(deployment, "web")} - {post.written_through}
    eventually(f"the post is read through {' or '.join(sorted(others))}", read_through, 30, until=lambda seen: seen in others)
    memory["application.post"] = post


def write_post(url: str, password: str) -> Post:
    """Log in and write a post.

    Raises:
        Unmet: the site refused one of the steps.
    """
    title = f"written by a check: {token_hex(6)}"
    with straight() as session:
        session.get(f"{url}wp-login.php", timeout=20)
        login = {"log": "administrator", "pwd": password, "testcookie": "1"}
        entered = session.post(f"{url}wp-login.php", data=login, timeout=20, allow_redirects=False)
        expect(entered.status_code == 302, expected="a login that leads on (HTTP 302)", seen=f"HTTP {entered.status_code}")
        nonce = session.get(f"{url}wp-admin/admin-ajax.php", params={"action": "rest-nonce"}, timeout=20).text
        answer = session.post(
            url,
            params={"rest_route": "/wp/v2/posts"},
            json={"title": title, "content": "Written through one web server.", "status": "publish"},
            headers={"X-WP-Nonce": nonce},
            timeout=20,
        )
    expect(answer.status_code == 201, expected="a post that was created (HTTP 201)", seen=f"HTTP {answer.status_code}: {answer.text[:200]}")
    return Post(answer.json()["link"], title, answer.headers.get(SERVED_BY, "nobody"))


@check(
    "application.data-survives-reboot",
    facet="application",
    needs=["application.shared-post", "lifecycle.soft-reboot"],
    phase="disruptive",
    subject="cloud",
    source="DESIGN: data on the database server's own disk",
)
def test_data_survives_a_reboot(
    deployment: Deployment,
    cloud: CloudHandle,
    outside: Outside,
    guest_of: Callable[[Server], Guest],
    eventually: Eventually,
    observe: Observe,
    memory: dict[str, Any],
) -> None:
    """After a reboot of the database server the post is still there.

    The reboot is real: process 1 of the server is another than before. Nobody helps: the database has to come up by itself, and
    the balancer has to find the web servers well again.
    """
    post: Post = memory["application.post"]
    database = _database(deployment)
    asked = reboot(cloud.sdk, guest_of(database), outside, database, eventually, 240)
    eventually("the post is on the page", lambda: _showing(post.title, outside.http(post.url)), 120)
    observe("application.back-after-reboot", round(time.monotonic() - asked, 1), "s")
