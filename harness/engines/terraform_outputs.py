"""A Terraform payload's outputs → a deployment: ``servers``, ``endpoints`` and ``branches``, and what stands in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from harness import redact
from harness.errors import EngineError
from harness.manifest.reading import Written
from harness.model import Deployment

SHAPE = (
    "servers is a list of {id, name, role, login_user, address, public_ports, member_ports}, "
    "endpoints a list of {name, url}, branches a map of texts; none of them is sensitive"
)
"""What a payload's outputs look like, for whoever writes one."""


class _Server(Written):
    id: str
    name: str
    role: str
    login_user: str
    address: str
    public_ports: list[int] = Field(default=[22])
    member_ports: list[int] = Field(default=[])


class _Endpoint(Written):
    name: str
    url: str


class _Outputs(Written):
    servers: list[_Server]
    endpoints: list[_Endpoint]
    branches: dict[str, str]


def deployment_of(outputs: Mapping[str, Mapping[str, Any]], private_key: str, seconds: float) -> Deployment:
    """The deployment that ``terraform output -json`` tells of. Texts in other, sensitive outputs are blotted out from here on.

    Raises:
        EngineError: an output is missing, sensitive, or of another shape.
    """
    told = {name: each for name, each in outputs.items() if name in _Outputs.model_fields}
    for name, each in outputs.items():
        if each.get("sensitive") and name in told:
            raise EngineError(f"the output {name} is sensitive, and cannot be recorded", mend=SHAPE)
        if each.get("sensitive"):
            _blot(each["value"])
    try:
        checked = _Outputs.model_validate({name: each["value"] for name, each in told.items()})
    except ValidationError as error:
        raise EngineError(_explained(error), mend=SHAPE) from error
    return Deployment.from_json({**checked.model_dump(), "private_key": private_key, "seconds": round(seconds, 2)})


def _blot(value: Any) -> None:
    if isinstance(value, str):
        redact.register(value)
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            _blot(each)


def _explained(error: ValidationError) -> str:
    problem = error.errors()[0]
    name, *inner = problem["loc"]
    place = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in inner)
    if problem["type"] == "missing" and not inner:
        return f"the payload has no output {name}"
    if problem["type"] == "extra_forbidden":
        return f"the output {name} has another shape: nobody knows {name}{place}"
    return f"the output {name} has another shape: {name}{place}: {problem['msg'].replace('Input should be', 'it should be')}"
