"""How the score is made, in words for who reads a report: ``how-it-is-made.md`` beside this module, as a value."""

from __future__ import annotations

from importlib.resources import files


def in_plain_words() -> tuple[tuple[str, str], ...]:
    """Pairs of a heading and its paragraph, without any markup."""
    text = files("harness.score").joinpath("how-it-is-made.md").read_text(encoding="utf-8")
    _, *sections = text.split("\n## ")
    parted = (each.partition("\n") for each in sections)
    return tuple((heading, " ".join(paragraph.split())) for heading, _, paragraph in parted)
