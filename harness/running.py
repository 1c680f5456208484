"""``interop run`` and ``interop report``: a round from what was typed to what is shown."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import yaml
from rich.console import Console
from rich.text import Text

from harness.errors import HarnessFault, UsageError
from harness.lanes import Lanes, Lines
from harness.redact import redact
from harness.report import read_run, write_all
from harness.report.terminal import show
from harness.rounds import Round, conduct, plan_round
from harness.rounds.conclusion import Conclusion, weightier
from harness.showing import Format, err, is_live, out

_FILES = {Format.JSON: "report.json", Format.YAML: "report.json", Format.MARKDOWN: "report.md"}


def run_round(
    scenario: str,
    clouds: Sequence[str],
    overlays: Sequence[str],
    reports: Path,
    *,
    only: Sequence[str] = (),
    attempts: int | None = None,
    jobs: int | None,
    keep: bool,
    stage: bool = False,
    form: Format,
) -> int:
    """Plan, run, report; returns the round's exit code.

    Raises:
        UsageError: something typed or written cannot be used.
    """
    pairs = [_overlay(each) for each in overlays]
    planned = plan_round(scenario, clouds, pairs, reports, only=only, attempts=attempts, jobs=jobs, keep=keep)
    console = err()
    console.print(
        Text(f"run {planned.run}: {planned.scenario.title}, on {', '.join(each.name for each in planned.clouds)}"), soft_wrap=True
    )
    conclusion = _on_stage(planned, console) if stage else _conducted(planned, console)
    code = conclusion.exit_code
    try:
        if conclusion.nothing_ran:  # each refusal was said as it came; there is nothing to compare
            write_all(planned.folder)
        else:
            show_report(planned.folder, form)
    except Exception as error:  # noqa: BLE001  a fault in drawing must not hide what the round came to, nor a leak
        console.print(Text(redact("".join(traceback.format_exception(error)))), soft_wrap=True)
        console.print(Text(f"the report could not be made; the journals are whole: interop report {planned.folder}"), soft_wrap=True)
        code = weightier(code, HarnessFault.exit_code)
    if not conclusion.nothing_ran:
        for reason in conclusion.reasons:
            console.print(Text(f"- {reason}"), soft_wrap=True)
    if keep:
        for line in _how_to_sweep(planned):
            console.print(Text(line), soft_wrap=True)
    console.print(Text(f"exit code {code}; all of it is in {planned.folder}"), soft_wrap=True)
    return code


def _conducted(planned: Round, console: Console) -> Conclusion:
    lanes = Lanes(console, [each.name for each in planned.clouds]) if is_live(console) else None
    with lanes or nullcontext():
        return conduct(planned, lanes or Lines(console))


def _on_stage(planned: Round, console: Console) -> Conclusion:
    """Conduct the round beside a wallboard that reads its journals; where there is a terminal, that is one as well."""
    from harness.stage.beside import wallboard
    from harness.stage.pace import Live
    from harness.stage.terminal import Terminal

    with wallboard(planned.folder) as address:
        said = f"the wallboard is at {address}" if address else "the wallboard did not come up; the round goes on without it"
        console.print(Text(said), soft_wrap=True)
        if not is_live(console):
            return conduct(planned, Lines(console))
        with Terminal(Live(planned.folder), console) as terminal:
            terminal.say(said)
            return conduct(planned, terminal)


def show_report(folder: Path, form: Format) -> None:
    """Rebuild every form of a run's report from its journals, and show one of them."""
    write_all(folder)
    console = out()
    if form is Format.TABLE:
        show(read_run(folder), console)
        return
    text = (folder / _FILES[form]).read_text(encoding="utf-8")
    if form is Format.YAML:
        text = yaml.safe_dump(yaml.safe_load(text), sort_keys=False, allow_unicode=True)
    console.print(Text(text.rstrip("\n")), soft_wrap=True)


def _overlay(text: str) -> tuple[str, Path]:
    cloud, equals, file = text.partition("=")
    if not (cloud and equals and file):
        raise UsageError(f"--overlay {text}: not of the form CLOUD=FILE", mend="such as --overlay acme=overlays/acme.yaml")
    return cloud, Path(file)


def _how_to_sweep(planned: Round) -> list[str]:
    return [
        f"kept; to remove it: interop sweep --cloud {cloud} --run {planned.run}"
        for cloud in dict.fromkeys(each.cloud for each in planned.cells)
    ]
