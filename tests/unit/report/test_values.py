"""Observed values in words, and which of them must be equal on clouds that behave alike."""

from __future__ import annotations

import pytest

from harness.model import Json, Observation
from harness.report.values import fold, worded


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (3.94, "s", "3.9 s"),
        (0.042, "s", "0.04 s"),
        (141.2, "s", "141 s"),
        (1205, "s", "20 min 5 s"),
        (41.26, "ms", "41.26 ms"),
        (2.345678, "ms", "2.346 ms"),
        (1500, "ms", "1.5 s"),
        (1442, "bytes", "1442 bytes"),
        (0.33333333, "", "0.3333"),
        (True, "", "yes"),
        (None, "", "none"),
        ("", "", "none"),
        (["a", "b"], "", "a, b"),
        ([], "", "none"),
        ({"a": 1}, "", "a 1"),
    ],
)
def test_a_value_in_words(value: Json, unit: str, words: str) -> None:
    assert worded(value, unit) == words


def test_equal_values_are_said_once_numbers_as_a_range_others_by_enumeration() -> None:
    same = fold([Observation("x.a", "on"), Observation("x.a", "on")], ())
    numbers = fold([Observation("x.b", 3.9, "s"), Observation("x.b", 4.4, "s"), Observation("x.b", 4.1, "s")], ())
    words = fold([Observation("x.c", "on"), Observation("x.c", "off")], ())
    assert [each.text for each in (*same, *numbers, *words)] == ["on", "3.9–4.4 s", "on and off"]


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (3.9, 4.4, "s", "3.9–4.4 s"),
        (5243, 5500, "bytes of console", "5243–5500 bytes of console"),
        (1, 2, "", "1–2"),
        (80, 800, "s", "80.0 s – 13 min 20 s"),
        (605, 665, "s", "10 min 5 s – 11 min 5 s"),
        (600, 660, "s", "10–11 min"),
        (900, 1500, "ms", "900 ms – 1.5 s"),
    ],
)
def test_a_range_says_its_unit_once(low: float, high: float, unit: str, text: str) -> None:
    assert fold([Observation("x", high, unit), Observation("x", low, unit)], ())[0].text == text


@pytest.mark.parametrize(
    "observation",
    [
        Observation("x", "203.0.113.7"),
        Observation("x", "2001:db8::7/64"),
        Observation("x", ["198.51.100.9"]),
        Observation("x", "8f1ab67c-2f7b-4f5e-9d57-2b1a0f2f6f54"),
        Observation("x", "http://203.0.113.7/"),
        Observation("x", "2026-08-01T12:00:00.000+00:00"),
        Observation("x", "interop-ab12cd34-000001-web-1"),
        Observation("x", {"name": "interop-ab12cd34-000001-web-1"}),
        Observation("x", 3.9, "s"),
        Observation("x", 5243, "bytes of console"),
        Observation("teardown.strangers-made", 6),
        Observation("boot.first-boot-seen-by", "console"),
    ],
)
def test_names_of_things_and_times_are_never_compared(observation: Observation) -> None:
    assert fold([observation], ("interop-ab12cd34-000001",))[0].compared is None


@pytest.mark.parametrize("value", ["config drive", "floating", 1442, True, ["debian", "ubuntu"], "deadbeef", "20", None])
def test_behaviour_is_compared(value: Json) -> None:
    assert fold([Observation("x", value)], ("interop-ab12cd34-000001",))[0].compared == frozenset({worded(value)})
