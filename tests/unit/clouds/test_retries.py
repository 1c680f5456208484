import logging
from typing import Any

import pytest
from openstack.connection import Connection

from harness.clouds.retries import counted
from tests.unit.wire import URL, Wire


def test_silent_repetitions_are_counted(connection: Connection, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystoneauth1.session.time.sleep", lambda _: None)
    answers: list[dict[str, Any]] = [{"status_code": 503}, {"status_code": 503}, {"json": {"networks": []}}]
    wire.get(f"{URL}/network/v2.0/networks", answers)
    with counted() as retries:
        assert list(connection.network.networks()) == []
    assert retries.words() == "2 × answered 503"


def test_nothing_is_counted_where_nothing_was_repeated(connection: Connection, wire: Wire) -> None:
    wire.get(f"{URL}/network/v2.0/networks", json={"networks": []})
    with counted() as retries:
        list(connection.network.networks())
        logging.getLogger("keystoneauth").warning("something else")
    assert retries.words() == ""
