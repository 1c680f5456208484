"""A scenario: which workloads and checks, how often, within which limits, on whose clouds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from harness.errors import FileError
from harness.manifest.reading import Written, at, read
from harness.manifest.workload import Limit

CELL_LIMIT_S = 30 * 60.0
"""The harness's own deadline for a cell when a scenario sets none: about five times what the slowest measured LAMP cell took."""


class Require(Written):
    """What a round must reach, or its exit code is 1."""

    must_have: Literal["all"] = "all"


class Participant(Written):
    """How a report names a cloud; written by people, since a member of a project cannot read it from the cloud."""

    vendor: str = ""
    product: str = ""
    release: str = ""
    region: str = ""
    servers: str = ""
    overlay: str = ""


class Scenario(Written):
    """A scenario file. ``limits`` hold times by name; ``cell`` is the harness's own deadline for one cell."""

    title: str
    workloads: list[str] = Field(min_length=1)
    checks: Literal["all"] | list[str] = "all"
    attempts: int = Field(default=1, ge=1)
    require: Require = Require()
    limits: dict[str, Limit] = Field(default={})
    participants: dict[str, Participant] = Field(default={})

    @model_validator(mode="before")
    @classmethod
    def _move_comes_later(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("require"), dict) and "move" in data["require"]:
            raise ValueError("require.move comes with the score; take it out until then")
        return data

    def limits_in_seconds(self) -> dict[str, dict[str, float]]:
        """The limits as a cell's plan has them."""
        return {"cell": {"limit": CELL_LIMIT_S}, **{name: limit.model_dump() for name, limit in self.limits.items()}}


def read_scenario(file: Path) -> Scenario:
    """The scenario at ``file``.

    Raises:
        FileError: it is missing or wrong; ``require.move`` is refused by name.
    """
    try:
        return read(file, Scenario)
    except FileError as error:
        if "require.move" in error.message:
            raise FileError(file, at(file, "require", "move"), "comes with the score", mend="take it out until then") from error
        raise
