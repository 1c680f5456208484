"""``junit.xml``: for whatever shows test results. A suite is a workload on a cloud, a class a facet, a case a check on a subject.

``fail`` is a failure and a fault of the harness an error; whatever else is not a pass is skipped, with the reason. The details of
a case stand in its output, and its suite's properties, since the schema that Jenkins validates against gives cases none.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.model import Outcome, Verdict
from harness.report.blame import details
from harness.report.clean import one_line
from harness.report.headline import headline
from harness.report.matrix import Table, tables
from harness.report.record import Cell, Run
from harness.report.squares import Square
from harness.report.summary import CloudSummary, summaries
from harness.report.values import worded
from harness.report.words import NOT_A_SUBJECT

FILE = "junit.xml"

_LONGEST_MESSAGE = 500


def render(run: Run) -> str:
    """The report as JUnit XML."""
    suites = [_suite(run, table, each) for table in tables(run) for each in summaries(run, table)]
    root = Element("testsuites", {"name": one_line(headline(run)), **_counts(suites)})
    root.extend(suites)
    indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _counts(elements: list[Element]) -> dict[str, str]:
    return {name: str(sum(int(each.get(name, "0")) for each in elements)) for name in ("tests", "failures", "errors")}


def _suite(run: Run, table: Table, line: CloudSummary) -> Element:
    cloud, workload = line.participant.name, table.workload.name
    rows = {row.check.id: row for row in table.rows}
    cases = [case for check in run.catalogue if check.id in rows for case in _cases(check.facet, rows[check.id].square(cloud))]
    cells = run.cells_of(workload, cloud)
    suite = Element("testsuite", name=f"{cloud}.{workload}", tests=str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
    properties = SubElement(suite, "properties")
    for name, value in _properties(run, line, cells):
        SubElement(properties, "property", name=name, value=value)
    suite.extend(cases)
    return suite


def _properties(run: Run, line: CloudSummary, cells: tuple[Cell, ...]) -> Iterator[tuple[str, str]]:
    yield "run", run.id
    yield "state", line.became
    yield "servers", line.participant.kind_of_server
    for cell in cells:
        yield f"{cell.id}.digest", cell.digest
        yield f"{cell.id}.global_request_id", cell.global_request_id
        for note in cell.notes:
            yield f"{cell.id}.note", note
        for branch, way in cell.branches.items():
            yield f"{cell.id}.branch.{branch}", way
        for outcome in cell.outcomes:
            for each in outcome.observations:
                yield f"{cell.id}.{outcome.check}[{outcome.subject}].{each.name}", worded(each.value, each.unit)


def _cases(facet: str, square: Square) -> list[Element]:
    """A case for every outcome; one skipped case for a check without any, so that the number of checks is always the catalogue's."""
    if square.outcomes:
        return [_case(each, square.waived) for each in square.outcomes]
    case = Element("testcase", name=square.check, classname=facet, time="0.000")
    SubElement(case, "skipped", type=square.verdict.value, message=one_line(f"not run: {square.reason}", _LONGEST_MESSAGE))
    return [case]


def _case(outcome: Outcome, waived: str) -> Element:
    subject = "" if outcome.subject in NOT_A_SUBJECT else f" [{outcome.subject}]"
    attempt = f" (attempt {outcome.attempt})" if outcome.attempt > 1 else ""
    case = Element("testcase", name=outcome.check + subject + attempt, classname=outcome.facet, time=f"{outcome.seconds:.3f}")
    if outcome.verdict is not Verdict.PASS:
        tag = {Verdict.FAIL: "failure", Verdict.HARNESS_FAULT: "error"}.get(outcome.verdict, "skipped")
        SubElement(case, tag, type=outcome.verdict.value, message=_message(outcome) + (f" ({waived})" if waived else ""))
    if told := list(_details(outcome)):
        SubElement(case, "system-out").text = "\n".join(told)
    return case


def _message(outcome: Outcome) -> str:
    because = f"because of {outcome.because}" if outcome.because else ""
    return one_line(f"{outcome.verdict.value}: {outcome.reason or outcome.seen or because or 'no reason recorded'}", _LONGEST_MESSAGE)


def _details(outcome: Outcome) -> Iterator[str]:
    yield from (f"{label}: {text}" for label, text in details(outcome))
    if outcome.because:
        yield f"because of: {outcome.because}"
    if outcome.blame:
        yield f"blame: {outcome.blame} ({outcome.blame_facet})"
    yield from (f"{each.name}: {worded(each.value, each.unit)}" for each in outcome.observations)
    yield from outcome.evidence
