"""``interop requirements``: a scenario that requires what a workload needs, made from its manifest without a question."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.cell.checking import folders_of
from harness.checks.catalogue import catalogue
from harness.errors import UsageError
from harness.manifest import Workload, find_workload, read_workload
from harness.manifest.scenario import CELL_LIMIT_S
from harness.report.words import ANSWERS
from harness.rounds.demands import refuse_unknown_must_haves

_WAIVED_FOR = timedelta(days=90)


def scenario_from(name: str) -> str:
    """The text of a scenario for the workload ``name`` (a name or a folder).

    It requires the workload's must-haves, the limit that its manifest sets to the time to the page, and that the facets of its
    must-haves are whole.

    Raises:
        UsageError: there is no such workload, or its manifest or checks cannot be used.
    """
    folder = find_workload(name).resolve()
    workload = read_workload(folder)
    known = catalogue(folders_of(folder))
    refuse_unknown_must_haves(folder, workload, {each.id for each in known})
    facets = list(dict.fromkeys(each.facet for each in known if each.id in workload.must_have))
    seen = (ANSWERS[each.id] for each in known if each.id in ANSWERS)
    to_page = next((workload.limits[each].limit for each in seen if each in workload.limits), None)
    require = [
        f"  must_have: {_list(workload.must_have) if workload.must_have else 'all'}",
        "  # move: 0.8 # the least move score between any two of the clouds; needs two or more",
        *([f"  to_page: {to_page:g} s"] if to_page is not None else []),
        *([f"  facets: {_list(facets)} # every check of these has to be known and passed"] if facets else []),
    ]
    return "\n".join([*_head(name, folder, workload), "require:", *require, *_waivers(workload, known[0].id)]) + "\n"


def write_new(file: Path, text: str) -> None:
    """Write ``text`` into ``file``, which somebody may have made their own since it was last written.

    Raises:
        UsageError: the file is there already, or cannot be written.
    """
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file}: is there already", mend="name another file, or remove this one") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}", mend="name a file that you may write") from error


def _head(name: str, folder: Path, workload: Workload) -> list[str]:
    written = json.dumps(str(folder), ensure_ascii=False) if os.sep in name or name.startswith(".") else name
    return [
        f"# What {workload.name} has to reach on every cloud, made from its manifest: interop requirements --from-workload {name}",
        "#   interop run THIS-FILE --cloud A --cloud B",
        f"title: {json.dumps(f'Requirements of {workload.name}', ensure_ascii=False)}",
        f"workloads: [{written}]",
        "checks: all",
        "attempts: 1",
        f"limits: {{cell: {CELL_LIMIT_S / 60:g} min}}",
    ]


def _waivers(workload: Workload, any_check: str) -> list[str]:
    day = (datetime.now(UTC) + _WAIVED_FOR).date().isoformat()
    return [
        "# A waiver is shown beside the verdict until it expires, and after that as expired. It raises no score and changes no exit code.",
        "# waivers:",
        f"#   - id: {workload.must_have[0] if workload.must_have else any_check}",
        "#     cloud: A # without this: every cloud",
        "#     reason: why it is accepted for now",
        "#     owner: who answers for it",
        f"#     expires: {day} # the last day on which it stands",
    ]


def _list(names: list[str]) -> str:
    return f"[{', '.join(names)}]"
