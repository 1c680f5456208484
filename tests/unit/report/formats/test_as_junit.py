"""junit.xml is what Jenkins reads: its schema's elements and attributes, one result a case, and counts that add up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from harness.report.formats.as_junit import render
from harness.report.reading import read_run

RESULTS = ("failure", "error", "skipped")
RECORDED = ["pair", "troubled", "many", "hostile"]
# Of Jenkins' junit-10.xsd (its xUnit plugin): required and other attributes, and children, of the elements that are used here.
GRAMMAR = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname", "group"}, {*RESULTS, "system-out", "system-err"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
MIXED = {"failure", "error", "skipped", "system-out", "system-err"}
SECONDS = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def read(folder: Path) -> Element:
    return fromstring(render(read_run(folder)))  # noqa: S314


def case(root: Element, suite: str, name: str) -> Element:
    return next(each for each in root.iterfind(f"testsuite[@name='{suite}']/testcase") if each.get("name") == name)


def faults(root: Element) -> list[str]:
    """What Jenkins' schema has against a document."""
    found = [] if root.tag == "testsuites" else [f"begins with {root.tag}"]
    for element in root.iter():
        if element.tag not in GRAMMAR:
            found.append(f"{element.tag} is unknown")
            continue
        required, other, children = GRAMMAR[element.tag]
        found += [f"{element.tag} lacks {name}" for name in required - set(element.keys())]
        found += [f"{element.tag} has {name}" for name in set(element.keys()) - required - other]
        found += [f"{each.tag} in {element.tag}" for each in element if each.tag not in children]
        found += [f"text in {element.tag}"] if element.tag not in MIXED and _has_text(element) else []
        timed = element.tag in {"testsuites", "testsuite"}
        found += [f"time of {element.tag}"] if timed and not SECONDS.fullmatch(element.get("time", "0")) else []
    return found


def _has_text(element: Element) -> bool:
    return any((text or "").strip() for text in (element.text, *(each.tail for each in element)))


@pytest.mark.parametrize("recorded", RECORDED)
def test_jenkins_schema_has_nothing_against_it(recorded: str, request: pytest.FixtureRequest) -> None:
    assert faults(read(request.getfixturevalue(recorded))) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda root: root[0].attrib.pop("errors"), "testsuite lacks errors"),
        (lambda root: root[0].set("time", "fast"), "time of testsuite"),
        (lambda root: root[0].set("colour", "red"), "testsuite has colour"),
        (lambda root: root[0].find("testcase").append(Element("properties")), "properties in testcase"),
        (lambda root: root[0].append(Element("remark")), "remark in testsuite"),
        (lambda root: setattr(root[0].find("testcase"), "text", "hello"), "text in testcase"),
    ],
)
def test_the_schema_as_written_here_finds_faults(change: Callable[[Any], object], fault: str, pair: Path) -> None:
    root = read(pair)
    change(root)
    assert fault in faults(root)


@pytest.mark.parametrize("recorded", RECORDED)
def test_a_case_has_one_result_at_most_and_counts_add_up(recorded: str, request: pytest.FixtureRequest) -> None:
    root = read(request.getfixturevalue(recorded))
    for suite in root:
        cases = suite.findall("testcase")
        assert all(sum(each.tag in RESULTS for each in found) <= 1 for found in cases)
        assert suite.get("tests") == str(len(cases))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(name) == str(len(suite.findall(f"testcase/{tag}")))
    assert root.get("tests") == str(sum(int(each.get("tests", "0")) for each in root))


def test_verdicts_become_failures_errors_and_skips(troubled: Path) -> None:
    root = read(troubled)
    failed = case(root, "bad.lampstack", "initialisation.ssh-key [database]")
    assert failed.get("classname") == "initialisation"
    assert [(each.tag, each.get("message")) for each in failed if each.tag in RESULTS] == [("failure", "fail: the login was refused")]
    assert "try next: openstack console log show interop-database" in (failed.findtext("system-out") or "")
    told = {
        "application.shared-post [page]": ("error", "harness-fault: KeyError: 'id'"),
        "egress.package [web-1]": ("skipped", "denied: the proxy forbids it"),
        "lifecycle.soft-reboot [web-1]": ("skipped", "quota: no more reboots"),
        "addresses.mtu [database]": ("skipped", "not-run: because of initialisation.ssh-key"),
    }
    for name, result in told.items():
        found = case(root, "bad.lampstack", name)
        assert [(each.tag, each.get("message")) for each in found if each.tag in RESULTS] == [result]


def test_a_refused_cloud_skips_the_whole_catalogue_with_its_reason(troubled: Path) -> None:
    suite = read(troubled).find("testsuite[@name='shut.lampstack']")
    assert suite is not None
    assert (suite.get("tests"), suite.get("skipped")) == ("24", "24")
    messages = {each.get("message") for each in suite.iterfind("testcase/skipped")}
    assert messages == {"not run: the cloud was refused: the password is wrong"}


def test_cases_stand_in_the_order_of_the_ladder(pair: Path) -> None:
    suite = read(pair)[0]
    checks = list(dict.fromkeys((each.get("name") or "").split(" ")[0] for each in suite.iterfind("testcase")))
    assert checks == [each.id for each in read_run(pair).catalogue]


def test_observations_stand_in_properties(pair: Path) -> None:
    suite = read(pair)[1]
    values = {each.get("name"): each.get("value") for each in suite.iterfind("properties/property")}
    assert values["lab2.lampstack.addresses.kind[web-1].addresses.kind"] == "direct"
    assert values["lab2.lampstack.branch.network"] == "shared"
