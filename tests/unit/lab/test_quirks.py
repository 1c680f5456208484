"""Quirks are found by their files, and what each says it breaks is a check that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.checks.catalogue import SHIPPED, catalogue
from harness.lab.cloudspec import find_specs
from harness.lab.quirks import Quirk, find

ROOT = Path(__file__).parents[3]
QUIRKS = find()


def test_there_is_a_quirk_for_every_file() -> None:
    files = {path.stem.replace("_", "-") for path in (ROOT / "harness/lab/quirks").glob("*.py")} - {"--init--"}
    assert set(QUIRKS) == files


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=QUIRKS)
def test_a_quirk_names_a_check_of_its_facet_that_its_workload_has(quirk: Quirk) -> None:
    own = ROOT / "workloads" / quirk.workload / "checks"
    known = {info.id: info.facet for info in catalogue([SHIPPED, *([own] if own.exists() else [])])}
    assert known.get(quirk.check) == quirk.facet


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=QUIRKS)
def test_a_quirk_fits_at_least_one_of_the_labs_clouds_and_says_what_it_is(quirk: Quirk) -> None:
    assert [spec.name for spec in find_specs().values() if quirk.fits(spec)]
    assert len(quirk.title) > 20
