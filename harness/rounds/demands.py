"""What a scenario requires and waives, held against the checks of its round: what no check of it could show is refused before it starts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from harness.errors import FileError
from harness.manifest import Scenario, Workload
from harness.manifest.reading import at
from harness.manifest.workload import MANIFEST
from harness.model import CheckInfo
from harness.report.words import ANSWERS, listed
from harness.score import Catalogue, Trait, constants, percent, weigh

_A_PAIR = 2

Place: TypeAlias = tuple[str | int, ...]
"""The keys that lead to something in a file."""


def refuse_unknown_must_haves(folder: Path, workload: Workload, known: Collection[str]) -> None:
    """Refuse a must-have of the workload in ``folder`` that is none of the ``known`` checks.

    Raises:
        FileError: there is one.
    """
    for number, each in enumerate(workload.must_have):
        if each not in known:
            file = folder / MANIFEST
            raise FileError(file, at(file, "must_have", number), f"{each} is no check", mend=_meant(each, known))


def refuse_limits_at_zero(folder: Path, workload: Workload) -> None:
    """Refuse a good time of nothing where a time is scored; shares, and times that no score knows, may be as good as nothing.

    Raises:
        FileError: the workload in ``folder`` has such a limit.
    """
    for observed, rule in constants().memberships.times.items():
        name = observed if observed in workload.limits else rule.check
        own = workload.limits.get(name)
        if own and own.good <= 0:
            file, keys = folder / MANIFEST, ("limits", name, "good") if own.good < own.limit else ("limits", name)
            message = f"no time is as good as nothing, so {observed} could not be scored"
            raise FileError(file, at(file, *keys), message, mend="write a good time above 0 s")


def refuse_lonely(scenario: Scenario, file: Path, clouds: int) -> None:
    """Refuse a move score that is required of a round of one cloud.

    Raises:
        FileError: it is.
    """
    if scenario.require.move is not None and clouds < _A_PAIR:
        raise FileError(
            file, at(file, "require", "move"), "one cloud has no other to move to", mend="name two clouds or more, or take it out"
        )


def refuse_unscorable(scenario: Scenario, file: Path, workload: str, chosen: Sequence[CheckInfo], left_out: Sequence[CheckInfo]) -> None:
    """Refuse a move score that is required of ``workload`` where ``checks`` leaves so much out that no move gets a number.

    Raises:
        FileError: it does.
    """
    if scenario.require.move is None:
        return
    rules = constants()
    traits = tuple(Trait(each.id, each.id, each.facet) for each in (*chosen, *left_out))
    weights = weigh(rules.profiles["equal"], Catalogue(traits))
    known, least = sum((weights[each.id] for each in chosen), Fraction(0)), rules.memberships.least_coverage
    if known < least:
        raise FileError(
            file,
            at(file, "require", "move"),
            f"checks leaves so much of {workload} out that no move has a number: {percent(known)} % of the weight is looked at, and "
            f"{percent(least)} % is the least",
            mend="add to checks, or take it out",
        )


def refuse_unseeable(scenario: Scenario, file: Path, known: tuple[CheckInfo, ...], chosen: Collection[str]) -> None:
    """Refuse what is required or waived and cannot be seen; ``chosen`` are the checks, of all that are ``known``, that the round runs.

    Raises:
        FileError: an id that is no check, or one that the round leaves out; a facet without checks, or of which the round leaves some out.
    """
    for keys, message, mend in _problems(scenario, {each.id: each for each in known}, chosen):
        raise FileError(file, at(file, *keys), message, mend=mend)


def _problems(scenario: Scenario, known: dict[str, CheckInfo], chosen: Collection[str]) -> Iterator[tuple[Place, str, str]]:
    """Where, what and the mend of each."""
    require = scenario.require
    ids = [] if require.must_have == "all" else require.must_have
    asked: list[tuple[Place, str]] = [(("require", "must_have", number), each) for number, each in enumerate(ids)]
    waived: list[tuple[Place, str]] = [(("waivers", number, "id"), each.id) for number, each in enumerate(scenario.waivers)]
    for place, id_ in asked + waived:
        if id_ not in known:
            yield place, f"{id_} is no check", _meant(id_, known)
    for place, id_ in asked:
        if id_ not in chosen:
            yield place, f"checks leaves {id_} out, so nothing could show it", "add it to checks"
    if require.to_page is not None and not set(ANSWERS) & set(chosen):
        problem = f"no check of this round looks at a page ({listed(tuple(ANSWERS))})"
        yield ("require", "to_page"), problem, "take it out, or add a workload with a page"
    for number, facet in enumerate(require.facets):
        whole = [each.id for each in known.values() if each.facet == facet]
        left_out = [each for each in whole if each not in chosen]
        if not whole:
            yield ("require", "facets", number), f"no check of this round is of {facet}", "take it out"
        elif left_out:
            yield (
                ("require", "facets", number),
                f"checks leaves {', '.join(left_out)} out, so {facet} is not whole",
                f"add {facet} to checks",
            )


def _meant(id_: str, known: Collection[str]) -> str:
    close = get_close_matches(id_, known, n=1)
    return f"did you mean {close[0]}?" if close else "`interop explain` lists the checks"
