"""What a check may ask for, by the names of these fixtures.

They are there where a cell is given (see :mod:`harness.checks.plugin`) and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

import pytest

from harness.checks.ladder import Ladder
from harness.checks.scene import CloudHandle, Scene
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault
from harness.model import CellPlan, Deployment, Endpoint, Facts, Json, Resource, Server
from harness.probes.inside_view import Listener, listening
from harness.probes.outside import Outside
from harness.probes.ssh import Guest


class Observe(Protocol):
    """The fixture ``observe``: record a typed value, such as ``observe("boot.to_active", 3.9, "s")``."""

    def __call__(self, name: str, value: Json, unit: str = "") -> None:
        """Record ``value``, in ``unit``, under ``name``."""


class Fixtures:
    """A plugin that has nothing but fixtures, all of one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    @pytest.fixture(scope="session")
    def cloud(self) -> CloudHandle:
        """The cloud: ``.name``, ``.facts``, ``.sdk`` (an openstacksdk connection)."""
        return self._scene.cloud

    @pytest.fixture(scope="session")
    def plan(self) -> CellPlan:
        """The cell's plan: its mark, limits, workload."""
        return self._scene.context.plan

    @pytest.fixture(scope="session")
    def facts(self) -> Facts:
        """What discovery found."""
        if self._scene.context.facts is None:
            raise HarnessFault("the cell's journal has no facts of the cloud")
        return self._scene.context.facts

    @pytest.fixture(scope="session")
    def deployment(self) -> Deployment:
        """What was deployed."""
        if self._scene.context.deployment is None:
            raise HarnessFault("the cell's journal has no deployment")
        return self._scene.context.deployment

    @pytest.fixture
    def server(self, request: pytest.FixtureRequest) -> Server:
        """The server that the check is about; a check with the subject ``server`` runs once for each."""
        return request.param  # type: ignore[no-any-return]

    @pytest.fixture
    def endpoint(self, request: pytest.FixtureRequest) -> Endpoint:
        """The endpoint that the check is about; a check with the subject ``endpoint`` runs once for each."""
        return request.param  # type: ignore[no-any-return]

    @pytest.fixture(scope="session")
    def guest_of(self) -> Callable[[Server], Guest]:
        """The inside of a server, as a testinfra host (with ``.shell`` for what testinfra has not)."""
        return self._scene.guest_of

    @pytest.fixture
    def guest(self, server: Server) -> Guest:
        """The inside of ``server``."""
        return self._scene.guest_of(server)

    @pytest.fixture
    def peers(self, server: Server) -> tuple[Server, ...]:
        """The other servers of the deployment."""
        return tuple(each for each in self._scene.context.servers if each.id != server.id)

    @pytest.fixture(scope="session")
    def outside(self) -> Outside:
        """Probes from where the harness stands: ``tcp``, ``http``, ``ping``."""
        return Outside()

    @pytest.fixture
    def listener(self) -> Iterator[Callable[[Server, int, str], Listener]]:
        """``listener(server, port, address)``: something listens there until the check ends, and was reached from inside at ``address``."""
        with ExitStack() as stack:

            def open_listener(server: Server, port: int, address: str) -> Listener:
                door: AbstractContextManager[Listener] = listening(self._scene.guest_of(server).shell, port, address)
                return stack.enter_context(door)

            yield open_listener

    @pytest.fixture(scope="session")
    def observe(self) -> Observe:
        """Record a typed value: ``observe("boot.to_active", 3.9, "s")``."""
        return self._scene.observe

    @pytest.fixture(scope="session")
    def evidence(self) -> Callable[[str], None]:
        """Add a line of evidence (of a log, of an API's answer) to the outcome."""
        return lambda line: self._scene.evidence.append(line)

    @pytest.fixture
    def eventually(self) -> Eventually:
        """Ask again until it is so: ``eventually("the page answers", lambda: outside.http(url).status == 200, 60)``."""
        check = self._scene.check
        return Eventually(check.id if check else "", self._scene.context.plan.limits)

    @pytest.fixture(scope="session")
    def ladder(self) -> Ladder:
        """Write a rung that this check has seen: ``ladder.reached(subject, "application", 41.3)``."""
        return self._scene.ladder

    @pytest.fixture(scope="session")
    def memory(self) -> dict[str, Any]:
        """What one check leaves for a later one of the same cell."""
        return self._scene.memory

    @pytest.fixture
    def subject(self) -> str:
        """What outcomes call the check's subject."""
        return self._scene.subject

    @pytest.fixture(scope="session")
    def inventories(self) -> dict[str, tuple[Resource, ...] | None]:
        """What the cell's journal has of inventories: ``before``, ``after``, and ``destroyed``."""
        context = self._scene.context
        return {"before": context.before, "after": context.after, "destroyed": context.destroyed}
