"""Data on standard output, in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.redact import redact
from harness.report import markdown


class Format(StrEnum):
    """The forms that data is shown in."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"


def out() -> Console:
    """Standard output; rich itself honours ``NO_COLOR`` and draws nothing live."""
    return Console(highlight=False)


def err() -> Console:
    """Standard error, for progress and errors."""
    return Console(stderr=True, highlight=False)


def is_live(console: Console) -> bool:
    """Whether something may be drawn again and again on ``console``."""
    return console.is_terminal and not console.is_dumb_terminal


def show_data(data: Any, form: Format) -> None:
    """Print plain data as JSON or YAML."""
    text = (
        json.dumps(data, indent=2, ensure_ascii=False) if form is Format.JSON else yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    )
    out().print(Text(redact(text).rstrip("\n")), soft_wrap=True)


def show_rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], form: Format) -> None:
    """Print rows as a table for a terminal, or in Markdown, where nothing in them is markup."""
    if form is Format.MARKDOWN:
        lines = (f"## {_escaped(title)}", "", markdown.as_table([*map(_escaped, columns)], [[*map(_escaped, row)] for row in rows]), "")
        out().print(Text("\n".join(lines)), soft_wrap=True)
        return
    heading = Text(redact(title), "bold") if title else None
    table = Table(title=heading, title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(redact(cell)) for cell in row))
    out().print(table)


def _escaped(text: str) -> str:
    """``text`` for Markdown. A secret is looked for first: escaped, none would be found."""
    return markdown.escaped(redact(text))
