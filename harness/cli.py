"""The command ``interop``: verbs only. Data goes to standard output, progress and errors to standard error."""

from __future__ import annotations

import logging
import sys
import traceback
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from harness.errors import HarnessFault, InteropError, UsageError
from harness.redact import redact
from harness.report.clean import clean_text
from harness.showing import Format, err, out, show_data, show_rows

app = typer.Typer(
    name="interop",
    help="Deploy reference workloads, unchanged, on many OpenStack clouds, and compare what really happened.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMAND_GROUPS = "interop.commands"
"""Entry points of this group name Typer applications that are mounted as groups of commands."""

Clouds = Annotated[list[str], typer.Option("--cloud", metavar="NAME", help="An entry of clouds.yaml; may be repeated.")]
Form = Annotated[Format, typer.Option("--format", help="How data is shown.")]
Reports = Annotated[Path, typer.Option("--reports", metavar="DIR", help="Where runs are written.")]


@app.command()
def doctor(cloud: Clouds = [], reports: Reports = Path("reports"), form: Form = Format.TABLE) -> None:  # noqa: B006
    """Look whether this machine is ready for a round, and whether clouds answer."""
    from harness.doctor import examine

    findings = examine(cloud, reports)
    if form in (Format.JSON, Format.YAML):
        show_data([{"name": each.name, "ok": each.ok, "text": each.text, "mend": "" if each.ok else each.mend} for each in findings], form)
    else:
        rows = [(each.name, each.state, each.text, "" if each.ok else each.mend) for each in findings]
        show_rows("", ("what", "state", "", "mend"), rows, form)
    raise typer.Exit(0 if all(each.ok or not each.needed for each in findings) else UsageError.exit_code)


@app.command()
def discover(
    cloud: Annotated[str, typer.Argument(metavar="CLOUD", help="An entry of clouds.yaml.")],
    workload: Annotated[str | None, typer.Option("--workload", metavar="NAME", help="Resolve this workload's inputs.")] = None,
    overlay: Annotated[Path | None, typer.Option("--overlay", metavar="FILE", help="Inputs that are set.")] = None,
    form: Form = Format.TABLE,
) -> None:
    """Show what is found on a cloud, each with its evidence, without creating anything."""
    from harness.discovering import facts_of, show_facts

    show_facts(facts_of(cloud, workload, overlay), form)


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario's file or name, or a workload's name.")],
    cloud: Clouds = [],  # noqa: B006
    overlay: Annotated[
        list[str], typer.Option("--overlay", metavar="CLOUD=FILE", help="Inputs to set on one cloud; may be repeated.")
    ] = [],  # noqa: B006
    cell: Annotated[
        list[str], typer.Option("--cell", metavar="CLOUD.WORKLOAD", help="Only this workload on this cloud; may be repeated.")
    ] = [],  # noqa: B006
    attempts: Annotated[int | None, typer.Option("--attempts", min=1, help="How often, instead of the scenario's attempts.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Cells at the same time (default: all, or what a lab carries).")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave what was made, and say how to sweep it.")] = False,
    stage: Annotated[bool, typer.Option("--stage", help="Show the round on a wallboard, in a browser and in the terminal.")] = False,
    reports: Reports = Path("reports"),
    form: Form = Format.TABLE,
) -> None:
    """Run a scenario on several clouds, side by side, and compare what happened."""
    from harness.running import run_round

    code = run_round(scenario, cloud, overlay, reports, only=cell, attempts=attempts, jobs=jobs, keep=keep, stage=stage, form=form)
    raise typer.Exit(code)


@app.command()
def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its id.")],
    reports: Reports = Path("reports"),
    form: Form = Format.TABLE,
) -> None:
    """Rebuild a run's reports from its journals alone, and show the matrix."""
    from harness.running import show_report

    folder = Path(run) if Path(run).is_dir() else reports / run
    show_report(folder, form)


@app.command()
def runs(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where runs were written.")] = Path("reports"),
    form: Form = Format.TABLE,
) -> None:
    """List the runs of a folder: which, when, where, how each ended; damaged ones are marked."""
    from harness.runlist import show_runs

    show_runs(folder, form)


@app.command()
def requirements(
    from_workload: Annotated[str, typer.Option("--from-workload", metavar="NAME", help="A workload's name or folder.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it here instead of showing it.")] = None,
) -> None:
    """Make a scenario that requires what a workload needs, to be run on the clouds in question."""
    from harness.requiring import scenario_from, write_new

    text = scenario_from(from_workload)
    if output is None:
        out().print(Text(text.rstrip("\n")), soft_wrap=True)
    else:
        write_new(output, text)


@app.command()
def replay(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its id.")],
    speed: Annotated[float, typer.Option("--speed", min=0.1, max=1000, help="How many times as fast as it was.")] = 1.0,
    lanes: Annotated[int | None, typer.Option("--lanes", min=1, max=64, help="Copy the recorded lanes until there are so many.")] = None,
    terminal: Annotated[bool, typer.Option("--terminal", help="Play it here instead of in a browser.")] = False,
    reports: Reports = Path("reports"),
) -> None:
    """Play a recorded round on the wallboard, with its own timing. It needs no cloud."""
    from harness.stage.playing import play

    folder = Path(run) if Path(run).is_dir() else reports / run
    play(folder, speed, lanes, err(), terminal=terminal)


@app.command()
def compare(
    run: Annotated[list[str], typer.Argument(metavar="RUN…", help="Runs' folders, or their ids.")],
    there: Annotated[str | None, typer.Option("--from", metavar="CLOUD", help="The cloud to move from.")] = None,
    here: Annotated[str | None, typer.Option("--to", metavar="CLOUD", help="The cloud to move to.")] = None,
    weights: Annotated[str, typer.Option("--weights", metavar="PROFILE", help="equal, workload, or a file of weights.")] = "equal",
    history: Annotated[str | None, typer.Option("--history", metavar="CLOUD", help="One cloud over the runs.")] = None,
    reports: Reports = Path("reports"),
    form: Form = Format.TABLE,
) -> None:
    """Say how well a workload moves from cloud to cloud, how sure that is, what is lost, and what must be changed."""
    from harness import comparing

    folders = [Path(each) if Path(each).is_dir() else reports / each for each in run]
    if history and (there or here):
        raise UsageError("--history is about one cloud", mend="take out --from and --to")
    if history:
        comparing.show_history(folders, history, weights, form)
    elif there and here:
        comparing.show_comparison(folders, weights, form, (there, here))
    elif there or here:
        raise UsageError("a move has two ends", mend="give --from and --to, or neither")
    else:
        comparing.show_comparison(folders, weights, form)


@app.command()
def sweep(
    cloud: Clouds,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Only what this run left.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
    reports: Reports = Path("reports"),
    form: Form = Format.TABLE,
) -> None:
    """Show what runs left on clouds, then remove it. Nothing without our mark is touched.

    With --run and --yes, what is left of the run's processes on this machine is ended first, and the run's keys are forgotten at the end.
    """
    from harness.sweeping import show_and_sweep

    def sure(number: int) -> bool:
        return sys.stdin.isatty() and typer.confirm(f"Remove these {number}?", err=True)

    raise typer.Exit(show_and_sweep(cloud, run, reports, form, None if yes else sure))


@app.command()
def explain(
    check: Annotated[str | None, typer.Argument(metavar="[ID]", help="A check's id; without one, all are listed.")] = None,
    workload: Annotated[str | None, typer.Option("--workload", metavar="NAME", help="A workload whose own checks count too.")] = None,
    form: Form = Format.TABLE,
) -> None:
    """Say what a check looks at, what it needs, and where its expectation comes from."""
    from harness import explaining
    from harness.manifest import find_workload
    from harness.model import to_json

    known = explaining.known_checks(find_workload(workload) if workload else None)
    chosen = known if check is None else (explaining.explain(check, known),)
    if form in (Format.JSON, Format.YAML):
        show_data([to_json(each) for each in chosen], form)
    elif check is None:
        show_rows("", ("check", "facet", "phase", ""), [(each.id, each.facet, each.phase, each.title) for each in known], form)
    else:
        info = chosen[0]
        facts = [
            ("facet", info.facet),
            ("phase", info.phase),
            ("subject", info.subject),
            ("needs", ", ".join(info.needs) or "nothing"),
            ("source", info.source or "none"),
        ]
        out().print(Text(f"{info.id}\n\n{info.text}\n"), soft_wrap=True)
        show_rows("", ("", ""), facts, form)


@app.command()
def version(form: Form = Format.TABLE) -> None:
    """Show the versions of the harness and of what it uses."""
    from harness.versions import versions

    found = versions()
    if form in (Format.JSON, Format.YAML):
        show_data(found, form)
    else:
        show_rows("", ("what", "version"), list(found.items()), form)


def main() -> None:
    """The command's entry: every error that was foreseen is one clear message and an exit code, never a traceback."""
    logging.getLogger().addHandler(logging.NullHandler())
    _mount_groups()
    try:
        app()
    except InteropError as error:
        err().print(Text(clean_text(redact(f"interop: {error}"))), soft_wrap=True)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001  a fault of ours: said without secrets, and not as the exit code of a verdict
        err().print(Text(redact("".join(traceback.format_exception(error)))), soft_wrap=True)
        err().print(Text("interop: this is a fault of the harness; please report it with the lines above"), soft_wrap=True)
        sys.exit(HarnessFault.exit_code)


def _mount_groups() -> None:
    mounted = {each.name for each in app.registered_groups}
    for point in entry_points(group=COMMAND_GROUPS):
        if point.name in mounted:
            continue
        try:
            group = point.load()
        except ImportError as error:
            logging.getLogger(__name__).info("the commands %s are not there: %s", point.name, error)
            continue
        app.add_typer(group, name=point.name)


if __name__ == "__main__":
    main()
