"""One workload over one or several runs, scored: recorded runs in, a move matrix out, with all that did not match named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.errors import UsageError
from harness.journal import SCHEMA
from harness.report.inequality import Likeness, compared
from harness.report.knowledge import Attempt, attempts, knowledge, seconds_of, traits_of
from harness.report.merging import Member, Together, left_out_by, merged
from harness.report.met import Met, of_check
from harness.report.record import Cell, Participant, Run, Workload
from harness.report.values import worded
from harness.report.weighting import only, profile_of
from harness.report.words import ANSWERS, count, listed
from harness.score import (
    Catalogue,
    Choice,
    Cloud,
    Constants,
    Costs,
    Fleet,
    Matrix,
    Profile,
    Reach,
    ScoreError,
    Sensitivity,
    Trait,
    constants,
    fleet,
    reach,
    sensitivity,
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """One workload on every cloud of ``runs`` (ids), scored. ``constants`` name the data files it was made with.

    By cloud: ``participants``, ``attempts`` (how many were made), ``telling`` (how many of these say anything), and ``times``, by name the
    seconds that each attempt came to. ``in_doubt`` are the clouds where not every attempt was deployed with each must-have seen to hold.
    ``remarks`` are in words: whatever did not match, was left out, or is missing.
    """

    workload: Workload
    runs: tuple[str, ...]
    matrix: Matrix
    constants: Constants
    participants: Mapping[str, Participant]
    attempts: Mapping[str, int]
    telling: Mapping[str, int]
    times: Mapping[str, Mapping[str, tuple[float, ...]]]
    in_doubt: frozenset[str]
    remarks: tuple[str, ...]

    @property
    def clouds(self) -> tuple[str, ...]:
        """The clouds' names, in the order in which they were first met."""
        return tuple(each.name for each in self.matrix.clouds)

    def attempts_told(self, cloud: str) -> str:
        """How many attempts say anything, of those that were made: ``2``, ``1 of 2``."""
        made, telling = self.attempts[cloud], self.telling[cloud]
        return str(made) if telling == made else f"{telling} of {made}"

    @cached_property
    def by_name(self) -> Mapping[str, Cloud]:
        """The clouds by their names."""
        return {each.name: each for each in self.matrix.clouds}

    @cached_property
    def answers(self) -> Mapping[str, tuple[float, ...]]:
        """By cloud, the seconds until the workload answered, of each attempt that got there."""
        return {cloud: next((found[each] for each in ANSWERS.values() if found.get(each)), ()) for cloud, found in self.times.items()}

    @cached_property
    def fleet(self) -> Fleet:
        """What all clouds have in common."""
        return fleet(self.matrix.catalogue, self.matrix.weights, self.matrix.clouds)

    @cached_property
    def reach(self) -> Reach:
        """Where the workload runs."""
        return reach(self.matrix.catalogue, self.matrix.clouds, self.in_doubt)

    @cached_property
    def sensitivity(self) -> tuple[Sensitivity, ...]:
        """The ranking under every other shipped profile."""
        others = [each for each in self.constants.profiles.values() if each != self.matrix.profile]
        return sensitivity(self.matrix, others)


def compare(runs: Sequence[Run], weights: str = "equal") -> tuple[Comparison, ...]:
    """A comparison for every workload, by its digest, that ``runs`` have; under a shipped profile of weights, or one in a file.

    Runs count from the oldest to the newest, in whatever order they are given.

    Raises:
        UsageError: no run, one twice, runs made with data files that are not here or not the same, or weights that cannot be used.
    """
    each_once(runs)
    rules = constants_of(runs)
    found = merged(in_time(runs))
    catalogues = [_told(each, rules) for each in found]
    checks = {trait.check for traits, _ in catalogues for trait in traits}
    profile = profile_of(weights, rules, {trait.facet for traits, _ in catalogues for trait in traits}, checks)
    try:
        return tuple(
            _comparison(each, traits, told, rules, profile) for each, (traits, told) in zip(found, catalogues, strict=True) if traits
        )
    except ScoreError as error:
        raise UsageError(str(error), mend="correct it, or compare without it") from error


def each_once(runs: Sequence[Run]) -> None:
    """Let ``runs`` through if there is one at least, and none twice.

    Raises:
        UsageError: they are not such.
    """
    twice = sorted({each.id for each in runs if [other.id for other in runs].count(each.id) > 1})
    if twice or not runs:
        raise UsageError(f"run {twice[0]} is named twice" if twice else "no run is named", mend="name each run once")


def in_time(runs: Iterable[Run]) -> list[Run]:
    """``runs`` as they started, the oldest first."""
    return sorted(runs, key=lambda each: (each.started, each.id))


def constants_of(runs: Iterable[Run]) -> Constants:
    """The data files that the runs were made with; for those that do not say, the newest.

    Raises:
        UsageError: they were made with different ones, or with one that is not part of this version.
    """
    named = {run.id: run.score_files for run in runs if run.score_files}
    first = next(iter(named), None)
    for run, digests in named.items():
        if first is not None and digests != named[first]:
            kinds = [kind for kind in {**named[first], **digests} if named[first].get(kind) != digests.get(kind)]
            raise UsageError(
                f"runs {first} and {run} were made with different data files of the score ({listed(sorted(kinds))})",
                mend="compare them apart",
            )
    try:
        return constants(named[first] if first is not None else None)
    except ScoreError as error:
        raise UsageError(f"run {first}: {error}", mend="use the version of interop-harness that made it") from error


def _told(together: Together, rules: Constants) -> tuple[tuple[Trait, ...], dict[str, tuple[Mapping[str, Attempt], ...]]]:
    """What is scored, and by cloud what the attempts say."""
    told = {each.name: attempts(each.cells, together.checks) for each in together.members}
    return traits_of(together.checks, rules.memberships, (one for each in told.values() for one in each)), told


def _comparison(
    together: Together, traits: tuple[Trait, ...], told: Mapping[str, Sequence[Mapping[str, Attempt]]], rules: Constants, profile: Profile
) -> Comparison:
    common = [each for each in traits if each.check not in together.apart]
    apart = {each.id: together.apart[each.check] for each in traits if each.check in together.apart}
    found = {
        each.name: knowledge(common, told[each.name], rules.memberships, together.workload, _left_out(together, each))
        for each in together.members
    }
    clouds = tuple(
        Cloud(
            each.name,
            _kind(each),
            found[each.name].known,
            _choices(each.cells, rules.costs),
            found[each.name].why | apart,
            frozenset(trait.id for trait in common if trait.check in _left_out(together, each)),
        )
        for each in together.members
    )
    catalogue = Catalogue(traits, together.workload.must_have)
    fitting = only(profile, {each.facet for each in traits}, {each.check for each in traits})
    remarks = [
        *together.remarks,
        *_about_runs(together),
        *_about_clouds(together, rules.costs),
        *_about_inputs(together),
        *(f"{name}: {each}" for name, known in found.items() for each in known.remarks),
    ]
    return Comparison(
        together.workload,
        tuple(each.id for each in together.runs),
        Matrix(catalogue, clouds, fitting, rules.costs, rules.memberships.least_coverage),
        rules,
        {each.name: replace(each.participant, name=each.name) for each in together.members},
        {each.name: len(each.cells) for each in together.members},
        {name: sum(any(found.valid for found in attempt.values()) for attempt in each) for name, each in told.items()},
        {
            name: {value: seconds_of(value, rule.check, each) for value, rule in rules.memberships.times.items()}
            for name, each in told.items()
        },
        frozenset(each.name for each in together.members if not _ran(each.cells, told[each.name], together.workload.must_have)),
        tuple(dict.fromkeys(remarks)),
    )


def _ran(cells: Sequence[Cell], told: Sequence[Mapping[str, Attempt]], must_have: Sequence[str]) -> bool:
    """Whether the workload was deployed in every attempt, and each must-have seen to hold: the rule of the report's first sentence, too."""
    return all(
        cell.deployed and all(check in known and known[check].held and of_check(check, cell.outcomes)[0] is Met.YES for check in must_have)
        for cell, known in zip(cells, told, strict=True)
    )


def _left_out(together: Together, member: Member) -> frozenset[str]:
    """The checks that the scenario left out in every run that the cloud was in."""
    return frozenset.intersection(*(left_out_by(run, together.workload.name) for run in together.runs if run.id in member.runs))


def _kind(member: Member) -> str:
    """The kind of a cloud's servers; one that nobody stated is like no other cloud's, so that its times are compared with none."""
    return member.participant.servers or f"{member.participant.kind_of_server}: {member.name}"


def _choices(cells: Sequence[Cell], costs: Costs) -> tuple[Choice, ...]:
    """What the workload was given and which ways it took, in the last attempt that tells."""
    found = []
    given = next((each for each in reversed(cells) if each.inputs), None)
    for each in given.inputs if given else ():
        group, cost_class = costs.input_groups.get(each.name, each.name), costs.class_of.get(each.kind, costs.other)
        found.append(Choice(f"input {each.name}", group, cost_class, worded(each.value), each.source))
    took = next((each for each in reversed(cells) if each.branches), None)
    for name, way in took.branches.items() if took else ():
        found.append(Choice(f"branch {name}", costs.branch_groups.get(name, name), costs.branch, way, "taken"))
    return tuple(found)


def _about_runs(together: Together) -> Iterator[str]:
    """What the runs' own records lack."""
    for run in together.runs:
        if not run.score_files:
            yield f"run {run.id} does not say with which data files it is to be scored: the newest are used"
        if run.schema < SCHEMA:
            yield f"run {run.id} has journals of an older schema ({run.schema}; this version writes {SCHEMA})"
    if not together.workload.must_have:
        yield f"{together.workload.name} names no must-haves: its gate is open"


def _about_clouds(together: Together, costs: Costs) -> Iterator[str]:
    """What a reader must know of the clouds: kinds of server that nobody stated, and attempts that were not given the same."""
    unstated = [each for each in together.members if not each.participant.servers]
    if never := [each.name for each in unstated if "servers" not in each.traces]:
        yield f"the kind of server is not stated for {listed(never)}: no time counts between them and another cloud"
    if partly := [each.name for each in unstated if "servers" in each.traces]:
        yield f"the kind of server is not stated in every run for {listed(partly)}: no time counts between them and another cloud"
    for each in together.members:
        if changed := sorted(name for name, values in _ways(each.cells, costs).items() if len(values) > 1):
            yield f"{each.name}: {listed(changed)} not the same in all {count(len(each.cells), 'attempt')}; the last counts"


def _about_inputs(together: Together) -> Iterator[str]:
    """Inputs that are not the same thing everywhere, or not proven to be, whatever they are called."""
    last = {each.name: next((cell for cell in reversed(each.cells) if cell.inputs), None) for each in together.members}
    for name in dict.fromkeys(given.name for cell in last.values() if cell for given in cell.inputs):
        values = {cloud: given for cloud, cell in last.items() if cell for given in cell.inputs if given.name == name}
        found = compared(together.workload.name, name, values)
        if found.likeness is Likeness.UNEQUAL:
            yield f"{name} is not the same thing on all clouds ({listed(found.differing)}): read results with it in mind"
        elif found.likeness is Likeness.UNPROVEN and len(values) > 1:
            yield f"{name}: nothing proves that it is the same thing on all clouds"


def _ways(cells: Iterable[Cell], costs: Costs) -> dict[str, set[str | None]]:
    """Every value of each input and branch over the attempts."""
    found: dict[str, set[str | None]] = {}
    for cell in cells:
        for choice in _choices([cell], costs):
            found.setdefault(choice.name, set()).add(choice.value)
    return found
