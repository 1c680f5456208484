from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from harness.checks.catalogue import SHIPPED
from harness.checks.command import command
from harness.journal import Journal, read
from harness.model import Observation, Phase, Verdict, to_json
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
    return pytester.runpytest_inprocess("--interop-cell", str(cell), "-p", "no:cacheprovider", *args)


def test_an_ordinary_run_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_plugin_costs_an_ordinary_run_no_sdk(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("import sys\ndef test_it(): assert not {'openstack', 'testinfra.host', 'requests'} & set(sys.modules)")
    pytester.runpytest_subprocess("-p", "interop").assert_outcomes(passed=1)


def test_without_a_cell_a_check_is_skipped(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CHAIN)
    result = pytester.runpytest_inprocess("-rs", "--strict-markers")
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


def verdicts(cell: Path) -> list[tuple[str, str]]:
    return [(each.check, str(each.verdict)) for each in outcomes(cell).values()]


def test_what_is_neither_pass_nor_fail(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile("""
        import pytest
        from harness.checks import check, does_not_apply
        from harness.errors import Denied

        @check("x.denied", facet="boot", subject="cloud")
        def test_denied():
            "Denied."
            raise Denied("policy forbids it", request_id="req-7", mend="ask for it")

        @check("x.fault", facet="boot", subject="cloud")
        def test_fault():
            "Fault."
            {}["missing"]

        @check("x.broken-fixture", facet="boot", subject="cloud")
        def test_broken_fixture(broken):
            "Broken."

        @check("x.skipped", facet="boot", subject="cloud")
        def test_skipped():
            "Skipped."
            pytest.skip("nobody can look")

        @check("x.of-no-matter", facet="boot", subject="cloud")
        def test_of_no_matter():
            "Does not apply."
            does_not_apply("there is nothing of the kind")

        @check("x.compared", facet="boot", subject="cloud")
        def test_compared():
            "Three is three."
            assert 3 == 4, "numbers differ"

        @check("x.after-skipped", facet="egress", subject="cloud", needs=["x.skipped", "x.of-no-matter"])
        def test_after_skipped():
            "Runs."

        @check("x.after-fault", facet="egress", subject="cloud", needs=["x.fault"])
        def test_after_fault():
            "Does not run."

        @pytest.fixture
        def broken():
            raise RuntimeError("the fixture broke")
    """)
    result = run(pytester, cell)
    assert result.ret == 1
    found = outcomes(cell)
    assert {check: str(outcome.verdict) for (check, _), outcome in found.items()} == {
        "x.denied": "denied",
        "x.fault": "harness-fault",
        "x.broken-fixture": "harness-fault",
        "x.skipped": "not-run",
        "x.of-no-matter": "not-run",
        "x.compared": "fail",
        "x.after-skipped": "pass",
        "x.after-fault": "not-run",
    }
    assert [check for (check, _), outcome in found.items() if not outcome.applies] == ["x.of-no-matter"]
    denied = found["x.denied", "cloud"]
    assert (denied.request_id, denied.next_step, denied.blame_facet, denied.expected) == ("req-7", "ask for it", "boot", "Denied.")
    fault = found["x.fault", "cloud"]
    assert (fault.blame, fault.blame_facet) == ("x.fault", "")
    compared = found["x.compared", "cloud"]
    assert (compared.expected, compared.seen) == ("== 4", "3")
    assert "numbers differ" in compared.reason


def test_unknown_needs_are_a_clear_error(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile(CHAIN.replace('needs=["x.first"]', 'needs=["x.frist"]'))
    result = run(pytester, cell)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*x.second needs x.frist, which is no check*"])
    assert verdicts(cell) == []


def test_two_checks_of_one_id_are_a_clear_error(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile(test_one=CHAIN, test_two=CHAIN)
    result = run(pytester, cell)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*two checks have the id x.third*"])


def test_a_need_may_be_a_shipped_check_that_does_not_run_here(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile(CHAIN.replace('@check("x.first", facet="boot")', '@check("x.first", facet="boot", needs=["boot.active"])'))
    run(pytester, cell)
    assert ("x.first", "fail") in verdicts(cell)


def test_what_an_earlier_process_of_the_cell_found_counts(pytester: pytest.Pytester, tmp_path: Path) -> None:
    first = make_cell(tmp_path / "cell")
    pytester.makepyfile(CHAIN)
    run(pytester, first)
    pytester.makepyfile("""
        from harness.checks import check

        @check("x.late", facet="lifecycle", phase="disruptive", needs=["boot.active"])
        def test_late(server):
            "Late."
    """)
    earlier = outcomes(first)["x.first", "two"]
    journal = Journal(first / "journal.jsonl")
    journal.write("outcome", outcome=to_json(replace(earlier, check="boot.active")))
    run(pytester, first, "--interop-phases", "disruptive")
    found = outcomes(first)
    assert found["x.late", "two"].because == "boot.active"
    assert found["x.late", "one"].verdict is Verdict.PASS


def test_only_the_phases_asked_for_run(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile(CHAIN.replace('facet="egress"', 'facet="egress", phase="teardown"'))
    run(pytester, cell, "--interop-phases", "teardown")
    assert verdicts(cell) == [("x.third", "pass"), ("x.third", "pass")]


def test_the_scenarios_choice_brings_what_it_needs(pytester: pytest.Pytester, tmp_path: Path) -> None:
    cell = make_cell(tmp_path / "cell", checks=("x.second",))
    pytester.makepyfile(CHAIN)
    run(pytester, cell)
    assert {check for check, _ in verdicts(cell)} == {"x.first", "x.second"}


def test_without_servers_every_check_says_so(pytester: pytest.Pytester, tmp_path: Path) -> None:
    failed = {"event": "engine.task", "name": "Create the port", "host": "localhost", "status": "failed", "message": "quota"}
    cell = make_cell(tmp_path / "cell", deployment=None, events=(failed,))
    pytester.makepyfile(CHAIN)
    run(pytester, cell)
    (first, *_) = found = list(outcomes(cell).values())
    assert [each.verdict for each in found] == [Verdict.NOT_RUN] * 3
    assert (first.subject, first.reason) == ("server", "the deployment has no server: Create the port: quota")


def test_a_check_about_endpoints_runs_for_each(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile("""
        from harness.checks import check

        @check("x.page", facet="application", subject="endpoint")
        def test_page(endpoint):
            "The page."
            assert endpoint.url.startswith("http")
    """)
    run(pytester, cell)
    assert [(each.subject, each.verdict) for each in outcomes(cell).values()] == [("page", Verdict.PASS)]


def test_a_check_that_does_not_take_its_subject_is_a_clear_error(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile(CHAIN.replace("test_third(server)", "test_third()"))
    result = run(pytester, cell)
    result.stdout.fnmatch_lines(["*its subject is server, and it does not ask for the fixture server*"])


def test_a_clean_up_that_fails_is_noted_and_changes_no_verdict(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile("""
        import pytest
        from harness.checks import check

        @pytest.fixture
        def opened():
            yield
            raise RuntimeError("it does not close")

        @check("x.fine", facet="boot", subject="cloud")
        def test_fine(opened):
            "Fine."
    """)
    run(pytester, cell)
    assert verdicts(cell) == [("x.fine", "pass")]
    notes = [event["text"] for event in read(cell / "journal.jsonl") if event["event"] == "note"]
    assert ["it does not close" in note for note in notes] == [True]


def test_repeated_requests_are_counted(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makepyfile("""
        import logging
        from harness.checks import check

        @check("x.slow", facet="api-manners", subject="cloud")
        def test_slow():
            "Slow."
            for _ in range(2):
                logging.getLogger("keystoneauth.session").warning("Retriable status code %(code)s. Retrying.", {"code": 503})

        @check("x.well", facet="api-manners", subject="cloud")
        def test_well():
            "Well."

        @check("x.all", facet="application", subject="cloud")
        def test_all(scene):
            "All of them are known to later checks."
            assert scene.retried == {"answered 503": 2}
    """)
    run(pytester, cell)
    found = outcomes(cell)
    assert found["x.all", "cloud"].verdict is Verdict.PASS
    assert found["x.slow", "cloud"].observations == (Observation("api.retries", 2),)
    assert found["x.well", "cloud"].observations == ()


def test_a_check_that_hangs_is_ended_by_the_harness_own_deadline(pytester: pytest.Pytester, cell: Path) -> None:
    pytester.makeconftest("from harness.checks import recorder\nrecorder.DEADLINE_S = 0.2")
    pytester.makepyfile("""
        import time
        from harness.checks import check

        @check("x.hangs", facet="boot", subject="cloud")
        def test_hangs():
            "Hangs."
            time.sleep(30)
    """)
    pytester.runpytest_subprocess("--interop-cell", str(cell))
    (outcome,) = outcomes(cell).values()
    assert outcome.verdict is Verdict.HARNESS_FAULT
    assert "own deadline" in outcome.reason


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--interop-cell", "nowhere"), "no plan of a cell"),
        (("--interop-cell", "nowhere", "--interop-cloud", "acme"), "exclude each other"),
        (("--interop-cloud", "no-such-cloud"), "no such entry in clouds.yaml"),
        (("--interop-cloud", "no-such-cloud", "--interop-phases", "later"), "later: not phases"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(pytester: pytest.Pytester, arguments: tuple[str, ...], words: str) -> None:
    pytester.makepyfile(CHAIN)
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_the_command_of_a_cell_runs_the_shipped_checks(cell: Path) -> None:
    arguments, environment = command(cell, [Phase.TEARDOWN], [SHIPPED])
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert verdicts(cell) == [
        ("teardown.ours-gone", "harness-fault"),
        ("teardown.others-untouched", "harness-fault"),
        ("teardown.nothing-answers", "not-run"),
    ]
    assert "Warning" not in done.stdout + done.stderr
