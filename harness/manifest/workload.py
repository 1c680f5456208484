"""A workload's manifest: what it needs, declared; and an overlay: the few inputs that one cloud needs set differently."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from harness.errors import FileError
from harness.manifest.reading import Amount, Written, amount, at, read
from harness.model import Json

MANIFEST = "workload.yaml"


class ImageInput(Written):
    """A bootable image of one of the distributions ``os_distro`` (Glance's property), the first of them preferred."""

    kind: Literal["image"]
    os_distro: list[str] = Field(default=[])


class FlavorInput(Written):
    """The smallest flavor with at least this much."""

    kind: Literal["flavor"]
    vcpus: int = Field(default=1, ge=1)
    ram_mb: int = Field(default=512, ge=1)
    disk_gb: int = Field(default=0, ge=0)


class NetworkInput(Written):
    """The network for the servers; empty where the payload is to make one."""

    kind: Literal["network"]


class ExternalNetworkInput(Written):
    """The network that routers and floating addresses come from; empty where there is none."""

    kind: Literal["external-network"]
    optional: bool = False


class ZoneInput(Written):
    """The availability zone; empty leaves the choice to the cloud."""

    kind: Literal["zone"]


class LoginUserInput(Written):
    """Who logs in to a server of the image."""

    kind: Literal["login-user"]


class AddressInput(Written):
    """How servers are reached from outside: ``floating`` or ``direct``."""

    kind: Literal["address"]


class ConfigDriveInput(Written):
    """Whether to ask for a config drive."""

    kind: Literal["config-drive"]


class IntegerInput(Written):
    """A whole number of the workload's own."""

    kind: Literal["integer"]
    default: int
    minimum: int | None = None
    maximum: int | None = None


class StringInput(Written):
    """A text of the workload's own."""

    kind: Literal["string"]
    default: str
    choices: list[str] = Field(default=[])


class BooleanInput(Written):
    """A yes or no of the workload's own."""

    kind: Literal["boolean"]
    default: bool


InputSpec: TypeAlias = Annotated[
    ImageInput
    | FlavorInput
    | NetworkInput
    | ExternalNetworkInput
    | ZoneInput
    | LoginUserInput
    | AddressInput
    | ConfigDriveInput
    | IntegerInput
    | StringInput
    | BooleanInput,
    Field(discriminator="kind"),
]
"""One input of a workload, by its kind. All but the last three are found on each cloud."""


class Limit(Written):
    """What is good, and what is too much: times in seconds, or shares from 0 to 1. One value alone is both."""

    good: Amount
    limit: Amount

    @model_validator(mode="before")
    @classmethod
    def _one_is_both(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return data
        amount(data)
        return {"good": data, "limit": data}

    @model_validator(mode="after")
    def _in_order(self) -> Limit:
        if self.good > self.limit:
            raise ValueError("good is above limit")
        return self


def _number_or_servers(value: Any) -> Any:
    if value != "servers" and not _is_count(value, least=0):
        raise ValueError(f"it should be a whole number, 0 or more, or `servers`: one for each; given is {value!r}")
    return value


def _number_or_input(value: Any) -> Any:
    if not isinstance(value, str) and not _is_count(value, least=1):
        raise ValueError(f"it should be a whole number, 1 or more, or the name of an integer input; given is {value!r}")
    return value


def _is_count(value: Any, *, least: int) -> bool:
    return type(value) is int and value >= least


class Takes(Written):
    """How much of the network's quotas one deployment takes, where that is more than its servers let one tell.

    ``floating_addresses`` may be the word ``servers``: one for each. ``security_group_rules`` are all rules of all groups,
    with those that Neutron puts into a new group by itself, unless the payload takes them out.
    """

    floating_addresses: Annotated[int | Literal["servers"], BeforeValidator(_number_or_servers)] = 0
    networks: int = Field(default=0, ge=0)
    routers: int = Field(default=0, ge=0)
    security_groups: int = Field(default=0, ge=0)
    security_group_rules: int = Field(default=0, ge=0)


class Workload(Written):
    """A manifest, ``workload.yaml``. A role's count is a number, or the name of the integer input that holds it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    engine: str
    entry: str
    inputs: dict[str, InputSpec] = Field(default={})
    roles: dict[str, Annotated[int | str, BeforeValidator(_number_or_input)]]
    services: list[str] = Field(default=["compute", "image", "network"])
    must_have: list[str] = Field(default=[])
    limits: dict[str, Limit] = Field(default={})
    takes: Takes = Takes()

    @field_validator("roles")
    @classmethod
    def _counts_are_inputs(cls, roles: dict[str, int | str], info: ValidationInfo) -> dict[str, int | str]:
        inputs = info.data.get("inputs")  # not there when they are wrong themselves
        for role, count in roles.items():
            if isinstance(count, str) and inputs is not None and not isinstance(inputs.get(count), IntegerInput):
                raise ValueError(f"{role}: there is no integer input {count}")
        return roles

    def servers(self, inputs: Mapping[str, Any]) -> int:
        """How many servers one deployment has with the ``inputs`` as they were resolved."""
        return sum(count if isinstance(count, int) else inputs[count] for count in self.roles.values())


class Overlay(Written):
    """The inputs of one workload that one cloud needs set, and nothing else."""

    workload: str
    inputs: dict[str, Any]


def read_workload(folder: Path) -> Workload:
    """The manifest in ``folder``.

    Raises:
        FileError: it is missing or wrong, or its entry is not in the folder.
    """
    file = folder / MANIFEST
    workload = read(file, Workload)
    if not (folder / workload.entry).is_file():
        raise FileError(file, at(file, "entry"), f"there is no file {workload.entry} in {folder}", mend="correct the name, or add the file")
    return workload


def read_overlay(file: Path, workloads: dict[str, Workload]) -> tuple[str, dict[str, Json]]:
    """An overlay's workload and the inputs that it sets.

    Raises:
        FileError: it is wrong in itself, is for none of ``workloads``, or sets an input that is not there or of another type.
    """
    overlay = read(file, Overlay)
    if overlay.workload not in workloads:
        there = ", ".join(sorted(workloads))
        raise FileError(file, at(file, "workload"), f"{overlay.workload} is not in this round, which has {there}", mend="name one of them")
    inputs = workloads[overlay.workload].inputs
    for name, value in overlay.inputs.items():
        if name not in inputs:
            raise FileError(
                file, at(file, "inputs", name), f"{overlay.workload} has no such input", mend=f"its inputs are {', '.join(sorted(inputs))}"
            )
        problem = unfit(inputs[name], value)
        if problem:
            raise FileError(file, at(file, "inputs", name), problem, mend="correct the value")
    return overlay.workload, overlay.inputs


def unfit(spec: InputSpec, value: Any) -> str:
    """Why ``value`` cannot be the value of an input, in words; empty when it can, as far as that shows without the cloud."""
    kind, word = _WRITTEN_AS.get(spec.kind, (str, "a text"))
    if type(value) is not kind:
        return f"it should be {word}; given is {value!r}"
    if isinstance(spec, AddressInput) and value not in ADDRESSES:
        return f"it should be {' or '.join(ADDRESSES)}; given is {value!r}"
    if isinstance(spec, StringInput) and spec.choices and value not in spec.choices:
        return f"it should be one of {', '.join(spec.choices)}; given is {value!r}"
    if isinstance(spec, IntegerInput) and isinstance(value, int):
        return _out_of_range(spec, value)
    return ""


def _out_of_range(spec: IntegerInput, value: int) -> str:
    if spec.minimum is not None and value < spec.minimum:
        return f"it should be {spec.minimum} or more; given is {value}"
    if spec.maximum is not None and value > spec.maximum:
        return f"it should be {spec.maximum} or less; given is {value}"
    return ""


ADDRESSES = ("floating", "direct")
"""How servers can be reached from outside."""

_WRITTEN_AS: dict[str, tuple[type, str]] = {
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "config-drive": (bool, "true or false"),
}
