"""What a check may ask for, by the names of these fixtures.

They are there where a cell is given (see :mod:`harness.checks.plugin`) and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

import pytest

from harness.checks.ladder import Ladder
from harness.checks.scene import CloudHandle, Plain, Scene
from harness.checks.waiting import Eventually
from harness.errors import HarnessFault
from harness.model import CellPlan, Deployment, Endpoint, Facts, Resource, Server
from harness.probes.inside_view import GuestView, Listener, listening
from harness.probes.outside import Outside
from harness.probes.ssh import Guest

SCENE = pytest.StashKey[Scene]()
"""Where a session's configuration keeps what its checks share."""


class Observe(Protocol):
    """The fixture ``observe``: record a typed value, such as ``observe("boot.to_active", 3.9, "s")``."""

    def __call__(self, name: str, value: Plain | Sequence[Plain], unit: str = "") -> None:
        """Record ``value``, in ``unit``, under ``name``."""


@pytest.fixture(scope="session")
def scene(request: pytest.FixtureRequest) -> Scene:
    """What the checks of the cell share; the other fixtures are views of it."""
    return request.config.stash[SCENE]


@pytest.fixture(scope="session")
def cloud(scene: Scene) -> CloudHandle:
    """The cloud: ``.name``, ``.facts``, ``.sdk`` (an openstacksdk connection)."""
    return scene.cloud


@pytest.fixture(scope="session")
def plan(scene: Scene) -> CellPlan:
    """The cell's plan: its mark, limits, workload."""
    return scene.context.plan


@pytest.fixture(scope="session")
def facts(scene: Scene) -> Facts:
    """What discovery found."""
    if scene.context.facts is None:
        raise HarnessFault("the cell's journal has no facts of the cloud")
    return scene.context.facts


@pytest.fixture(scope="session")
def deployment(scene: Scene) -> Deployment:
    """What was deployed."""
    if scene.context.deployment is None:
        raise HarnessFault("the cell's journal has no deployment")
    return scene.context.deployment


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """The server that the check is about; a check with the subject ``server`` runs once for each."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """The endpoint that the check is about; a check with the subject ``endpoint`` runs once for each."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def subject(scene: Scene) -> str:
    """What outcomes call the check's subject."""
    return scene.subject


@pytest.fixture(scope="session")
def guest_of(scene: Scene) -> Callable[[Server], Guest]:
    """The inside of a server, as a testinfra host (with ``.shell`` for what testinfra has not)."""
    return scene.guest_of


@pytest.fixture
def guest(scene: Scene, server: Server) -> Guest:
    """The inside of ``server``."""
    return scene.guest_of(server)


@pytest.fixture
def view(scene: Scene, server: Server) -> GuestView:
    """What ``server``'s guest knew of itself when the first of its checks asked; a check that wants to know it anew asks itself."""
    return scene.view_of(server)


@pytest.fixture
def peers(scene: Scene, server: Server) -> tuple[Server, ...]:
    """The other servers of the deployment that can be logged in to, as far as is known."""
    return tuple(each for each in scene.context.servers if each.id != server.id and scene.can_be_entered(each))


@pytest.fixture(scope="session")
def outside() -> Outside:
    """Probes from where the harness stands: ``tcp``, ``http``, ``ping``."""
    return Outside()


@pytest.fixture
def listener(scene: Scene) -> Iterator[Callable[[Server, int, str], Listener]]:
    """``listener(server, port, address)``: something listens there until the check ends, and was reached from inside at ``address``."""
    with ExitStack() as stack:

        def open_listener(server: Server, port: int, address: str) -> Listener:
            door: AbstractContextManager[Listener] = listening(scene.guest_of(server).shell, port, address)
            return stack.enter_context(door)

        yield open_listener


@pytest.fixture(scope="session")
def observe(scene: Scene) -> Observe:
    """Record a typed value: ``observe("boot.to_active", 3.9, "s")``."""
    return scene.observe


@pytest.fixture(scope="session")
def evidence(scene: Scene) -> Callable[[str], None]:
    """Add a line of evidence (of a log, of an API's answer) to the outcome."""
    return scene.add_evidence


@pytest.fixture
def eventually(scene: Scene) -> Eventually:
    """Ask again until it is so: ``eventually("the page answers", lambda: outside.http(url).status == 200, 60)``."""
    return Eventually(scene.check.id if scene.check else "", scene.context.plan.limits)


@pytest.fixture(scope="session")
def ladder(scene: Scene) -> Ladder:
    """Write a rung that this check has seen: ``ladder.reached(subject, "active", 3.9)``."""
    return scene.ladder


@pytest.fixture(scope="session")
def memory(scene: Scene) -> dict[Any, Any]:
    """What one check leaves for a later one of the same cell."""
    return scene.memory


@pytest.fixture(scope="session")
def inventories(scene: Scene) -> dict[str, tuple[Resource, ...] | None]:
    """What the cell's journal has of inventories: ``before``, ``after``, and ``destroyed``."""
    context = scene.context
    return {"before": context.before, "after": context.after, "destroyed": context.destroyed}
