"""Colours of the terminal's report. They only repeat what symbols and words say."""

from __future__ import annotations

from rich.text import Text

from harness.report.words import SYMBOLS, Standing

STYLES = {
    Standing.HOLDS: "green",
    Standing.FAILS: "bold red",
    Standing.LACKS: "magenta",
    Standing.FOLLOWS: "yellow",
    Standing.UNKNOWN: "yellow",
}


def marked(standing: Standing, words: str = "") -> Text:
    """The symbol of ``standing`` in its colour, then ``words``: plain for what holds, else in the same colour."""
    text = Text(SYMBOLS[standing], STYLES[standing])
    return text.append(f" {words}", "" if standing is Standing.HOLDS else STYLES[standing]) if words else text
