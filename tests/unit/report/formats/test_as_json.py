"""report.json has the promised shape, and every key of it is described in the shipped schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.report.formats.as_json import document, render, schema
from harness.report.reading import read_run


def closed(part: Any) -> Any:
    """The schema with no key allowed that it does not describe."""
    if isinstance(part, dict):
        part = {key: closed(value) for key, value in part.items()}
        if "properties" in part and "$defs" not in part.get("properties", {}):
            part["additionalProperties"] = False
    return [closed(each) for each in part] if isinstance(part, list) else part


@pytest.mark.parametrize("recorded", ["pair", "troubled", "many", "hostile"])
def test_it_is_valid_and_has_no_key_that_the_schema_does_not_describe(recorded: str, request: pytest.FixtureRequest) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    data = json.loads(render(read_run(request.getfixturevalue(recorded))))
    jsonschema.Draft202012Validator(closed(schema())).validate(data)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (["outcomes", 0, "verdict"], "splendid"),
        (["schema"], 2),
        (["cells", 0, "ladder", 0, "seconds"], -1),
        (["sentence"], ""),
        (["inputs", 0, "source"], "guessed"),
    ],
)
def test_the_schema_refuses_what_is_wrong(pair: Path, where: list[Any], value: Any) -> None:
    data = deepcopy(json.loads(render(read_run(pair))))
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(data)


@pytest.mark.parametrize("key", list(schema()["required"]))
def test_no_key_of_the_top_may_be_missing(pair: Path, key: str) -> None:
    data = json.loads(render(read_run(pair)))
    del data[key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(data)


def test_the_promised_keys_are_there(troubled: Path) -> None:
    data = document(read_run(troubled))
    promised = {"run", "clouds", "workloads", "catalogue", "outcomes", "inputs", "branches", "leftovers"}
    assert promised <= set(data)
    assert data["workloads"][0]["digest"].startswith("3f9a41d27c0b")
    assert all(each["digest"] for each in data["catalogue"]["checks"])
    of_outcomes = {"cell", "cloud", "workload", "attempt", "subject", "check", "facet", "phase", "verdict", "blame", "observations"}
    assert all(of_outcomes <= set(each) for each in data["outcomes"])


def test_what_was_found_what_differs_and_what_is_left(troubled: Path, pair: Path) -> None:
    data = document(read_run(pair))
    flavors = [each for each in data["inputs"] if each["name"] == "flavor"]
    assert [(each["cloud"], each["value"], each["source"], each["flagged"]) for each in flavors] == [
        ("lab1", "small", "found", True),
        ("lab2", "tiny", "found", True),
    ]
    assert {"cell": "lab2.lampstack", "name": "address", "value": "direct", "differs": True}.items() <= data["branches"][2].items()
    left = document(read_run(troubled))
    assert [(each["cell"], each["kind"]) for each in left["leftovers"]] == [("bad.lampstack", "port")]
    assert [(each["what"], each["name"]) for each in left["strangers"]] == [("made", "somebody's")]


def test_a_refused_cloud_has_its_reason(troubled: Path) -> None:
    data = document(read_run(troubled))
    line = next(each for each in data["clouds"] if each["name"] == "shut")["workloads"]["lampstack"]
    assert (line["state"], line["reason"], line["ran"]) == ("refused", "the password is wrong", False)
    assert line["counts"] == {"unknown": 24}


def test_no_path_of_this_machine_is_told(pair: Path) -> None:
    assert "private_key" not in render(read_run(pair))


def test_nothing_from_outside_keeps_its_escapes(hostile: Path) -> None:
    text = render(read_run(hostile))
    assert "\x1b" not in text
    assert "\\u001b" not in text
    assert "␛[31m␇" in json.loads(text)["outcomes"][0]["reason"]


def test_every_key_of_the_schema_is_described() -> None:
    whole = schema()
    parts = {"": whole, **{f"{name}: ": part for name, part in whole["$defs"].items()}}
    told = [(f"{name}{path}", part) for name, root in parts.items() for path, part in properties(root)]
    assert len(told) > 250
    assert [path for path, part in told if not (part.get("description") or described_where_it_points(whole, part))] == []


def properties(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every property below ``part``, with its path."""
    for key, value in part.get("properties", {}).items():
        yield f"{path}{key}", value
        yield from properties(value, f"{path}{key}.")
    for below in ("items", "additionalProperties"):
        if isinstance(part.get(below), dict):
            yield from properties(part[below], f"{path}*.")


def described_where_it_points(whole: Any, part: Any) -> bool:
    return bool(whole["$defs"].get(part.get("$ref", "").rpartition("/")[2], {}).get("description"))
