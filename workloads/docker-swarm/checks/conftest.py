"""What the checks of a swarm have besides the harness's own fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.checks.scene import Scene
from harness.model import Deployment
from harness.probes.swarm import Swarm


@pytest.fixture(scope="session")
def swarm(scene: Scene, deployment: Deployment) -> Iterator[Swarm]:
    """The swarm: Docker on each server, and what the manager knows."""
    found = Swarm(deployment.servers, scene.login)
    yield found
    found.close()
