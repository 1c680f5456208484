from __future__ import annotations

import pytest

from harness.checks.marks import Spec, check, spec
from harness.checks.order import ordered, unknown_needs, wanted
from harness.errors import UsageError


def specs(*each: Spec) -> dict[str, Spec]:
    return {one.id: one for one in each}


BOOT = spec("boot.up", facet="boot")
KEY = spec("initialisation.key", facet="initialisation", needs=["boot.up"])
REBOOT = spec("lifecycle.reboot", facet="lifecycle", phase="disruptive", needs=["initialisation.key"])
NAMES = spec("egress.names", facet="egress", needs=["initialisation.key"])


def test_needs_come_first_and_disruptive_ones_last() -> None:
    assert ordered(specs(REBOOT, NAMES, KEY, BOOT)) == ("boot.up", "initialisation.key", "egress.names", "lifecycle.reboot")


def test_how_the_apis_answer_comes_before_everything_that_is_asked_of_them() -> None:
    first = spec("api.first", facet="api-manners", subject="cloud")
    last = spec("api.last", facet="api-manners", phase="disruptive", subject="cloud")
    assert ordered(specs(last, REBOOT, KEY, first, BOOT)) == ("api.first", "boot.up", "initialisation.key", "lifecycle.reboot", "api.last")


def test_checks_that_need_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match=r"x\.a.*x\.b|x\.b.*x\.a"):
        ordered(specs(spec("x.a", facet="boot", needs=["x.b"]), spec("x.b", facet="boot", needs=["x.a"])))


def test_what_is_chosen_brings_what_it_needs() -> None:
    every = specs(BOOT, KEY, REBOOT, NAMES)
    assert wanted(every, ["egress"]) == {"egress.names", "initialisation.key", "boot.up"}
    assert wanted(every, ["lifecycle.reboot"]) == {"lifecycle.reboot", "initialisation.key", "boot.up"}
    assert wanted(every, []) == wanted(every, ["all"]) == set(every)


def test_what_is_neither_check_nor_facet_is_refused() -> None:
    with pytest.raises(UsageError, match="egrets"):
        wanted(specs(BOOT), ["egrets"])


def test_unknown_needs_are_told() -> None:
    assert list(unknown_needs(specs(KEY), ["boot.up"])) == []
    assert list(unknown_needs(specs(KEY), [])) == ["initialisation.key needs boot.up, which is no check"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"facet": "egrets"}, "unknown facet"),
        ({"facet": "boot", "phase": "later"}, "unknown phase"),
        ({"facet": "boot", "subject": "planet"}, "unknown subject"),
        ({"facet": "boot", "needs": "boot.active"}, "needs is not a list"),
    ],
)
def test_a_mark_that_says_nonsense_is_refused_where_it_stands(arguments: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check("acme.thing", **arguments)
