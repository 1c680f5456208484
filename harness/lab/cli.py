"""``interop lab …``: verbs only; each calls a function of the lab."""

from __future__ import annotations

import json
import shlex
import time
from enum import StrEnum
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["app"]

app = typer.Typer(help="Real OpenStack clouds on this machine, for rehearsals and tests (needs root).", no_args_is_help=True)
quirk_app = typer.Typer(help="Known defects for a lab's clouds.", no_args_is_help=True)
app.add_typer(quirk_app, name="quirk")


LARGEST_WORKLOAD = 4
"""Servers that a lab must have room for, to be of use: those of the largest reference workload."""


class Form(StrEnum):
    """The forms that data is shown in."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


Clouds = Annotated[list[str], typer.Option("--cloud", metavar="NAME", help="A cloud of the lab; may be repeated.")]
Named = Annotated[
    list[str], typer.Argument(metavar="[CLOUD]...", help="Clouds of the lab (none: those that are there by default).", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="Every cloud that is described.")]
Format = Annotated[Form, typer.Option("--format", help="How data is shown.")]
Cloud = Annotated[str, typer.Argument(metavar="CLOUD", help="A cloud of the lab.")]


@app.command()
def install(
    clouds: Named = [],  # noqa: B006
    everything: All = False,
) -> None:
    """Fetch and make all that the clouds need, in one cache folder; safe to run again at any time."""
    from harness.lab.cloudspec import choose, find_specs
    from harness.lab.install import install
    from harness.lab.paths import Cache

    install(Cache.default(), _err(), choose(find_specs(), clouds, everything=everything))


@app.command()
def uninstall() -> None:
    """Take down every lab and remove all that was made in the cache folder."""
    from harness.lab.install import uninstall
    from harness.lab.paths import Cache

    uninstall(Cache.default(), _err())


@app.command()
def up(
    clouds: Named = [],  # noqa: B006
    cloud: Clouds = [],  # noqa: B006
    everything: All = False,
    quirk: Annotated[list[str], typer.Option("--quirk", metavar="NAME", help="A defect for these clouds; may be repeated.")] = [],  # noqa: B006
) -> None:
    """Bring clouds up, and heal what does not run; without --quirk they are healthy."""
    from harness.lab.bundle import Bundle
    from harness.lab.cloud import Cloud
    from harness.lab.cloudspec import choose, find_specs
    from harness.lab.install import require_installed
    from harness.lab.machine import require_for_servers, require_root, scarce
    from harness.lab.resolver import offer_names
    from harness.lab.settle import require_possible, settle
    from harness.lab.up import up

    require_root()
    bundle = Bundle()
    named = [*clouds, *cloud]
    chosen = choose(find_specs(), named, everything=everything)
    require_possible(chosen, quirk, all_of_them=bool(named))
    require_installed(bundle.paths.cache, chosen)
    console = _err()
    there = {each.name for each in Cloud.all_of(bundle)} if bundle.first else set()
    if not bundle.first:
        require_for_servers(LARGEST_WORKLOAD)
    for warning in scarce(bundle.paths.cache, [spec for spec in chosen if spec.name not in there]):
        console.print(Text(warning, style="yellow"))
    began = time.monotonic()
    file = up(bundle, chosen, say=lambda line: console.print(Text(line, style="dim")))
    offer_names(bundle)
    for line in settle(bundle, [spec.name for spec in chosen], quirk):
        console.print(Text(line))
    console.print(Text(f"the lab {bundle.name!r} is up ({time.monotonic() - began:.0f} s); its clouds are in {file}"), soft_wrap=True)


@app.command()
def status(form: Format = Form.TABLE) -> None:
    """Show each service, its memory, and whether it answers; the exit code is 0 when all do."""
    from harness.lab.bundle import Bundle
    from harness.lab.machine import require_root
    from harness.lab.status import status
    from harness.lab.up import authority_of

    require_root()
    bundle = Bundle()
    states = status(bundle, authority_of(bundle).certificate_file)
    rows: list[dict[str, object]] = [
        {"cloud": each.cloud, "service": each.service, "pid": each.pid, "mib": each.memory_mib, "state": each.problem or "answers"}
        for each in states
    ]
    _show(rows, form)
    raise typer.Exit(any(each.problem for each in states))


@app.command()
def env(cloud: Cloud, admin: Annotated[bool, typer.Option("--admin", help="The administrator's instead of a member's.")] = False) -> None:
    """Print what a client needs, for a shell to read: eval "$(interop lab env CLOUD)"."""
    from harness.lab.access import environment
    from harness.lab.bundle import Bundle
    from harness.lab.machine import require_root
    from harness.lab.up import authority_of

    require_root()
    bundle = Bundle()
    for name, value in environment(bundle, cloud, authority_of(bundle).certificate_file, admin=admin).items():
        _out().print(Text(f"export {name}={shlex.quote(value)}"), soft_wrap=True)


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def exec(  # noqa: A001  # the verb's name
    command: Annotated[list[str], typer.Argument(metavar="-- CMD [ARGS]...", help="A program of this machine, and its arguments.")],
    net: Annotated[str, typer.Option("--net", metavar="NAME", help="Another network namespace of the lab, such as a cloud's.")] = "outside",
) -> None:
    """Run a program where the lab's clouds and servers are reachable: its files, environment and terminal stay this machine's."""
    from harness.lab.bundle import Bundle
    from harness.lab.door import enter_and_become
    from harness.lab.machine import require_root

    require_root()
    enter_and_become(Bundle(), command, netns=net)


@app.command()
def logs(
    cloud: Annotated[str, typer.Argument(metavar="CLOUD", help="A cloud of the lab, or shared.")],
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A service, as `interop lab status` names it.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written from now on.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = 50,
) -> None:
    """Show a service's log."""
    from harness.lab.access import log_file
    from harness.lab.bundle import Bundle
    from harness.lab.logs import show
    from harness.lab.machine import require_root

    require_root()
    show(log_file(Bundle(), cloud, service), lines, follow=follow)


@app.command()
def down() -> None:
    """End the lab, and what `exec` or a round let in; nothing but the cache folder stays."""
    from harness.lab.bundle import Bundle
    from harness.lab.machine import require_root

    require_root()
    bundle = Bundle()
    bundle.down()
    _err().print(Text(f"the lab {bundle.name!r} is down"))


@quirk_app.command("list")
def quirk_list(form: Format = Form.TABLE) -> None:
    """Show every defect there is, the check that it must turn red, and the lab's clouds that have it now."""
    from harness.lab.bundle import Bundle
    from harness.lab.quirks import broken, find

    now = broken(Bundle())
    rows: list[dict[str, object]] = [
        {
            "quirk": each.name,
            "check": each.check,
            "workload": each.workload,
            "on": ", ".join(now.get(each.name, [])),
            "what": each.title,
        }
        for each in find().values()
    ]
    _show(rows, form)


@quirk_app.command("on")
def quirk_on(name: Annotated[str, typer.Argument(metavar="NAME")], cloud: Clouds) -> None:
    """Break clouds that are up."""
    from harness.lab.access import cloud_named
    from harness.lab.bundle import Bundle
    from harness.lab.machine import require_root
    from harness.lab.quirks import apply

    require_root()
    for each in cloud:
        apply(name, cloud_named(Bundle(), each))


@quirk_app.command("off")
def quirk_off(name: Annotated[str, typer.Argument(metavar="NAME")], cloud: Clouds) -> None:
    """Mend clouds that are up."""
    from harness.lab.access import cloud_named
    from harness.lab.bundle import Bundle
    from harness.lab.machine import require_root
    from harness.lab.quirks import remove

    require_root()
    for each in cloud:
        remove(name, cloud_named(Bundle(), each))


def _show(rows: list[dict[str, object]], form: Form) -> None:
    """Print rows of data."""
    if form is Form.JSON:
        _out().print(Text(json.dumps(rows, indent=2)), soft_wrap=True)
    elif form is Form.YAML:
        _out().print(Text(yaml.safe_dump(rows, sort_keys=False).rstrip()), soft_wrap=True)
    elif rows:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in rows[0]:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(str(value)) for value in row.values()))
        _out().print(table)


def _out() -> Console:
    return Console(highlight=False)


def _err() -> Console:
    return Console(stderr=True, highlight=False)
