"""The sample round that readers are shown is what this version makes of its journals."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.report import write_all

KEPT = Path(__file__).parents[3] / "reports" / "sample"
FORMS = ("badge.svg", "junit.xml", "outcomes.csv", "report.html", "report.json", "report.md")


def test_every_form_of_the_sample_is_made_from_its_journals_alone(tmp_path: Path) -> None:
    for journal in (KEPT / "journal.jsonl", *KEPT.glob("cells/*/journal.jsonl")):
        copy = tmp_path / "sample" / journal.relative_to(KEPT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(journal, copy)
    write_all(tmp_path / "sample")
    changed = [form for form in FORMS if (tmp_path / "sample" / form).read_bytes() != (KEPT / form).read_bytes()]
    assert changed == [], "make it anew: `interop report reports/sample`, or `make sample`"
