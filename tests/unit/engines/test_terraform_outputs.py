from __future__ import annotations

from typing import Any

import pytest

from harness import redact
from harness.engines.terraform_outputs import deployment_of
from harness.errors import EngineError
from harness.model import Endpoint, Server

SERVER = {"id": "s", "name": "interop-x-web", "role": "web", "login_user": "debian", "address": "192.0.2.7"}
GOOD = {"servers": [{**SERVER, "public_ports": [22, 80], "member_ports": [2377]}], "endpoints": [{"name": "page", "url": "http://x/"}]}


def outputs(**values: Any) -> dict[str, Any]:
    return {name: {"sensitive": False, "value": value} for name, value in {**GOOD, "branches": {"address": "direct"}, **values}.items()}


def test_outputs_are_a_deployment() -> None:
    found = deployment_of(outputs(), "/key", 1.234)
    assert found.servers == (Server("s", "interop-x-web", "web", "debian", "192.0.2.7", (22, 80), (2377,)),)
    assert found.endpoints == (Endpoint("page", "http://x/"),)
    assert (found.branches, found.private_key, found.seconds) == ({"address": "direct"}, "/key", 1.23)


def test_outputs_that_nobody_asked_for_do_no_harm() -> None:
    assert deployment_of(outputs(swarm={"join": 1}), "/key", 1).servers


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"servers": None}, r"servers has another shape: servers: it should be a valid list"),
        ({"servers": {"a": SERVER}}, r"servers has another shape: servers: it should be a valid list"),
        ({"servers": [{**SERVER, "id": 7}]}, r"servers\[0\]\.id: it should be a valid string"),
        ({"servers": [{**SERVER, "public_ports": ["22"]}]}, r"servers\[0\]\.public_ports\[0\]: it should be a valid integer"),
        ({"servers": [{"id": "s"}]}, r"servers\[0\]\.name: Field required"),
        ({"servers": [{**SERVER, "colour": "red"}]}, r"nobody knows servers\[0\]\.colour"),
        ({"branches": {"made": True}}, r"branches\.made: it should be a valid string"),
        ({"endpoints": ["http://x/"]}, r"endpoints\[0\]"),
    ],
)
def test_another_shape_is_said_with_its_place(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(EngineError, match=words) as failure:
        deployment_of(outputs(**changed), "/key", 1)
    assert "servers is a list of" in failure.value.mend


@pytest.mark.parametrize("name", ["servers", "endpoints", "branches"])
def test_an_output_that_is_missing_is_named(name: str) -> None:
    without = {each: value for each, value in outputs().items() if each != name}
    with pytest.raises(EngineError, match=f"no output {name}"):
        deployment_of(without, "/key", 1)


def test_what_cannot_be_recorded_must_not_be_asked_for() -> None:
    told = outputs()
    told["servers"]["sensitive"] = True
    with pytest.raises(EngineError, match="servers is sensitive"):
        deployment_of(told, "/key", 1)


def test_sensitive_outputs_are_blotted_out_whatever_they_are_wrapped_in() -> None:
    secrets = {"sensitive": True, "value": {"a": ["first-secret", {"b": "second-secret"}], "n": 7}}
    deployment_of({**outputs(), "tokens": secrets}, "/key", 1)
    assert redact.redact("first-secret second-secret") == f"{redact.BLOT} {redact.BLOT}"
