"""The pytest plugin (entry point ``interop``): options for every pytest run, and all the rest only where a cell is given.

``--interop-cell FOLDER`` runs checks against the cell whose folder this is; ``--interop-cloud NAME`` deploys a workload of its own
first, and removes it again.
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
    group.addoption("--interop-cloud", metavar="NAME", help="deploy a workload on this cloud, check it, and remove it again")
    group.addoption("--interop-workload", metavar="NAME", default="two-servers", help="what --interop-cloud deploys (default: %(default)s)")
    group.addoption("--interop-phases", metavar="PHASES", default=_PHASES, help="phases to run (default: %(default)s)")


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark everywhere; where a cell is given, take over."""
    config.addinivalue_line("markers", "check(id, facet, needs, phase, subject, source): a behaviour of a cloud, tested")
    if not _is_wanted(config):
        return
    cell, cloud = config.getoption("interop_cell"), config.getoption("interop_cloud")
    if cell is not None and cloud is not None:
        raise pytest.UsageError("--interop-cell and --interop-cloud exclude each other")
    try:
        with warnings.catch_warnings():
            # what openstacksdk calls deprecated in itself is for its own authors
            warnings.filterwarnings("ignore", module=r"openstack\b")
            config.addinivalue_line("filterwarnings", r"ignore::Warning:openstack\b")
            from harness.checks.session import begin, begin_by_hand

            if cell is not None:
                begin(config, cell)
            else:
                begin_by_hand(config, cloud)
    except InteropError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a cell, checks are skipped."""
    if not _is_wanted(config):
        for item in items:
            if item.get_closest_marker("check"):
                item.add_marker(pytest.mark.skip(reason="a check needs --interop-cloud or --interop-cell"))


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show a check's verdict instead of pytest's word."""
    verdict = dict(report.user_properties).get("verdict", "") if hasattr(report, "user_properties") else ""
    if not verdict or verdict in ("pass", "fail"):
        return None
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        return str(verdict), str(verdict)[0], str(verdict).upper()
    return None


def _is_wanted(config: pytest.Config) -> bool:
    """Whether there is a cell to check, or one to be made; listing tests makes none."""
    given = config.getoption("interop_cell") is not None
    return given or (config.getoption("interop_cloud") is not None and not config.option.collectonly)
