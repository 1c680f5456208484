"""The shipped data files: whole, in order, and known by their digests."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from importlib.resources import files

from harness.score import constants, in_plain_words, newest


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


def test_the_plain_words_are_headings_with_a_paragraph() -> None:
    found = in_plain_words()
    assert len(found) == 7
    assert all(heading and len(paragraph) > 60 and "\n" not in paragraph and "#" not in paragraph for heading, paragraph in found)
