"""YAML that people write → a checked model, or one error that names file, line and key, with the mend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from harness.errors import FileError


class Written(BaseModel):
    """Base of everything that people write: no unknown key, no conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Model = TypeVar("Model", bound=Written)


class _Loader(yaml.SafeLoader):
    """YAML's safe types without its dates, which stay text, so that a bad one is this project's error and has its line."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as PyYAML declares it
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h)")
_SHARE = re.compile(r"(100|\d{1,2}(?:\.\d+)?) ?%")
_SECONDS = {"s": 1, "min": 60, "h": 3600}


def seconds(value: object) -> float:
    """A time as people write it, in seconds.

    Raises:
        ValueError: it is none, or has no unit.
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("a time with its unit is expected, such as `90 s`, `20 min` or `1.5 h`")
    return float(found[1]) * _SECONDS[found[2]]


Duration = Annotated[float, BeforeValidator(seconds)]
"""A time as people write it (``120 s``, ``20 min``, ``1 h``), in seconds."""


def amount(value: object) -> float:
    """A share such as ``2 %``, from 0 to 1; or a time, in seconds.

    Raises:
        ValueError: it is neither, or has no unit.
    """
    share = _SHARE.fullmatch(value) if isinstance(value, str) else None
    return float(share[1]) / 100 if share else seconds(value)


Amount = Annotated[float, BeforeValidator(amount)]
"""A time as people write it, in seconds; or a share (``2 %``), from 0 to 1."""


def day(value: object) -> str:
    """A day as ISO 8601 writes it.

    Raises:
        ValueError: it is none.
    """
    with suppress(TypeError, ValueError):
        if (found := date.fromisoformat(str(value)).isoformat()) == value:
            return found
    raise ValueError(f"a day is expected, such as `2027-01-31`; given is {value!r}")


Day = Annotated[str, BeforeValidator(day)]
"""A day as ISO 8601 writes it (``2027-01-31``)."""


def read(path: Path, model: type[Model]) -> Model:
    """The file at ``path`` as a ``model``.

    Raises:
        FileError: the file is missing, is not YAML, says a key twice, or does not fit the model.
    """
    text = _text(path)
    root = _compose(path, text)
    try:
        return model.model_validate(_values(path, text))
    except ValidationError as error:
        raise _file_error(path, root, model, error) from error


def at(path: Path, *keys: str | int) -> str:
    """Where ``keys`` lead in the YAML file at ``path``, for a :class:`FileError`: ``line 7: inputs.flavor``."""
    return _where(_compose(path, _text(path)), keys)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FileError(path, "", "there is no such file", mend="correct the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, "", f"cannot be read: {error}", mend="make it a readable UTF-8 text file") from error


def _compose(path: Path, text: str) -> yaml.Node:
    """The file's YAML nodes, which know their lines."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _no_yaml(path, error) from error
    except RecursionError as error:
        raise FileError(path, "", "is nested too deeply", mend="write it flatter") from error
    if not isinstance(root, yaml.MappingNode):
        raise FileError(path, "", "is not a mapping of keys to values", mend="write `key: value` lines")
    _refuse_odd(path, root, ())
    return root


def _values(path: Path, text: str) -> Any:
    """What the file says. The only tags that a value may fail to fit are those that somebody wrote."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  it is a safe loader
    except yaml.YAMLError as error:
        raise _no_yaml(path, error) from error
    except (AttributeError, LookupError, ValueError) as error:
        raise FileError(path, "", f"a value does not fit its tag (`!!…`): {error}", mend="take the tag out") from error


def _no_yaml(path: Path, error: yaml.YAMLError) -> FileError:
    if not isinstance(error, yaml.MarkedYAMLError):
        return FileError(path, "", f"is not YAML: {error}", mend="make it a YAML text file")
    where = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
    return FileError(path, where, f"is not YAML: {error.problem}", mend="correct the syntax there")


def _refuse_odd(path: Path, node: yaml.Node, above: tuple[yaml.Node, ...]) -> None:
    """YAML has more than these files need: a key that is no text, an alias inside what it stands for. A key's twin would silently win."""
    if node in above:
        where = f"line {node.start_mark.line + 1}"
        raise FileError(path, where, "what is anchored here (`&…`) contains itself", mend="write it out, without the alias")
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            _refuse_odd(path, each, (*above, node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            where = f"line {key.start_mark.line + 1}"
            if not isinstance(key, yaml.ScalarNode):
                raise FileError(path, where, "a list or a mapping is no key", mend="write `key: value` lines")
            if key.value in seen:
                raise FileError(path, f"{where}: {key.value}", "is written twice", mend="keep one of them")
            seen.add(key.value)
            _refuse_odd(path, value, (*above, node))


def _file_error(path: Path, root: yaml.Node, model: type[Written], error: ValidationError) -> FileError:
    problems = error.errors()
    first = min(problems, key=lambda each: each["type"] == "missing")  # a misspelt key is missing under its right name too
    keys = _written_keys(root, first["loc"], missing=first["type"] == "missing")
    more = f" (and {len(problems) - 1} more below it)" if len(problems) > 1 else ""
    message, mend = _explained(first, model)
    return FileError(path, _where(root, keys), message + more, mend=mend)


def _explained(problem: Any, model: type[Written]) -> tuple[str, str]:
    """A pydantic problem in the words of who wrote the file, and the mend."""
    kind, loc, context = problem["type"], problem["loc"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted(_known_keys(model, loc[:-1]))
        close = get_close_matches(str(loc[-1]), known, n=1)
        return "unknown key", f"did you mean {close[0]}?" if close else f"the keys here are {', '.join(known)}"
    if kind == "missing":
        return "this key is missing", "add it"
    if kind == "union_tag_invalid":
        return f"unknown kind {context['tag']}", f"the kinds are {context['expected_tags']}"
    if kind == "union_tag_not_found":
        return "the key kind is missing", "say which kind of input it is"
    if kind == "value_error":
        return str(context["error"]), "correct the value"
    given = f"; given is {problem['input']!r}" if isinstance(problem["input"], bool | int | float | str) else ""
    quotes = kind == "string_type" and given
    return problem["msg"].replace("Input should be", "it should be") + given, "put it in quotes" if quotes else "correct the value"


def _written_keys(root: yaml.Node, loc: Sequence[str | int], *, missing: bool) -> list[str | int]:
    """``loc`` without what pydantic put between: the name of a union's member is no key of the file. A missing key comes last."""
    keys: list[str | int] = []
    node: yaml.Node | None = root
    for number, part in enumerate(loc):
        inner = _child(node, part)
        if inner is not None or (missing and number == len(loc) - 1):
            keys.append(part)
            node = inner
    return keys


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for each, value in node.value if each.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        found: yaml.Node = node.value[key]
        return found
    return None


def _where(root: yaml.Node, keys: Iterable[str | int]) -> str:
    line, node, words = root.start_mark.line, root, []
    for key in keys:
        words.append(str(key))
        if isinstance(node, yaml.MappingNode):
            line = next((each.start_mark.line for each, _ in node.value if each.value == str(key)), line)
        inner = _child(node, key)
        if inner is None:
            break
        if isinstance(node, yaml.SequenceNode):
            line = inner.start_mark.line
        node = inner
    return f"line {line + 1}: {'.'.join(words)}" if words else f"line {line + 1}"


def _known_keys(annotation: Any, loc: Sequence[str | int]) -> list[str]:
    """The keys of the model that ``loc`` leads to."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _known_keys(arguments[0], loc)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            return [field.alias or name for name, field in annotation.model_fields.items()]
        field = annotation.model_fields.get(str(loc[0]))
        return _known_keys(field.annotation, loc[1:]) if field else []
    if get_origin(annotation) in (dict, list):
        return _known_keys(arguments[-1], loc[1:])
    members = [each for each in arguments if isinstance(each, type) and issubclass(each, BaseModel)]
    tagged = [
        each
        for each in members
        if loc and loc[0] in get_args(each.model_fields["kind"].annotation if "kind" in each.model_fields else None)
    ]
    if tagged:
        return _known_keys(tagged[0], loc[1:])
    return [key for each in members for key in _known_keys(each, loc)]
