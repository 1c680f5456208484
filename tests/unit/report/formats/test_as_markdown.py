"""report.md is short, and nothing from outside is markup in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.report.formats.as_markdown import render
from harness.report.markdown import escaped
from harness.report.reading import read_run
from harness.report.words import short_digest
from harness.score import constants, newest


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a|b", "a\\|b"),
        ("<b>", "\\<b\\>"),
        ("*_`~[]{}\\", "\\*\\_\\`\\~\\[\\]\\{\\}\\\\"),
        ("&amp;", "&amp;amp;"),
        ("@all", "&#64;all"),
        ("see #12", "see &#35;12"),
        ("https://x.example", "https&#58;//x.example"),
        ("www.x.example", "www&#46;x.example"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_markdown_or_a_forge_would_act_upon_is_escaped(text: str, safe: str) -> None:
    assert escaped(text) == safe


@pytest.mark.parametrize("recorded", ["pair", "troubled", "many", "hostile"])
def test_every_table_has_as_many_columns_in_each_row(recorded: str, request: pytest.FixtureRequest) -> None:
    text = render(read_run(request.getfixturevalue(recorded)))
    tables = [each for each in text.split("\n\n") if each.startswith("|")]
    assert tables
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_nothing_hostile_survives(hostile: Path) -> None:
    text = render(read_run(hostile))
    assert not re.search(r"(?<!\\)<", text)
    assert "@all" not in text
    assert "https://" not in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", text)
    assert not re.search(r"(?m)^#+ .*[^&]#1", text)


def test_it_says_the_sentence_then_the_differences_then_the_rest(pair: Path) -> None:
    text = render(read_run(pair))
    assert text.splitlines()[2].startswith("**lampstack ran unchanged on 2 of 2 clouds")
    assert "| addresses.kind | ✓ floating | ✓ direct |" in text
    assert "### Alike on every cloud (21)\n\nboot.active, boot.console" in text


def test_failures_and_unknowns_are_told(troubled: Path) -> None:
    text = render(read_run(troubled))
    assert "- ✗ **initialisation.ssh-key** (initialisation) on database" in text
    assert "  - try next: openstack console log show interop-database" in text
    assert "- bad: quota: no more reboots (lifecycle.soft-reboot)" in text
    assert "| **shut** | kind of server not stated | ? refused: the password is wrong (mend: correct auth.password of shut) |" in text
    assert "## Left behind\n\n- bad: port interop-ab12cd34-000001-port (11)" in text


def test_with_many_clouds_ways_are_told_instead_of_columns(many: Path) -> None:
    text = render(read_run(many))
    assert "|  | ✓ direct | acme-cloud, fjord-cloud, kelp-cloud, pine-cloud |" in text
    assert len(text) < 65536


def test_its_scores_name_the_weights_and_the_data_files(pair: Path) -> None:
    text = " ".join(render(read_run(pair)).replace("\\", "").split())
    files = constants().files
    assert "Weights: equal, " in text
    for kind, digest in newest().items():
        assert f"{files[kind]} {short_digest(digest)}" in text
