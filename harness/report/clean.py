"""Text from outside, made harmless once, when a journal is read: what cannot be seen is shown as something that can.

A server's name, an error message or a console line may hold terminal escapes, characters that XML forbids, or marks that
reverse the direction of writing. Every form of the report is made from cleaned values, so each has only its own syntax to
escape.
"""

from __future__ import annotations

import re
import sys
from typing import Any

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks of direction
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # separators and annotations that some readers act upon
    "\ud800-\udfff\ufffe\uffff]"  # no characters at all
)
_REPLACEMENT = "\ufffd"
_DEEPEST = 32
_DIGITS = 12
_LARGEST = sys.float_info.max
_CONTROL_PICTURES = 0x2400
_DELETE_PICTURE = "\u2421"


def clean_text(text: str) -> str:
    """``text`` with a picture in place of each control character (``␛`` for escape), and ``\ufffd`` for the other harmful ones."""
    return _HARMFUL.sub(lambda found: _picture(ord(found[0])), text)


def clean(value: Any, depth: int = 0) -> Any:
    """JSON data with every string cleaned, keys too; a number that is none (NaN, infinity), or too large to count with, becomes a word.

    Raises:
        ValueError: it is nested deeper than anything that was recorded on purpose.
    """
    if depth > _DEEPEST:
        raise ValueError("is nested too deeply")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:
        return _in_words(value)
    if isinstance(value, list):
        return [clean(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {clean_text(key): clean(each, depth + 1) for key, each in value.items()}
    return value


def a_time(value: Any) -> float | None:
    """A time as recorded, in its unit; ``None`` for what is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST:
        return None
    return float(value)


def one_line(text: str, limit: int = 0) -> str:
    """``text`` with runs of white space as one space; longer than ``limit`` characters (if given) it ends in an ellipsis."""
    line = " ".join(text.split())
    return line if not limit or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _in_words(number: float) -> str:
    text = str(number)
    return f"{text[:_DIGITS]}… ({len(text)} digits)" if len(text) > _DIGITS else text


def _picture(code: int) -> str:
    if code < ord(" "):
        return chr(_CONTROL_PICTURES + code)
    return _DELETE_PICTURE if code == ord("\x7f") else _REPLACEMENT
