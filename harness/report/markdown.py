"""Text from outside in Markdown: no name makes markup, a mention, a reference or a link."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from harness.report.clean import one_line

_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~&]")
_ENTITIES = {"@": "&#64;", "#": "&#35;", "://": "&#58;//", "www.": "www&#46;"}


def escaped(text: str, limit: int = 0) -> str:
    """``text`` on one line, with nothing in it that Markdown or a forge acts upon."""
    safe = _MARKUP.sub(lambda found: "&amp;" if found[0] == "&" else "\\" + found[0], one_line(text, limit))
    for plain, entity in _ENTITIES.items():
        safe = safe.replace(plain, entity) if plain != "#" else re.sub(r"(?<!&)#", entity, safe)
    return safe


def as_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts that are escaped already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
