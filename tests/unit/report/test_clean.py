"""What cannot be seen is made visible, once, and everything else stays as it is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.clean import a_time, clean, clean_text, one_line


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("bell\x07", "bell␇"),
        ("nul\x00", "nul␀"),
        ("delete\x7f", "delete␡"),
        ("\x9b31m", "\ufffd31m"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\ud800", "\ufffd"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("Zürich – 東京", "Zürich – 東京"),
    ],
)
def test_harmful_characters_become_visible(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@given(st.text(st.characters()))
def test_cleaned_text_is_allowed_in_xml_and_can_be_encoded(text: str) -> None:
    for each in clean_text(text):
        code = ord(each)
        assert code in (0x9, 0xA) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    assert clean_text(clean_text(text)) == clean_text(text)


def test_data_is_cleaned_throughout_and_numbers_that_are_none_become_words() -> None:
    assert clean({"a\x1b": ["\x00", 1, None, True, math.nan, {"b": math.inf}]}) == {"a␛": ["␀", 1, None, True, "nan", {"b": "inf"}]}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_too_large_to_count_with_becomes_a_word_and_is_no_time(sign: int) -> None:
    word = clean({"a": [sign * 10**400]})["a"][0]
    assert word == {1: "100000000000… (401 digits)", -1: "-10000000000… (402 digits)"}[sign]
    assert a_time(sign * 10**400) is None
    assert clean(sign * 10**300) == sign * 10**300


def test_one_line_folds_white_space_and_ends_long_text_visibly() -> None:
    assert one_line(" a\n\t b ") == "a b"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"
