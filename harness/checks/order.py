"""In which order checks run, and which of them a selection asks for: functions of what they declare."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from harness.checks.marks import Spec
from harness.errors import UsageError
from harness.model import Facet, Phase

_PHASES = [str(each) for each in Phase]
_FACETS = [str(each) for each in Facet]
_GROUND = (str(Phase.STEADY), str(Facet.API_MANNERS))


def ordered(specs: Mapping[str, Spec]) -> tuple[str, ...]:
    """The ids so that what a check needs comes before it: by phase, then by needs, then by facet, then as written.

    Before all others come the steady checks of how the APIs answer, since everything else is asked of them.

    Raises:
        UsageError: checks that need each other.
    """
    written = {id_: number for number, id_ in enumerate(specs)}
    graph = {id_: [need for need in spec.needs if need in specs] for id_, spec in specs.items()}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        raise UsageError(f"checks need each other: {' → '.join(error.args[1])}", mend="take one need out") from error

    def place(id_: str) -> tuple[int, int, int]:
        is_ground = (specs[id_].phase, specs[id_].facet) == _GROUND
        return _PHASES.index(specs[id_].phase), -1 if is_ground else _FACETS.index(specs[id_].facet), written[id_]

    found: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=place)
        found.append(ready.pop(0))
        sorter.done(found[-1])
    return tuple(found)


def wanted(specs: Mapping[str, Spec], chosen: Collection[str]) -> set[str]:
    """The ids that ``chosen`` (ids or facets; none of them, or ``all``: everything) comes to, with all that they need.

    Raises:
        UsageError: something chosen is neither a check nor a facet.
    """
    if not chosen or "all" in chosen:
        return set(specs)
    strange = [each for each in chosen if each not in specs and each not in _FACETS]
    if strange:
        raise UsageError(f"neither a check nor a facet: {', '.join(strange)}", mend="`interop explain` lists the checks")
    found: set[str] = set()
    waiting = [id_ for id_, spec in specs.items() if id_ in chosen or spec.facet in chosen]
    while waiting:
        id_ = waiting.pop()
        if id_ in specs and id_ not in found:
            found.add(id_)
            waiting += specs[id_].needs
    return found


def unknown_needs(specs: Mapping[str, Spec], known: Collection[str]) -> Iterable[str]:
    """One sentence for every need that names no check of ``specs`` or ``known``."""
    for spec in specs.values():
        for need in spec.needs:
            if need not in specs and need not in known:
                yield f"{spec.id} needs {need}, which is no check"
