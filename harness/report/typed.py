"""Whether what a journal recorded is of the types that the record's classes declare, before anything counts on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, ForwardRef, TypeVar, cast, get_args, get_origin, get_type_hints

Value = TypeVar("Value")

_WORDS: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
    tuple: "a list",
}


def typed(value: Value) -> Value:
    """``value``, a dataclass, if every field of it is of its declared type; fields that may be any JSON are let through.

    Raises:
        TypeError: one is not; names the field.
    """
    for name, exact, fits, word in _fields(cast("Any", value).__class__):
        found = getattr(value, name)
        if found.__class__ is exact:  # the usual case, made quick: a report may have a hundred thousand fields
            continue
        if not fits(found):
            raise TypeError(f"{name} should be {word}; it is {found!r:.60}")
        for each in found if isinstance(found, tuple) else (found,):
            if is_dataclass(each):
                typed(each)
    return value


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, Callable[[Any], bool], str], ...]:
    hints = {each.name: get_type_hints(kind)[each.name] for each in fields(kind)}
    return tuple((name, None if is_dataclass(hint) else hint, _fit(hint), _word(hint)) for name, hint in hints.items())


def _fit(hint: Any) -> Callable[[Any], bool]:
    """Whether a value is of a declared type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:
        members = [_fit(each) for each in arguments]
        return lambda value: any(fits(value) for fits in members)
    if origin is tuple:
        each_fits = _fit(arguments[0])
        return lambda value: isinstance(value, tuple) and all(map(each_fits, value))
    if origin is dict:
        value_fits = _fit(arguments[1])
        return lambda value: isinstance(value, dict) and all(map(value_fits, value.values()))
    if isinstance(hint, ForwardRef):  # JSON within JSON
        return lambda _: True
    if hint is float:
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    return lambda value: isinstance(value, origin or hint)


def _word(hint: Any) -> str:
    if get_origin(hint) is UnionType:
        return " or ".join(_word(each) for each in get_args(hint) if each is not NoneType)
    return _WORDS.get(get_origin(hint) or hint, getattr(hint, "__name__", str(hint)))
