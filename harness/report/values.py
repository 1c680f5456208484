"""Observed values of several outcomes as one: what to show, and what to compare between clouds.

A value that names a thing (an address, an id, a name of this run), measures time, or tells of the harness (``…-seen-by``) or of
strangers differs from cloud to cloud by nature; it is shown and never counted as a difference of behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.model import Json, Observation
from harness.report.words import duration, listed, names_a_thing

_UNCOMPARED_UNITS = frozenset({"s", "ms", "bytes of console"})
_MS_IN_A_SECOND = 1000
_NOT_OF_THE_CLOUD = ("-seen-by", "strangers-made", "strangers-gone")
_SHOWN = 3


@dataclass(frozen=True)
class Value:
    """An observed quantity or word over all outcomes of a square. ``compared`` is what must be equal on clouds that behave alike."""

    name: str
    text: str
    compared: frozenset[str] | None


def fold(observations: Iterable[Observation], marks: tuple[str, ...]) -> tuple[Value, ...]:
    """One value for every name, in the order of first mention; ``marks`` are the prefixes of names that runs make up."""
    named: dict[str, list[Observation]] = {}
    for each in observations:
        named.setdefault(each.name, []).append(each)
    return tuple(Value(name, _together(group), _compared(group, marks)) for name, group in named.items())


def worded(value: Json, unit: str = "") -> str:
    """One value in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if unit == "s" or (unit == "ms" and value >= _MS_IN_A_SECOND):
            return duration(value if unit == "s" else value / _MS_IN_A_SECOND)
        number = f"{value:.4g}" if isinstance(value, float) else str(value)
        return f"{number} {unit}".rstrip()
    if isinstance(value, list):
        return ", ".join(worded(each, unit) for each in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {worded(each)}" for key, each in value.items()) or "none"
    return f"{value} {unit}".strip() or "none"


def _together(group: list[Observation]) -> str:
    """The values of several subjects: once if they are equal, a range if they are numbers, else the different ones."""
    distinct = list(dict.fromkeys(worded(each.value, each.unit) for each in group))
    if len(distinct) == 1:
        return distinct[0]
    numbers = [each.value for each in group if isinstance(each.value, int | float) and not isinstance(each.value, bool)]
    if len(numbers) == len(group) and len({each.unit for each in group}) == 1:
        return _range(worded(min(numbers), group[0].unit), worded(max(numbers), group[0].unit))
    return listed(distinct, _SHOWN)


def _range(low: str, high: str) -> str:
    """``3.9–4.4 s``: a unit that both ends have is said once, unless there are digits in it (``2 min 5 s``)."""
    number, _, unit = low.partition(" ")
    together = unit == high.partition(" ")[2] and not any(each.isdigit() for each in unit)
    return f"{number}–{high}" if together else f"{low} – {high}"


def _compared(group: list[Observation], marks: tuple[str, ...]) -> frozenset[str] | None:
    if any(each.unit in _UNCOMPARED_UNITS or each.name.endswith(_NOT_OF_THE_CLOUD) for each in group):
        return None
    texts = [text for each in group for text in _texts(each.value)]
    if any(names_a_thing(text, marks) for text in texts):
        return None
    return frozenset(worded(each.value, each.unit) for each in group)


def _texts(value: Json) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
