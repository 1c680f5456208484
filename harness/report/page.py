"""HTML documents that open from a disk: one style sheet and one script in each, allowed by their hashes, and nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.model import LADDER
from harness.report.blame import details
from harness.report.matrix import Group, by_facet
from harness.report.moving import bounds
from harness.report.values import worded
from harness.report.words import MEANINGS, RUNG_TITLES, SYMBOLS, Standing, count, duration, listed, short_digest
from harness.score import percent

_FOLDER = "templates"
_NAMED = 4


def document(template: str, **values: Any) -> str:
    """The HTML of ``template`` with ``values``; every text among them is escaped."""
    style, script = _own("report.css"), _own("report.js")
    policy = f"default-src 'none'; style-src {_allowed(style)}; script-src {_allowed(script)}; base-uri 'none'; form-action 'none'"
    return _environment().get_template(template).render(style=style, script=script, policy=policy, **values)


def briefly(names: Sequence[str]) -> str:
    """A few of ``names``, and how many more there are."""
    return listed(list(names), _NAMED)


def _own(name: str) -> str:
    return files("harness.report").joinpath(_FOLDER, name).read_text(encoding="utf-8")


def _allowed(text: str) -> str:
    """How a policy names a style sheet or a script by its content."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """The template engine, with the words that every template may use."""
    environment = Environment(
        loader=PackageLoader("harness.report", _FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        listed=listed,
        worded=worded,
        duration=duration,
        short=short_digest,
        by_facet=by_facet,
        bounds=bounds,
        percent=percent,
        briefly=briefly,
        capitalised=lambda text: text[:1].upper() + text[1:],
    )
    environment.globals.update(
        count=count,
        details=details,
        groups=Group,
        standings=Standing,
        symbols=SYMBOLS,
        meanings=MEANINGS,
        rungs=LADDER[1:],
        rung_titles=RUNG_TITLES,
    )
    return environment
