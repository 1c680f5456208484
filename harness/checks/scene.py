"""What the checks of one cell share: the cloud, the servers, the logins, and what the present check has recorded so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from openstack.connection import Connection

from harness.checks.blame import Ledger
from harness.checks.context import CellContext
from harness.checks.ladder import Ladder
from harness.checks.marks import Spec
from harness.clouds.config import CloudEntry, connect
from harness.errors import HarnessFault
from harness.model import Endpoint, Facts, Observation, Server, Verdict
from harness.probes.inside_view import GuestView, look
from harness.probes.ssh import Guest, Login, Shell

_LOGIN_CHECKS = ("initialisation.ssh-key", "addresses.three-ways")

Plain: TypeAlias = bool | int | float | str | None


class CloudHandle:
    """The fixture ``cloud``: its name, what discovery found, and a connection."""

    def __init__(self, context: CellContext) -> None:
        self._plan = context.plan
        self.name = context.plan.cloud
        self.facts: Facts | None = context.facts

    @cached_property
    def sdk(self) -> Connection:
        """An openstacksdk connection as the cell's project member, made when first asked for."""
        file = self._plan.config_file
        entry = CloudEntry(self.name, Path(file) if file else None, self._plan.netns)
        return connect(entry, self._plan.global_request_id)


class Scene:
    """Made once for a cell; :meth:`begin` is called before every check."""

    def __init__(self, context: CellContext, ledger: Ledger, ladder: Ladder) -> None:
        self.context = context
        self.ledger = ledger
        self.cloud = CloudHandle(context)
        self.ladder = ladder
        self.memory: dict[Any, Any] = {}
        self.check: Spec | None = None
        self.subject = ""
        self.observed: list[Observation] = []
        self.evidence: list[str] = []
        self.retried: Counter[str] = Counter()
        """What openstacksdk repeated in silence in all checks so far, by reason."""
        self._guests: dict[str, Guest] = {}
        self._views: dict[str, GuestView] = {}

    def begin(self, check: Spec, subject: str) -> None:
        """Forget what the check before recorded."""
        self.check, self.subject = check, subject
        self.observed, self.evidence = [], []

    def observe(self, name: str, value: Plain | Sequence[Plain], unit: str = "") -> None:
        """Record a typed value for the present check; a later one of the same name replaces it."""
        single = value is None or isinstance(value, bool | int | float | str)
        self.observed = [each for each in self.observed if each.name != name]
        self.observed.append(Observation(name, value if single else list(value), unit))  # type: ignore[arg-type]

    def add_evidence(self, line: str) -> None:
        """Record a line of evidence for the present check."""
        self.evidence.append(line)

    def subjects(self, kind: str) -> dict[str, Server | Endpoint]:
        """What checks about a ``kind`` of subject run for, by the name that outcomes use."""
        deployment = self.context.deployment
        if deployment is None:
            return {}
        if kind == "endpoint":
            return {each.name: each for each in deployment.endpoints}
        return {self.context.subject(each): each for each in deployment.servers}

    def subject_name(self, kind: str, value: Server | Endpoint | None) -> str:
        """The name that outcomes use; the kind itself when there is none of it."""
        return next((name for name, each in self.subjects(kind).items() if each == value), kind)

    def server_called(self, subject: str) -> Server | None:
        """The server that outcomes call ``subject``."""
        found = self.subjects("server").get(subject)
        return found if isinstance(found, Server) else None

    def can_be_entered(self, server: Server) -> bool:
        """Whether no check has found that a login at ``server`` fails or leads somewhere else."""
        known = (self.ledger.of(check, self.context.subject(server)) for check in _LOGIN_CHECKS)
        return all(each is None or each.verdict is Verdict.PASS for each in known)

    @property
    def private_key(self) -> str:
        """The path of the key that lets in."""
        return self.context.deployment.private_key if self.context.deployment else ""

    def login(self, server: Server) -> Login:
        """Who logs in at ``server``.

        Raises:
            HarnessFault: it has no address from outside.
        """
        if not server.address:
            raise HarnessFault(f"{server.name} has no address that could be reached from outside")
        return Login(server.login_user, server.address, self.private_key)

    def guest_of(self, server: Server) -> Guest:
        """The inside of ``server``; its connection is kept for the next that asks."""
        if server.id not in self._guests:
            self._guests[server.id] = Guest(Shell(self.login(server)))
        return self._guests[server.id]

    def view_of(self, server: Server) -> GuestView:
        """What the guest of ``server`` knew of itself when it was first asked."""
        if server.id not in self._views:
            self._views[server.id] = look(self.guest_of(server).shell)
        return self._views[server.id]

    def close(self) -> None:
        """End all logins."""
        for each in self._guests.values():
            each.shell.close()
