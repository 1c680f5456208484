"""A comparison in words and tables, in the order of the questions that readers have; every form draws these same sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from statistics import median

from harness.report.comparison import Comparison
from harness.report.history import History, Stage
from harness.report.words import count, duration, listed, short_digest
from harness.score import Amount, Constants, Fall, Move, Profile, Rank, Step, Waterfall, hundredths, label, levels, percent

_NAMED = 6
_COLUMNS_IN_WORDS = 6
_COLUMNS_AT_MOST = 30

STEPS = {
    Step.LOSS: "lost",
    Step.NOT_SHOWN: "not seen",
    Step.GATE: "held back by must-haves",
    Step.ADAPTATION: "adapted",
}
"""The steps of a waterfall in words."""


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and a table; either may be missing."""

    title: str
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def of_pair(comparison: Comparison, there: str, here: str) -> tuple[Section, ...]:
    """What is to be said of a move from ``there`` to ``here``."""
    move = comparison.matrix.moves[there, here]
    return (
        Section("Can it move?", can_it(comparison, move)),
        Section("How sure is that?", how_sure(comparison, move)),
        _waterfall(comparison, move),
        _changes(move),
        Section("How long until it answers there?", how_long(comparison, move)),
        _made_with(comparison),
    )


def of_all(comparison: Comparison) -> tuple[Section, ...]:
    """What is to be said of all clouds together."""
    return (
        Section("Where does it run?", where_it_runs(comparison)),
        _matrix(comparison),
        _ranking(comparison),
        Section("Would other weights change that?", "\n".join(_sensitivity(comparison))),
        _times(comparison),
        _fleet(comparison),
        _made_with(comparison),
    )


def of_history(found: History) -> tuple[Section, ...]:
    """What is to be said of one cloud over time."""
    rows = tuple((each.run, each.started[:16], _runs(each), _holds(each), _counted(each)) for each in found.stages)
    changes = tuple(
        (each.run, change.turn.value, change.name, change.before, change.after) for each in found.stages for change in each.changes
    )
    told = dict.fromkeys(_history_made_with(found.stages))
    return (
        Section(f"{found.workload} on {found.cloud}", "", ("run", "started", "runs", "holds", "since the run before"), rows),
        Section("What changed", "" if changes else "nothing", ("run", "", "what", "before", "after") if changes else (), changes),
        Section("What to read it with", "\n".join(told)),
    )


def can_it(comparison: Comparison, move: Move) -> str:
    """The first sentence: whether the workload moves, how well, and what stands in its way."""
    name = comparison.workload.name
    if move.score is None:
        return f"Whether {name} moves from {move.there} to {move.here} has no number: {move.why}."
    word = label(move.score, comparison.constants.labels)
    held = f" Below whole there: {listed(move.gate.failing)}, which it must have." if move.gate.failing else ""
    return f"{name} {word} from {move.there} to {move.here}: {percent(move.score)} %.{held}"


def how_sure(comparison: Comparison, move: Move) -> str:
    """Bounds, coverage, what is unknown, and on how many attempts it stands."""
    known = f"{percent(move.fidelity.coverage)} % of the weight is known on both"
    attempts = " and ".join(f"{_attempts(comparison, each)} on {each}" for each in (move.there, move.here))
    text = f"Between {percent(move.low)} and {percent(move.high)} %, after {attempts}; {known}."
    missing = comparison.matrix.not_shown(move.there, move.here)
    if missing:
        why = comparison.matrix.clouds[comparison.clouds.index(move.here)].why
        said = [f"{each} ({why[each]})" if each in why else each for each in missing]
        text += f" Unknown on {move.here}: {listed(said, _NAMED)}."
    if not comparison.matrix.times_compare(move.there, move.here):
        text += " Times do not count between them: the kinds of server are not known to be the same."
    return text


def _attempts(comparison: Comparison, cloud: str) -> str:
    told = comparison.attempts_told(cloud)
    return f"{told} attempt" if told == "1" else f"{told} attempts"


def how_long(comparison: Comparison, move: Move) -> str:
    """Seconds from the first request until the workload answers, on both."""
    there, here = (_answers(comparison, each) for each in (move.there, move.here))
    apart = "" if comparison.matrix.times_compare(move.there, move.here) else " Not to be set beside each other: other kinds of server."
    return f"On {move.here} {here}; on {move.there} {there}.{apart}"


def where_it_runs(comparison: Comparison) -> str:
    """The reach, in a sentence."""
    found = comparison.reach
    text = f"{comparison.workload.name} runs unchanged on {len(found.runs)} of {count(len(comparison.clouds), 'cloud')}"
    text += f"; not on {listed(found.fails, _NAMED)}" if found.fails else ""
    text += f"; unproven on {listed(found.unproven, _NAMED)}" if found.unproven else ""
    return f"{text} (digest {short_digest(comparison.workload.digest)})."


def _answers(comparison: Comparison, cloud: str) -> str:
    times = comparison.answers.get(cloud, ())
    if not times:
        return "no answer was seen"
    if len(times) == 1:
        return f"after {duration(times[0])}"
    return f"after {duration(median(times))} (the middle of {len(times)}: {duration(min(times))} to {duration(max(times))})"


def _waterfall(comparison: Comparison, move: Move) -> Section:
    title = "What is lost, and what has to be adapted?"
    found = comparison.matrix.waterfall(move.there, move.here)
    if found is None:
        losses = comparison.matrix.losses(move.there, move.here)
        rows = tuple((each.check, f"−{percent(each.amount)}", _named(each.check, tuple(each.traits))) for each in losses)
        return Section(
            title, "Without a number there is no waterfall." + (" Of what is known, lost:" if rows else ""), ("", "%", "with it"), rows
        )
    return Section(title, "", ("", "", "%", "leaves"), tuple(steps(comparison, move, found)))


def steps(comparison: Comparison, move: Move, found: Waterfall) -> Iterator[tuple[str, str, str, str]]:
    """Each line of a waterfall: what it is, what about, how much, and what it leaves; the printed numbers sum exactly, too."""
    left = levels(list(accumulate((each.amount for each in found.falls), lambda level, amount: level - amount, initial=Fraction(1))))
    losses = sum(each.step is Step.LOSS for each in found.falls)
    yield f"all that holds on {move.there}", "", "", hundredths(left[0])
    for number, each in enumerate(found.falls):
        if number == losses:
            yield "fidelity, S", "", "", hundredths(left[number])
        about = _about(comparison, move, each)
        yield STEPS[each.step], about, f"−{hundredths(left[number] - left[number + 1])}", hundredths(left[number + 1])
    if losses == len(found.falls):
        yield "fidelity, S", "", "", hundredths(left[-1])
    yield "move score", "", "", hundredths(left[-1])


def _about(comparison: Comparison, move: Move, fall: Fall) -> str:
    if fall.step is Step.NOT_SHOWN:
        return f"{fall.name}: {listed(fall.about, _NAMED)}"
    if fall.step is not Step.LOSS or fall.about == (fall.name,):
        return fall.name
    others = listed([with_values(comparison, move, each) for each in fall.about if each != fall.name], _NAMED)
    return f"{fall.name} (with {others})" if fall.name in fall.about else f"{fall.name}: {others}"


def with_values(comparison: Comparison, move: Move, trait: str) -> str:
    """The name of a trait; of an amount what it is on both clouds, of a time what it came to."""
    known = [comparison.by_name[each].known.get(trait) for each in (move.there, move.here)]
    times = [comparison.times[each].get(trait, ()) for each in (move.there, move.here)]
    amounts = [float(each.value) for each in known if isinstance(each, Amount)]
    if len(amounts) == len(known):
        return f"{trait} {amounts[0]:g} → {amounts[1]:g}"
    if all(times):
        return f"{trait} {duration(median(times[0]))} → {duration(median(times[1]))}"
    return trait


def _named(check: str, traits: Sequence[str]) -> str:
    return listed([each for each in traits if each != check], _NAMED)


def _changes(move: Move) -> Section:
    title, adapted = "What must be changed, and what does it cost?", move.portability
    unknown = f"Unknown whether they differ: {listed(adapted.unknown, _NAMED)}." if adapted.unknown else ""
    if not adapted.adaptations:
        return Section(title, unknown or "Nothing: every input and branch is the same.")
    rows = []
    for each in adapted.adaptations:
        about = (each.name, each.cost_class, percent(each.cost))
        for one in each.differences:
            rows.append((*about, one.name, one.there, one.there_source, one.here, one.here_source))
            about = ("", "", "")
    text = f"The workload itself stays as it is. What is left after the costs: {percent(adapted.high)} %. {unknown}".rstrip()
    return Section(title, text, ("decision", "class", "cost %", "what", f"on {move.there}", "", f"on {move.here}", ""), tuple(rows))


def _matrix(comparison: Comparison) -> Section:
    """From the cloud of a line to the cloud of a column. With many clouds columns are numbers, which the lines have too."""
    names = comparison.clouds
    if len(names) < 2:
        return Section("How well does it move?", "There is one cloud only." if names else "There is no cloud.")
    if len(names) > _COLUMNS_AT_MOST:
        return Section("How well does it move?", f"The matrix of {len(names)} clouds is in the data: --format json.")
    numbered = len(names) > _COLUMNS_IN_WORDS
    heads = tuple(f"{number}" if numbered else f"to {name}" for number, name in enumerate(names, 1))
    rows = tuple(
        (f"{number} {there}" if numbered else f"from {there}", *(_square(comparison, there, here) for here in names))
        for number, there in enumerate(names, 1)
    )
    return Section("How well does it move? (per cent)", _without_number(comparison), ("", *heads), rows)


def _square(comparison: Comparison, there: str, here: str) -> str:
    if there == here:
        return "·"
    move = comparison.matrix.moves[there, here]
    if move.score is not None:
        return percent(move.score)
    return "?" if len(comparison.clouds) > _COLUMNS_IN_WORDS else f"? {percent(move.low)}–{percent(move.high)}"


def _without_number(comparison: Comparison) -> str:
    """Why there is no number: said once for a cloud where that is so of all moves into it, or all out of it."""
    moves = {pair: each.why for pair, each in comparison.matrix.moves.items() if each.score is None}
    if len(moves) == len(comparison.matrix.moves) and len(set(moves.values())) == 1:
        return f"No move has a number: {next(iter(moves.values()))}."
    whole = len(comparison.clouds) - 1
    reasons: dict[str, dict[str, None]] = {}
    for name in comparison.clouds:
        into, out_of = ([pair for pair in moves if pair[end] == name] for end in (1, 0))
        for word, pairs in (("to", into), ("from", out_of)):
            if pairs and len(pairs) == whole:
                reasons.setdefault(min(moves[each] for each in pairs), {})[f"{word} {name}"] = None
    told = {pair for pair in moves for said in reasons.values() if f"from {pair[0]}" in said or f"to {pair[1]}" in said}
    for (there, here), why in moves.items():
        if (there, here) not in told:
            reasons.setdefault(why, {})[f"from {there} to {here}"] = None
    return "\n".join(f"No number {listed(list(said), _NAMED)}: {why}." for why, said in reasons.items())


def _ranking(comparison: Comparison) -> Section:
    labels = comparison.constants.labels
    rows = tuple(
        (
            str(each.place or "–"),
            each.cloud,
            "–" if each.score is None else percent(each.score),
            label(each.score, labels),
        )
        for each in comparison.matrix.ranking
    )
    if len(rows) < 2:
        return Section("Where does it move best?", "There is nothing to rank.")
    return Section("Where does it move best?", "The mean of the moves into each.", ("", "to", "%", ""), rows)


def _times(comparison: Comparison) -> Section:
    """Until it answers, cloud by cloud, under the kind of its servers: no time of one kind stands beside that of another."""
    kinds: dict[str, list[str]] = {}
    for cloud in comparison.clouds:
        kinds.setdefault(comparison.participants[cloud].kind_of_server, []).append(cloud)
    rows = tuple(
        ("" if number else kind, cloud, _answers(comparison, cloud))
        for kind, clouds in kinds.items()
        for number, cloud in enumerate(clouds)
    )
    text = "Times of one kind of server are not to be set beside those of another." if len(kinds) > 1 else ""
    return Section("How long until it answers?", text, ("servers", "on", ""), rows)


def _sensitivity(comparison: Comparison) -> Iterator[str]:
    for each in comparison.sensitivity:
        if each.changes:
            pairs = listed([f"{better} and {worse}" for better, worse in each.swapped], _NAMED)
            yield f"Under the weights `{each.profile}` the order changes: {pairs} ({_places(each.ranking)})."
        else:
            yield f"Under the weights `{each.profile}` the order is the same."


def _places(ranking: Sequence[Rank]) -> str:
    return ", ".join(f"{each.place} {each.cloud}" for each in ranking[:_NAMED] if each.place is not None)


def _fleet(comparison: Comparison) -> Section:
    found = comparison.fleet
    if found.score is None:
        return Section("What holds everywhere?", "Nothing can be said.")
    rows = tuple((cloud, percent(share), listed(found.only_here.get(cloud, ()), _NAMED)) for cloud, share in found.members.items())
    number = len(comparison.clouds)
    where = f"on all {number} clouds at once" if number > 1 else f"on {comparison.clouds[0]}, the one cloud"
    text = f"{percent(found.score)} % of the weight holds {where}."
    return Section("What holds everywhere?", text, ("on", "holds %", "falls short only here"), rows)


def made_with(profile: Profile, constants: Constants) -> tuple[str, str]:
    """With which weights and data files something was scored, by their digests: two sentences."""
    of_its_own = profile.digest != constants.digests["weights"]
    weights = f"Weights: {profile.name}, {profile.title or 'of a file'}" + (f" ({short_digest(profile.digest)})." if of_its_own else ".")
    files = (f"{constants.files[kind]} {short_digest(digest)}" for kind, digest in constants.digests.items())
    return weights, f"Data files: {', '.join(files)}."


def _made_with(comparison: Comparison) -> Section:
    made = (*made_with(comparison.matrix.profile, comparison.constants), f"Runs: {listed(comparison.runs)}.")
    return Section("What to read it with", "\n".join([*comparison.remarks, *made]))


def _history_made_with(stages: Sequence[Stage]) -> Iterator[str]:
    """What is to be said of the runs, then weights and data files: once where they are the same for all."""
    for each in stages:
        yield from (_of_run(each.run, remark) for remark in each.remarks)
    made = {each.run: made_with(each.profile, each.constants) for each in stages}
    alike = len(set(made.values())) == 1
    for run, sentences in made.items():
        yield from (each if alike else f"Run {run}: {each}" for each in sentences)


def _of_run(run: str, remark: str) -> str:
    return remark if remark.startswith(f"run {run}") else f"run {run}: {remark}"


def _runs(stage: Stage) -> str:
    return {True: "yes", False: "no", None: "unproven"}[stage.runs]


def _holds(stage: Stage) -> str:
    return "–" if stage.holds is None else f"{percent(stage.holds)} %"


def _counted(stage: Stage) -> str:
    turns = [each.turn for each in stage.changes]
    return ", ".join(f"{turns.count(turn)} {turn}" for turn in dict.fromkeys(turns))
