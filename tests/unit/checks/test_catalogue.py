from __future__ import annotations

from pathlib import Path

import pytest

from harness.checks.catalogue import SHIPPED, catalogue
from harness.errors import FileError
from harness.model import Facet, Phase

ONE = '''
from harness.checks import check
LIMIT = 3

def helper():
    return LIMIT

@check("acme.second", facet="egress", needs=["acme.first"], source="us")
def test_second(server):
    """Second holds.

    And this is how it is looked at.
    """
    assert helper()

@check("acme.first", facet="boot", subject="cloud")
def test_first(cloud):
    """First holds."""

def test_ordinary():
    pass
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_one.py").write_text(ONE)
    return tmp_path


def test_it_is_read_without_being_run(folder: Path) -> None:
    (folder / "test_one.py").write_text("raise SystemExit\n" + ONE)
    first, second = catalogue([folder])
    assert (first.id, second.id) == ("acme.first", "acme.second")
    assert (second.facet, second.phase, second.needs, second.source, second.subject) == (
        "egress",
        "steady",
        ("acme.first",),
        "us",
        "server",
    )
    assert second.title == "Second holds."
    assert second.text.endswith("And this is how it is looked at.")


def test_the_digest_is_of_the_check_and_of_what_it_uses(folder: Path) -> None:
    def digests(text: str) -> list[str]:
        (folder / "test_one.py").write_text(text)
        return [each.digest for each in catalogue([folder])]

    first, second = digests(ONE)
    assert digests("\n\n" + ONE + "\nUNUSED = 1\n") == [first, second]
    changed_first, changed_second = digests(ONE.replace("LIMIT = 3", "LIMIT = 4"))
    assert (changed_first, changed_second == second) == (first, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"acme.first", facet', '"acme.second", facet'), "acme.second: is a check of"),
        (('needs=["acme.first"]', 'needs=["acme.frist"]'), "needs acme.frist, which is no check"),
        (('facet="egress"', 'facet="egrets"'), "unknown facet 'egrets'"),
        (('facet="egress"', "facet=EGRESS"), "not made of literals"),
        (('facet="egress"', 'facet="egress", phases="x"'), "phases"),
        (('"acme.first", facet', '"first", facet'), "not an id"),
        (('needs=["acme.first"]', 'needs="acme.first"'), "needs is not a list"),
        (('    """First holds."""', "    pass"), "has no docstring"),
        (("def helper():", "def helper(:"), "is not Python"),
    ],
)
def test_what_cannot_be_used_is_refused_by_file_and_name(folder: Path, change: tuple[str, str], words: str) -> None:
    (folder / "test_one.py").write_text(ONE.replace(*change))
    with pytest.raises(FileError) as refusal:
        catalogue([folder])
    assert "test_one.py" in refusal.value.message
    assert words in refusal.value.message


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such folder"):
        catalogue([tmp_path / "nowhere"])


def test_a_workloads_checks_may_need_shipped_ones(folder: Path) -> None:
    (folder / "test_one.py").write_text(ONE.replace('needs=["acme.first"]', 'needs=["boot.active"]'))
    assert len(catalogue([folder])) == 2


def test_the_shipped_catalogue_is_whole() -> None:
    found = catalogue([SHIPPED])
    ids = [each.id for each in found]
    assert len(ids) == len(set(ids)) >= 20
    assert all(each.source and each.title and each.digest for each in found)
    assert {each.facet for each in found} <= set(Facet)
    assert [each.phase for each in found] == sorted((each.phase for each in found), key=lambda phase: list(Phase).index(Phase(phase)))
    for number, each in enumerate(found):
        assert all(ids.index(need) < number for need in each.needs), each.id


def test_the_shipped_chain_goes_from_the_boot_to_the_inside() -> None:
    ids = [each.id for each in catalogue([SHIPPED])]
    chain = [
        "boot.active",
        "boot.first-boot-finishes",
        "addresses.fixed-in-guest",
        "initialisation.datasource",
        "reachability.public-answers",
        "initialisation.ssh-key",
        "addresses.three-ways",
    ]
    assert [each for each in ids if each in chain] == chain
