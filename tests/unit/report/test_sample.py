"""The sample round that readers are shown is what this version makes of its journals."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from harness.report import write_all
from tests.unit.recordings import SAMPLE

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


def test_a_kept_run_is_its_journals_its_pictures_and_its_report(tmp_path: Path) -> None:
    house, run = tmp_path / "house", tmp_path / "run"
    (house / "scripts").mkdir(parents=True)
    script = Path(shutil.copy(KEPT.parents[1] / "scripts" / "keep-sample.sh", house / "scripts"))
    shutil.copytree(SAMPLE, run)
    for cell in run.glob("cells/*"):
        (cell / "cell.json").write_text(f'{{"workload_folder": "{house}/workloads/lampstack"}}')
        (cell / "engine").mkdir()
    small, large = (run / "cells" / f"{cloud}.lampstack" / "page.png" for cloud in ("lab1", "lab2"))
    small.write_bytes(b"picture")
    large.write_bytes(b"picture" * 40_000)
    subprocess.run(["bash", script, run], check=True, capture_output=True)
    kept = house / "reports" / "sample"
    cells = {str(each.relative_to(kept / "cells")) for each in kept.rglob("cells/*/*")}
    assert cells == {f"{cloud}.lampstack/{name}" for cloud in ("lab1", "lab2") for name in ("cell.json", "journal.jsonl")} | {
        "lab1.lampstack/page.png"
    }
    assert {each.read_text() for each in kept.rglob("cell.json")} == {'{"workload_folder": "workloads/lampstack"}'}
    assert {each.name for each in kept.iterdir()} == {"cells", "journal.jsonl", *FORMS}

    for no_run in (tmp_path / "mistyped", kept):
        refused = subprocess.run(["bash", script, no_run], check=False, capture_output=True, text=True)
        assert (refused.returncode, refused.stderr) == (2, f"{no_run}: no run's folder, or the sample itself, which stays as it is\n")
    assert (kept / "report.html").is_file()
