"""``interop compare``: how well a workload moves between clouds, from one recorded run or several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from harness.errors import UsageError
from harness.report import Run, comparison_data, read_run
from harness.report.answers import Section, of_all, of_history, of_pair
from harness.report.comparison import Comparison, compare
from harness.report.formats.as_markdown import of_sections
from harness.report.history import history
from harness.report.terminal.comparison import show_sections
from harness.showing import Format, out, show_data


def show_comparison(runs: Sequence[Path], weights: str, form: Format, pair: tuple[str, str] | None = None) -> None:
    """Compare the runs in the folders ``runs``, and show what came of it: all pairs, or one, as (from, to).

    Raises:
        UsageError: a run, a cloud or the weights cannot be used.
    """
    found = compare(_read(runs), weights)
    if not found:
        raise UsageError("there is nothing to compare: no run has a check in its catalogue", mend="name a run that looked at something")
    if pair is None:
        _show({"comparisons": [comparison_data.document(each) for each in found]}, map(of_all, found), form)
        return
    having = [each for each in found if set(pair) <= set(each.clouds) and pair[0] != pair[1]]
    if not having:
        raise _not_both(found, pair)
    _show({"moves": [comparison_data.of_pair(each, *pair) for each in having]}, (of_pair(each, *pair) for each in having), form)


def show_history(runs: Sequence[Path], cloud: str, weights: str, form: Format) -> None:
    """Show what became of ``cloud`` from run to run.

    Raises:
        UsageError: a run or the weights cannot be used, or no run has the cloud.
    """
    found = history(_read(runs), cloud, weights)
    _show({"histories": [comparison_data.of_history(each) for each in found]}, map(of_history, found), form)


def _read(folders: Iterable[Path]) -> list[Run]:
    return [read_run(each) for each in folders]


def _not_both(found: Iterable[Comparison], pair: tuple[str, str]) -> UsageError:
    there = list(dict.fromkeys(cloud for each in found for cloud in each.clouds))
    missing = [each for each in pair if each not in there]
    if missing:
        return UsageError(f"no cloud is called {missing[0]} in these runs", mend=f"the clouds are {', '.join(there)}")
    if pair[0] == pair[1]:
        return UsageError(f"{pair[0]} is one cloud", mend="name another one with --to")
    return UsageError(f"{pair[0]} and {pair[1]} ran no workload of the same digest", mend="run the same workload on both")


def _show(data: dict[str, Any], sections: Iterable[tuple[Section, ...]], form: Format) -> None:
    """``data`` for programs, the ``sections`` of one workload after another for people."""
    if form in (Format.JSON, Format.YAML):
        show_data(data, form)
        return
    for each in sections:
        if form is Format.MARKDOWN:
            out().print(Text(of_sections(each)), soft_wrap=True)
        else:
            show_sections(each, out())
