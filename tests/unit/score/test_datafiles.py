"""The shipped data files: whole, in order, and known by their digests."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from importlib.resources import files
from typing import Any

import pytest

from harness.score import ScoreError, constants, datafiles, in_plain_words, newest, profile


def test_digests_are_of_the_files_bytes() -> None:
    found = constants()
    assert found.digests == newest()
    for kind, name in found.files.items():
        content = files("harness.score").joinpath("data", name).read_bytes()
        assert found.digests[kind] == f"sha256:{sha256(content).hexdigest()}"
        assert f"version: {name.removesuffix('.yaml').rpartition('-')[2]}\n" in content.decode()


def test_costs_rise_from_a_name_to_a_changed_payload() -> None:
    costs = constants().costs
    assert [costs.of(each) for each in ("naming", "branch", "behaviour switch", "patched payload")] == [
        Fraction(1, 100),
        Fraction(1, 20),
        Fraction(1, 10),
        Fraction(1),
    ]
    assert {*costs.class_of.values(), costs.branch} <= set(costs.classes)


def test_numbers_are_read_as_they_are_written() -> None:
    assert constants().memberships.least_coverage == Fraction(4, 5)
    assert constants().profiles["workload"].must_have == Fraction(1, 2)


def test_every_time_has_limits_in_order_and_every_label_reaches_down() -> None:
    found = constants()
    assert all(0 < each.good < each.limit for each in found.memberships.times.values())
    assert min(each.at_least for each in found.labels) == 0


@pytest.mark.parametrize(("digest", "shown"), [([1], r"\[1\]"), ({}, "{}"), (None, "None"), (1, "1")])
def test_a_digest_that_is_no_text_is_refused_by_its_kind(digest: Any, shown: str) -> None:
    with pytest.raises(ScoreError, match=f"the data file of costs: a digest is a text; given is {shown}$"):
        constants({**newest(), "costs": digest})


def test_a_weight_too_large_to_count_with_is_refused() -> None:
    with pytest.raises(ScoreError, match="weights mine: boot: a number is expected; given is 1000"):
        profile("mine", {"facets": {"boot": 10**400}}, "")


def test_the_plain_words_are_headings_with_a_paragraph() -> None:
    found = in_plain_words()
    assert len(found) == 7
    assert all(heading and len(paragraph) > 60 and "\n" not in paragraph and "#" not in paragraph for heading, paragraph in found)


def test_a_newer_file_does_not_take_the_place_of_the_one_that_a_run_names(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, old = datafiles.shipped(), newest()
    dearer = {**shipped[old["costs"]][3], "classes": {"naming": 0.5, "branch": 0.5, "behaviour switch": 0.5, "patched payload": 1}}
    monkeypatch.setattr(datafiles, "shipped", lambda: {**shipped, "sha256:new": ("costs", 2, "costs-2.yaml", dearer)})
    assert newest() == {**old, "costs": "sha256:new"}
    assert constants().costs.of("naming") == Fraction(1, 2)
    assert constants(old).costs.of("naming") == Fraction(1, 100)
    assert constants(old).files["costs"] == "costs-1.yaml"
