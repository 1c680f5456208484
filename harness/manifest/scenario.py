"""A scenario: which workloads and checks, how often, within which limits, on whose clouds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from harness import model
from harness.manifest.reading import Day, Duration, Written, read
from harness.manifest.workload import Limit
from harness.model import Facet

CELL_LIMIT_S = 30 * 60.0
"""The harness's own deadline for a cell when a scenario sets none: about five times what the slowest measured LAMP cell took."""


def _all_or_ids(value: Any) -> Any:
    if value != "all" and not (isinstance(value, list) and value and all(isinstance(each, str) for each in value)):
        raise ValueError("it should be `all`, or a list of ids")
    return value


def _facet(value: Any) -> Any:
    if value not in list(Facet):
        raise ValueError(f"there is no facet {value}; the facets are {', '.join(Facet)}")
    return value


Ids = Annotated[Literal["all"] | list[str], BeforeValidator(_all_or_ids)]
"""Checks by their ids, or all there are."""


class Require(Written):
    """What a round must reach on every cloud, or its exit code is 1.

    ``must_have`` are the checks that have to pass: ``all`` stands for those that each workload names, a list in their place.
    ``move`` is the least move score (0 to 1) between any two of the round's clouds, ``to_page`` the longest time to the page.
    Of ``facets`` every check has to be known and passed.
    """

    must_have: Ids = "all"
    move: float | None = Field(default=None, ge=0, le=1)
    to_page: Duration | None = None
    facets: list[Annotated[str, BeforeValidator(_facet)]] = Field(default=[])

    @property
    def beyond_must_haves(self) -> bool:
        """Whether anything is required that no single cell can tell by itself."""
        return self.move is not None or self.to_page is not None or bool(self.facets)


class Waiver(Written):
    """Somebody's word that a check may fail until a day, on one cloud or on all: shown beside the verdict, and no more than that."""

    id: str
    cloud: str = ""
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: Day


class Participant(Written):
    """How a report names a cloud; written by people, since a member of a project cannot read it from the cloud."""

    vendor: str = ""
    product: str = ""
    release: str = ""
    region: str = ""
    servers: str = ""
    overlay: str = ""


class Scenario(Written):
    """A scenario file. ``limits`` hold times and shares by name; ``cell`` is the harness's own deadline for one cell."""

    title: str
    workloads: list[str] = Field(min_length=1)
    checks: Ids = "all"
    attempts: int = Field(default=1, ge=1)
    require: Require = Require()
    waivers: list[Waiver] = Field(default=[])
    limits: dict[str, Limit] = Field(default={})
    participants: dict[str, Participant] = Field(default={})

    def waivers_in_words(self, check: str, cloud: str, day: str) -> list[str]:
        """What the waivers of ``check`` on ``cloud`` say on ``day``."""
        waivers = [model.Waiver(**each.model_dump()) for each in self.waivers]
        return [each.words(day) for each in waivers if each.covers(check, cloud)]

    @field_validator("limits")
    @classmethod
    def _a_cell_has_a_time(cls, limits: dict[str, Limit]) -> dict[str, Limit]:
        if "cell" in limits and limits["cell"].limit <= 1:
            raise ValueError("cell is the harness's deadline for one cell, such as `20 min`")
        return limits

    def limits_in_seconds(self) -> dict[str, dict[str, float]]:
        """The limits as a cell's plan has them."""
        return {"cell": {"limit": CELL_LIMIT_S}, **{name: limit.model_dump() for name, limit in self.limits.items()}}


def read_scenario(file: Path) -> Scenario:
    """The scenario at ``file``.

    Raises:
        FileError: it is missing or wrong.
    """
    return read(file, Scenario)
