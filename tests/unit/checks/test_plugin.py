from __future__ import annotations

from pathlib import Path

import pytest

from harness.journal import read
from harness.model import Observation, Verdict
from tests.unit.checks.cells import make_cell, outcomes

pytest_plugins = ["pytester"]

CHAIN = """
from harness.checks import check, expect

@check("x.third", facet="egress", needs=["x.second"])
def test_third(server):
    "Third."

@check("x.second", facet="initialisation", needs=["x.first"])
def test_second(server):
    "Second."

@check("x.first", facet="boot")
def test_first(server, observe, evidence):
    "The first thing holds."
    observe("x.value", 3.5, "s")
    evidence("a line of a log")
    expect(server.role != "two", expected="one", seen=server.role, next_step="try this")
"""


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    return make_cell(tmp_path / "cells" / "acme.two-servers")


def run(pytester: pytest.Pytester, cell: Path, *args: str) -> pytest.RunResult:
    pytester.makeini("[pytest]\naddopts = --strict-markers\nfilterwarnings = error")
    return pytester.runpytest_subprocess("--interop-cell", str(cell), "-p", "no:cacheprovider", *args)


def test_an_ordinary_run_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_plugin_costs_an_ordinary_run_no_sdk(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("import sys\ndef test_it(): assert not {'openstack', 'testinfra.host', 'requests'} & set(sys.modules)")
    pytester.runpytest_subprocess("-p", "interop").assert_outcomes(passed=1)


def test_without_a_cell_a_check_is_skipped(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CHAIN)
    result = pytester.runpytest_subprocess("-rs", "--strict-markers")
    result.assert_outcomes(skipped=3)
    result.stdout.fnmatch_lines(["*a check needs --interop-cloud or --interop-cell*"])


def test_outcomes_of_a_chain(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile(CHAIN)
    result = run(pytester, cell)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*2 not-run*"])
    found = outcomes(cell)
    assert list(found) == [(f"x.{check}", subject) for check in ("first", "second", "third") for subject in ("one", "two")]
    assert [each.verdict for each in found.values()] == [
        Verdict.PASS, Verdict.FAIL, Verdict.PASS, Verdict.NOT_RUN, Verdict.PASS, Verdict.NOT_RUN,
    ]  # fmt: skip
    failed = found["x.first", "two"]
    assert (failed.blame, failed.blame_facet, failed.expected, failed.seen) == ("x.first", "boot", "one", "two")
    assert (failed.next_step, failed.evidence, failed.observations) == (
        "try this",
        ("a line of a log",),
        (Observation("x.value", 3.5, "s"),),
    )
    last = found["x.third", "two"]
    assert (last.because, last.blame, last.blame_facet) == ("x.second", "x.first", "boot")
    assert "goes back to x.first" in last.reason
    passed = found["x.third", "one"]
    assert (passed.because, passed.blame, passed.blame_facet, passed.next_step, passed.expected) == ("", "", "", "", "")


def test_a_check_is_announced_before_it_runs(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile(CHAIN)
    run(pytester, cell)
    kinds = [event["event"] for event in read(cell / "journal.jsonl")][2:]
    assert kinds == ["check.started", "outcome"] * 6
