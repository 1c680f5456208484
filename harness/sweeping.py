"""``interop sweep``: what runs left on some clouds is shown, then removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from openstack.exceptions import SDKException

from harness.clouds import netns
from harness.clouds.config import entry, opened
from harness.clouds.sorting import sort
from harness.errors import UsageError
from harness.model import Resource
from harness.ownership import Swept, inventory, owned, run_of, sweep
from harness.rounds import processes


@dataclass(frozen=True)
class Found:
    """Something on ``cloud`` that carries a mark of ours; ``busy`` when the run that made it is under way on this machine."""

    cloud: str
    resource: Resource
    run: str
    busy: bool


def look(clouds: Iterable[str], run: str | None) -> list[Found]:
    """What carries the mark of ``run``, or of any run, on ``clouds``. What a run under way holds is told apart, unless it is named.

    Raises:
        InteropError: a cloud cannot be used.
    """
    alive = {each[-8:] for each in processes.runs_under_way()} if run is None else set()
    found = []
    for name in clouds:
        with netns.inside(entry(name).netns, name):
            try:
                resources = owned(inventory(opened(name)), run)
            except SDKException as error:
                raise sort(error) from error
        found += [Found(name, each, run_of(each), run_of(each)[-8:] in alive) for each in resources]
    return found


def row(found: Found) -> tuple[str, str, str, str, str]:
    """What was found, for a table: a run's last eight characters tell it apart."""
    resource = found.resource
    return found.cloud, found.run[-8:], resource.kind, resource.name or resource.id, "run under way, left alone" if found.busy else ""


def end_processes(run: str) -> int:
    """End what is left of the named run's processes on this machine: they could go on making things. Returns how many there were."""
    number = len(processes.of_run(run))
    if number:
        processes.end(run)
    return number


def remove(found: Iterable[Found], tell: Callable[[str], None]) -> list[str]:
    """Remove what was found, except what is busy; returns what could not be removed, in words."""
    stuck: list[str] = []
    idle = [each for each in found if not each.busy]
    for cloud in dict.fromkeys(each.cloud for each in idle):
        with netns.inside(entry(cloud).netns, cloud):
            connection = opened(cloud)
            for run in dict.fromkeys(each.run for each in idle if each.cloud == cloud):

                def on_event(word: str, resource: Resource, cloud: str = cloud) -> None:
                    if word == "removed":
                        tell(f"{cloud}: removed {resource.kind} {resource.name or resource.id}")

                try:
                    swept: Swept = sweep(connection, run, on_event)
                except SDKException as error:
                    stuck.append(f"{cloud}: {sort(error).message}")
                    continue
                stuck += [f"{cloud}: {each.resource.kind} {each.resource.name or each.resource.id}: {each.reason}" for each in swept.stuck]
    return stuck


def the_run(text: str | None) -> str | None:
    """A run's id as typed: whole, or its last eight characters, or a run's folder.

    Raises:
        UsageError: too short to tell runs apart.
    """
    if text is None:
        return None
    run = text.rstrip("/").rpartition("/")[2]
    if len(run) < 8:
        raise UsageError(f"--run {text}: too short to tell runs apart", mend="give the run's id, or its last eight characters")
    return run
