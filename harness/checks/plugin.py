"""The pytest plugin (entry point ``interop``): options for every pytest run, and all the rest only where a cell is given.

``--interop-cell FOLDER`` runs checks against the cell whose folder this is.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from harness.errors import InteropError
from harness.model import Phase

_PHASES = f"{Phase.STEADY},{Phase.DISRUPTIVE}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("interop", "interop: check what a cloud really does")
    group.addoption("--interop-cell", metavar="FOLDER", type=Path, help="check the deployment of this cell, <run>/cells/<cell>")
    group.addoption("--interop-phases", metavar="PHASES", default=_PHASES, help="phases to run (default: %(default)s)")


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark everywhere; where a cell is given, take over."""
    config.addinivalue_line("markers", "check(id, facet, needs, phase, subject, source): a behaviour of a cloud, tested")
    cell = config.getoption("interop_cell")
    if cell is None:
        return
    try:
        with warnings.catch_warnings():
            # openstacksdk imports a module of its own that it calls deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            from harness.checks.session import begin
        begin(config, cell)
    except InteropError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a cell, checks are skipped."""
    if config.getoption("interop_cell") is None:
        for item in items:
            if item.get_closest_marker("check"):
                item.add_marker(pytest.mark.skip(reason="a check needs --interop-cell"))


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show a check's verdict instead of pytest's word."""
    verdict = dict(report.user_properties).get("verdict", "") if hasattr(report, "user_properties") else ""
    if not verdict or verdict in ("pass", "fail"):
        return None
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        return str(verdict), str(verdict)[0], str(verdict).upper()
    return None
