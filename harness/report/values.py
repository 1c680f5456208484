"""Observed values of several outcomes as one: what to show, and what to compare between clouds.

A value that names a thing (an address, an id, a name of this run) or measures time differs from cloud to cloud by nature; it is
shown and never counted as a difference of behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.model import Json, Observation
from harness.report.words import duration, listed, names_a_thing

_TIMES = {"s": 1.0, "ms": 0.001}
_UNCOMPARED_UNITS = frozenset({*_TIMES, "bytes of console", "of others"})
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
        if unit in _TIMES:
            return duration(value * _TIMES[unit])
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
    numbers = [each for each in group if isinstance(each.value, int | float) and not isinstance(each.value, bool)]
    if len(numbers) == len(group) and len({each.unit for each in group}) == 1:
        ordered = sorted(numbers, key=lambda each: float(each.value))  # type: ignore[arg-type]
        low, high = (worded(each.value, each.unit) for each in (ordered[0], ordered[-1]))
        unit = low.rpartition(" ")[2]
        return f"{low.removesuffix(' ' + unit)}–{high}" if unit and high.endswith(" " + unit) else f"{low} – {high}"
    return listed(distinct, _SHOWN)


def _compared(group: list[Observation], marks: tuple[str, ...]) -> frozenset[str] | None:
    if any(each.unit in _UNCOMPARED_UNITS for each in group):
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
