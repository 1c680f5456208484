"""The ladder of every server, timed while the engine is still at work and the checks are, from accepted up to the application.

Seconds count from when the creation was accepted: the cloud's own time of it (in whole seconds) where its clock agrees with ours, else
when the server was first seen. The last rung is that of servers with an endpoint, which only the finished deployment tells of.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from keystoneauth1.exceptions import ClientException
from openstack.connection import Connection
from openstack.exceptions import SDKException

from harness.cell.salvage import address_of, servers_by_mark
from harness.errors import Verdictful
from harness.journal import Journal
from harness.model import LADDER, Deployment, Mark
from harness.probes import api, console
from harness.probes.outside import Outside
from harness.probes.ssh import Door, Login, Shell, try_login

POLL_S = 1.0
"""How often every server is looked at: the ladder's times are that coarse."""

_MAY_LACK = ("console", "cloud-init")
"""Some clouds have no console log, some images no cloud-init; that keeps no server from climbing on."""

_UP = ("ACTIVE", "SHUTOFF")

_CLOCKS_AGREE_S = 5.0
_PAGE_S = 2.0


@dataclass
class _Climber:
    """One server on its way up."""

    id: str
    subject: str
    since: float
    address: str = ""
    status: str = ""
    reached: set[str] = field(default_factory=set)


class Watch:
    """Looks at a cell's servers from a thread of its own, and writes each rung when it is first seen."""

    def __init__(self, connection: Connection, journal: Journal, mark: Mark, model: str, login_user: str, private_key: Path) -> None:
        self._connection = connection
        self._journal = journal
        self._mark = mark
        self._model = model
        self._user = login_user
        self._key = str(private_key)
        self._climbers: dict[str, _Climber] = {}
        self._deployed: frozenset[str] | None = None
        self._urls: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._rungs: dict[str, Callable[[_Climber], bool]] = {
            "active": lambda climber: climber.status in _UP,
            "console": self._speaks,
            "port-22": self._answers,
            "ssh-login": self._opens,
            "cloud-init": self._is_done,
            "application": self._shows,
        }
        self._over = Event()
        self._thread = Thread(target=self._run, name="ladder", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look_for_pages(self, deployment: Deployment) -> None:
        """From now on the endpoints are known, and so is the last rung of the servers that have one; the addresses are the payload's."""
        self._told = {each.id: each.address for each in deployment.servers if each.address}
        self._urls = {urlsplit(each.url).hostname or "": each.url for each in deployment.endpoints}
        self._deployed = frozenset(each.id for each in deployment.servers)

    def finish(self) -> None:
        """End, wherever the servers are by now."""
        self._over.set()
        self._thread.join(timeout=30)

    def _nothing_more_to_see(self) -> bool:
        """Whether every server is known, and as far up as it can come."""
        if self._deployed is None or not self._deployed <= self._climbers.keys():
            return False
        return all(map(self._at_the_top, self._climbers.values()))

    def _at_the_top(self, climber: _Climber) -> bool:
        return set(LADDER if climber.address in self._urls else LADDER[:-1]) <= climber.reached

    def _run(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            while not self._over.wait(POLL_S):
                if self._nothing_more_to_see():
                    return
                try:
                    servers = servers_by_mark(self._connection, self._mark)
                except (SDKException, ClientException):
                    continue
                list(pool.map(self._look, servers))

    def _look(self, server: Any) -> None:
        climber = self._climbers.get(server.id) or self._begin(server)
        climber.status = server.status
        self._find_address(climber, server)
        for rung, is_reached in self._rungs.items():
            if rung in climber.reached:
                continue
            if not self._over.is_set() and is_reached(climber):
                climber.reached.add(rung)
                self._journal.write("ladder", subject=climber.subject, rung=rung, seconds=round(max(0.0, time.time() - climber.since), 2))
            elif rung not in _MAY_LACK:
                return

    def _find_address(self, climber: _Climber, server: Any) -> None:
        """openstacksdk's address as long as nothing was told; then the payload's. Where they differ, that is noted."""
        if not climber.address and climber.status in _UP:
            climber.address = address_of(self._connection, server, self._model)
        told = self._told.get(climber.id)
        if told and climber.address and told != climber.address:
            words = f"{climber.subject}: openstacksdk reaches it at {climber.address}, the payload at {told}"
            self._journal.write("note", text=words)
        climber.address = told or climber.address

    def _begin(self, server: Any) -> _Climber:
        now, created = time.time(), api.moment(server.created_at)
        since = created if abs(now - created) < _CLOCKS_AGREE_S else now
        climber = _Climber(server.id, server.name.removeprefix(f"{self._mark.prefix}-"), since, reached={"accepted"})
        self._climbers[server.id] = climber
        self._journal.write("ladder", subject=climber.subject, rung="accepted", seconds=0.0)
        return climber

    def _answers(self, climber: _Climber) -> bool:
        return bool(climber.address) and Outside().tcp(climber.address, 22, 1.0).is_open

    def _speaks(self, climber: _Climber) -> bool:
        try:
            return bool(console.plain(api.console(self._connection, climber.id)).strip())
        except (SDKException, ClientException, Verdictful):
            return False

    def _opens(self, climber: _Climber) -> bool:
        return try_login(Login(self._user, climber.address, self._key), limit_s=4)[0] is Door.IN

    def _shows(self, climber: _Climber) -> bool:
        url = self._urls.get(climber.address)
        return url is not None and Outside().http(url, _PAGE_S).is_there

    def _is_done(self, climber: _Climber) -> bool:
        shell = Shell(Login(self._user, climber.address, self._key))
        try:
            return shell.run("test -e /run/cloud-init/result.json", limit_s=5).rc == 0
        except Verdictful:
            return False
        finally:
            shell.close()
