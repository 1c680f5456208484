"""How an API answers plain reads. Nothing is repeated: what an SDK repeats in silence is just what is looked for."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from keystoneauth1 import exceptions as keystone
from keystoneauth1.session import Session

from harness.clouds.sorting import at_the_bottom

_SERVER_ERROR = 500
_HAS_VERSION = re.compile(r"/v\d[\d.]*(/|$)")


@dataclass(frozen=True)
class Read:
    """A read that costs an API little: its path below the API's ``version``, and what a reader types to ask the same."""

    version: str
    path: str
    command: str

    def url(self, endpoint: str) -> str:
        """Where it is asked; the catalogue's ``endpoint`` may end with a version, or not."""
        base = endpoint.rstrip("/")
        return f"{base}/{self.path}" if _HAS_VERSION.search(urlsplit(base).path) else f"{base}/{self.version}/{self.path}"


READS = {
    "identity": Read("v3", "auth/projects", "catalog list"),
    "compute": Read("v2.1", "flavors?limit=1", "flavor list --limit 1"),
    "image": Read("v2", "images?limit=1", "image list --limit 1"),
    "network": Read("v2.0", "networks?limit=1", "network list"),
    "block-storage": Read("v3", "volumes?limit=1", "volume list --limit 1"),
}
"""By service type."""


@dataclass(frozen=True)
class Reply:
    """What came back after ``seconds``: an HTTP ``status``, or 0 where nobody answered, with the reason in ``words``."""

    status: int
    seconds: float
    request_id: str = ""
    words: str = ""

    @property
    def is_server_error(self) -> bool:
        """Whether the service failed: it did not answer, or said itself that it cannot."""
        return self.status == 0 or self.status >= _SERVER_ERROR

    def __str__(self) -> str:
        if not self.status:
            return f"no answer: {self.words}"
        return f"{self.status} (request {self.request_id})" if self.request_id else f"{self.status}, without a request id"


def ask(session: Session, url: str, times: int, limit_s: float) -> tuple[Reply, ...]:
    """The replies to ``times`` reads of ``url``, one after another; fewer where nobody answers, which ends it."""
    replies: list[Reply] = []
    while len(replies) < times and not (replies and replies[-1].status == 0):
        replies.append(_once(session, url, limit_s))
    return tuple(replies)


def typical_ms(replies: Iterable[Reply]) -> float:
    """The median time of those that were answered, in milliseconds; 0 without any."""
    known = [each.seconds for each in replies if each.status]
    return round(median(known) * 1000, 1) if known else 0.0


def broke_down(error: keystone.ClientException) -> bool:
    """Whether ``error`` says that nobody answered, or that who did could not."""
    silent = isinstance(error, keystone.ConnectionError | keystone.DiscoveryFailure)
    return silent or (isinstance(error, keystone.HttpError) and (error.http_status or 0) >= _SERVER_ERROR)


def bottom_of(error: keystone.ClientException) -> str:
    """What is at the bottom of what keystoneauth tells of a connection, in one line."""
    return at_the_bottom(" ".join(str(error).split()))


def _once(session: Session, url: str, limit_s: float) -> Reply:
    start = time.monotonic()
    try:
        answer = session.get(url, raise_exc=False, connect_retries=0, status_code_retries=0, timeout=limit_s)
    except keystone.ConnectionError as error:
        return Reply(0, time.monotonic() - start, words=bottom_of(error))
    return Reply(answer.status_code, time.monotonic() - start, answer.headers.get("x-openstack-request-id", ""))
