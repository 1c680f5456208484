"""From a cloud's cells to what is known of it, in the score's terms.

Each cell is an attempt. In it a check held when it passed on every subject that there was to look at; one failure is evidence enough,
and a check that a failure kept from running was lost to that failure. Anything else leaves the attempt out, and so does a record that
ends before the last subject: it says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from harness.model import CheckInfo, Json
from harness.report.clean import a_time
from harness.report.record import Cell, Workload
from harness.report.squares import Known as Judged
from harness.report.squares import by_check, looked
from harness.report.words import Standing, count
from harness.score import (
    Amount,
    Kind,
    Known,
    Members,
    Membership,
    Memberships,
    ScoreError,
    TimeRule,
    Trait,
    counted,
    quickness,
    sharing,
)

_LOST = Membership(Fraction(0), Fraction(0), Fraction(0))


@dataclass(frozen=True)
class Attempt:
    """What one attempt says of one check: ``held``, or lost to the checks in ``blamed``; neither where it says nothing, and ``why``."""

    held: bool = False
    blamed: tuple[str, ...] = ()
    why: str = ""
    outcomes: Judged = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether it says anything about the cloud."""
        return self.held or bool(self.blamed)


@dataclass(frozen=True)
class Knowledge:
    """What is known of each trait; of the others, ``why`` not; ``remarks`` name recorded values that are none."""

    known: dict[str, Known]
    why: dict[str, str]
    remarks: tuple[str, ...]


def attempts(cells: Iterable[Cell], checks: Iterable[CheckInfo]) -> tuple[Mapping[str, Attempt], ...]:
    """By check, what each of ``cells`` says; ``checks`` tell what each of them is about."""
    kinds = {each.id: each.subject for each in checks}
    return tuple(
        {check: _attempt(check, known, _subjects(cell, kinds.get(check, ""))) for check, known in by_check((cell,)).items()}
        for cell in cells
    )


def knowledge(
    traits: Sequence[Trait],
    told: Sequence[Mapping[str, Attempt]],
    rules: Memberships,
    workload: Workload,
    left_out: Collection[str] = (),
) -> Knowledge:
    """What ``told``, the attempts on one cloud, say of ``traits``. Limits of the workload's own stand above those of ``rules``.

    ``left_out`` are the checks that no scenario asked for there.
    """
    known: dict[str, Known] = {}
    why: dict[str, str] = {}
    remarks: list[str] = []
    for trait in traits:
        each = [attempt[trait.check] for attempt in told if trait.check in attempt]
        found = _of(trait, each, rules, workload, remarks)
        if found is None:
            why[trait.id] = next((attempt.why for attempt in each if attempt.why), _why_not(trait, each, left_out))
        else:
            known[trait.id] = found
    return Knowledge(known, why, tuple(dict.fromkeys(remarks)))


def traits_of(checks: Iterable[CheckInfo], rules: Memberships, told: Iterable[Mapping[str, Attempt]]) -> tuple[Trait, ...]:
    """What is scored: a trait for every check, and one for each value of it that counts and was observed anywhere."""
    observed = {name for attempt in told for each in attempt.values() for name, _, _ in _values(each)}
    found = []
    for check in checks:
        kind = Kind.FACT if rules.is_fact(check.id, check.facet) else Kind.BEHAVIOUR
        found.append(Trait(check.id, check.id, check.facet, kind))
        measured = {name: Kind.TIME for name, rule in rules.times.items() if rule.check == check.id}
        measured |= {name: Kind.AMOUNT for name, owner in rules.amounts.items() if owner == check.id}
        measured |= {name: Kind.SET for name, owner in rules.sets.items() if owner == check.id}
        found += [Trait(_named(name, check.id), check.id, check.facet, kind) for name, kind in measured.items() if name in observed]
    return tuple(found)


def seconds_of(name: str, check: str, told: Iterable[Mapping[str, Attempt]]) -> tuple[float, ...]:
    """What a time came to in each attempt where the check held: its slowest subject's."""
    held = (attempt[check] for attempt in told if check in attempt and attempt[check].held)
    times = ([time for _, time in _times(each, name) if time is not None] for each in held)
    return tuple(max(each) for each in times if each)


def _why_not(trait: Trait, each: Sequence[Attempt], left_out: Collection[str]) -> str:
    """Why a trait is unknown of which no attempt says so."""
    if any(one.valid for one in each):
        return "no value was recorded"
    return "left out by the scenario" if trait.check in left_out else "never tried"


def _named(value: str, check: str) -> str:
    """A value that is called as its check is told apart from the check's verdict."""
    return f"{value} (value)" if value == check else value


def _subjects(cell: Cell, kind: str) -> int:
    """How many subjects of ``kind`` there were to look at."""
    if cell.deployment is None or kind not in ("server", "endpoint"):
        return 1
    if kind == "endpoint":
        return len({each.name for each in cell.deployment.endpoints})
    return len({each.subject(cell.mark) for each in cell.deployment.servers})


def _attempt(check: str, known: Judged, subjects: int) -> Attempt:
    told = looked(known)
    if any(standing in (Standing.FAILS, Standing.LACKS) for _, standing in told):
        return Attempt(blamed=(check,), outcomes=told)
    roots = [outcome.blame or outcome.because for outcome, standing in told if standing is Standing.FOLLOWS]
    if roots:
        return Attempt(blamed=tuple(dict.fromkeys(roots)), outcomes=told)
    unknown = [outcome for outcome, standing in told if standing is Standing.UNKNOWN]
    if unknown:
        reason = unknown[0].reason or (f"because of {unknown[0].because}" if unknown[0].because else "")
        return Attempt(why=": ".join(filter(None, (unknown[0].verdict.value.replace("-", " "), reason))), outcomes=told)
    if len(known) < subjects:
        return Attempt(why=f"recorded on {len(known)} of {subjects} only", outcomes=told)
    return Attempt(held=True, outcomes=told)


def _of(trait: Trait, each: list[Attempt], rules: Memberships, workload: Workload, remarks: list[str]) -> Known | None:
    valid = [attempt for attempt in each if attempt.valid]
    blame = sharing(lost for attempt in valid for lost in _lost(attempt))
    if trait.kind is Kind.TIME:
        return _time(trait, valid, rules, workload, remarks)
    if trait.kind.stands_alone:
        uncertainty = rules.uncertainty_of_facts if trait.kind is Kind.FACT else rules.uncertainty
        return counted(sum(attempt.held for attempt in valid), len(valid), uncertainty, blame) if valid else None
    held = [attempt for attempt in valid if attempt.held]
    if valid and not held:
        return Membership(_LOST.point, _LOST.low, _LOST.high, blame)
    return _amount(trait, held, remarks) if trait.kind is Kind.AMOUNT else _members(trait, held)


def _time(trait: Trait, valid: list[Attempt], rules: Memberships, workload: Workload, remarks: list[str]) -> Membership | None:
    """How good the times were on the whole; an attempt that was lost has the worst of times."""
    rule = _rule(trait, rules.times[trait.id], workload)
    good: list[Fraction] = []
    missing: list[tuple[str, Fraction]] = []
    for attempt in valid:
        if not attempt.held:
            good.append(Fraction(0))
            missing += _lost(attempt)
            continue
        times = list(_times(attempt, trait.id))
        remarks += [f"{trait.id}: a time that is none: {value!r}" for value, time in times if time is None]
        known = [time for _, time in times if time is not None]
        if not known or len(known) < len(times):
            continue
        good.append(min(quickness(time, rule.good, rule.limit) for time in known))
        missing.append((trait.check, 1 - good[-1]))
    if good and len(good) < len(valid):
        remarks.append(f"{trait.id}: only {len(good)} of {count(len(valid), 'attempt')} recorded a time; the others are left out")
    return counted(sum(good, Fraction(0)), len(good), rules.uncertainty, sharing(missing)) if good else None


def _lost(attempt: Attempt) -> list[tuple[str, Fraction]]:
    """The checks that an attempt was lost to, each with an even part of it."""
    return [(check, Fraction(1, len(attempt.blamed))) for check in attempt.blamed]


def _rule(trait: Trait, rule: TimeRule, workload: Workload) -> TimeRule:
    """The limits of a time: the workload's own under the name of the value or of its check, else those of ``rule``.

    Raises:
        ScoreError: the workload's limits are none.
    """
    own = workload.limits.get(trait.id) or workload.limits.get(trait.check)
    if own is None:
        return rule
    if not 0 < own.good <= own.limit:
        raise ScoreError(f"{workload.name}: the limits of {trait.id} are none: good {own.good}, limit {own.limit}")
    return TimeRule(rule.check, own.good, own.limit)


def _amount(trait: Trait, held: list[Attempt], remarks: list[str]) -> Amount | None:
    """The least that was observed anywhere."""
    numbers = []
    for value in (value for attempt in held for name, value, _ in _values(attempt) if name == _observed(trait)):
        for number in value if isinstance(value, list) else [value]:
            amount = a_time(number)  # an amount, like a time, is finite and not below 0
            if amount is None:
                remarks.append(f"{trait.id}: an amount that is none: {number!r}")
                return None
            numbers.append(Fraction(str(number)))
    return Amount(min(numbers)) if numbers else None


def _members(trait: Trait, held: list[Attempt]) -> Members | None:
    """What was observed in every attempt, on any subject."""
    seen = []
    for attempt in held:
        values = [value for name, value, _ in _values(attempt) if name == _observed(trait)]
        if values:
            seen.append({str(each) for value in values for each in (value if isinstance(value, list) else [value])})
    return Members(frozenset(set.intersection(*seen))) if seen else None


def _observed(trait: Trait) -> str:
    return trait.id.removesuffix(" (value)")


def _times(attempt: Attempt, name: str) -> Iterator[tuple[Json, float | None]]:
    """Every recorded value of the time ``name``, and what it is in seconds; ``None`` for what is no time in seconds."""
    for observed, value, unit in _values(attempt):
        if observed == name:
            yield value, a_time(value) if unit == "s" else None


def _values(attempt: Attempt) -> Iterator[tuple[str, Json, str]]:
    for outcome, _ in attempt.outcomes:
        for each in outcome.observations:
            yield each.name, each.value, each.unit
