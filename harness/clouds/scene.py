"""What the finders of inputs work on: one cloud's survey, and what was decided so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar

from openstack.compute.v2.flavor import Flavor
from openstack.image.v2.image import Image

from harness.clouds.reach import Reach, reach
from harness.clouds.survey import Survey
from harness.errors import UsageError
from harness.model import Json


@dataclass(frozen=True)
class Choice:
    """The value of an input on one cloud, and why. ``detail`` is what makes two clouds' values equal or not."""

    value: Json
    evidence: str
    detail: dict[str, Json] = field(default_factory=dict)


class Named(Protocol):
    """Anything of a cloud that has a name and an id."""

    @property
    def name(self) -> str | None: ...  # noqa: D102

    @property
    def id(self) -> str | None: ...  # noqa: D102


Thing = TypeVar("Thing", bound=Named)


@dataclass
class Scene:
    """``image`` and ``flavor`` are set as soon as they are decided: a flavor must bear the image, a login user belongs to it.

    So is ``reach`` by an overlay's network and address.
    """

    survey: Survey
    image: Image | None = None
    flavor: Flavor | None = None

    @cached_property
    def reach(self) -> Reach:
        """How servers get a network and are reached."""
        return reach(self.survey)


def pick(things: Iterable[Thing], wanted: str, what: str) -> Thing:
    """The one of ``things`` that an overlay names by name or id.

    Raises:
        UsageError: the cloud has none, or two, of that name; says what there is.
    """
    there = list(things)
    found = [each for each in there if wanted in (each.id, each.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{what} {wanted}: the cloud has {len(found)} of that name", mend="set it by id in the overlay")
    names = ", ".join(sorted(str(each.name) for each in there)) or "none"
    raise UsageError(f"{what} {wanted}: the cloud has none of that name or id; it has {names}", mend="correct the overlay")


def name_of(thing: Thing, things: Iterable[Thing]) -> str:
    """How to name ``thing`` so that no other is meant: its name, or its id where the name is not its own."""
    namesakes = [each for each in things if each.name == thing.name]
    return str(thing.name if thing.name and len(namesakes) == 1 else thing.id)
