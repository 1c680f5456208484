"""One line a cloud: what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from harness.report.headline import ran
from harness.report.matrix import Table
from harness.report.record import Cell, Participant, Run, Status
from harness.report.words import Standing, count

_WORST = (Status.REFUSED, Status.FAILED, Status.CUT, Status.NEVER_STARTED, Status.INTERRUPTED, Status.DONE)


@dataclass(frozen=True)
class CloudSummary:
    """What became of a workload on a cloud. ``counts`` are its squares by standing; ``state`` is a word or two, ``reason`` says why."""

    participant: Participant
    standing: Standing
    state: str
    reason: str
    mend: str
    counts: dict[Standing, int]

    @property
    def became(self) -> str:
        """State and reason."""
        return f"{self.state}: {self.reason}" if self.reason else self.state

    def counted(self) -> str:
        """The counts in words, without those that are 0: ``22 held, 1 failed``."""
        words = {
            Standing.HOLDS: "held",
            Standing.FAILS: "failed",
            Standing.LACKS: "not offered",
            Standing.FOLLOWS: "kept from running",
            Standing.UNKNOWN: "unknown",
        }
        return ", ".join(f"{self.counts[each]} {word}" for each, word in words.items() if self.counts.get(each))


def summaries(run: Run, table: Table) -> tuple[CloudSummary, ...]:
    """A line for every cloud of ``table``, in the order of its columns."""
    return tuple(_summary(run, table, cloud) for cloud in table.clouds)


def _summary(run: Run, table: Table, cloud: str) -> CloudSummary:
    cells = run.cells_of(table.workload.name, cloud)
    counts = dict(Counter(each.standing for each in table.column(cloud)))
    worst = min(cells, key=lambda each: _WORST.index(each.status), default=None)
    state, reason, how = _state(run, table, cloud, worst)
    return CloudSummary(run.participant(cloud), how, state, reason, worst.mend if worst else "", counts)


def _state(run: Run, table: Table, cloud: str, worst: Cell | None) -> tuple[str, str, Standing]:
    if worst is None:
        return "not planned", "", Standing.UNKNOWN
    column = {each.check: each.standing for each in table.column(cloud)}
    if worst.status is not Status.DONE:
        reason = worst.reason or (worst.lacks[0] if worst.lacks else "")
        return worst.status.value, reason, _said_by(worst.status is Status.FAILED and any(map(_is_against, column.values())))
    if ran(run, table.workload.name, cloud):
        return "ran", "", Standing.HOLDS
    missing = [check for check in table.workload.must_have if column.get(check) is not Standing.HOLDS]
    against = any(_is_against(column[check]) for check in missing if check in column)
    why = f"{count(len(missing), 'must-have')} {'did not hold' if against else 'unknown'}: {', '.join(missing)}"
    return "did not run" if against else "not shown to run", why if missing else "the workload was not deployed", _said_by(against)


def _is_against(standing: Standing) -> bool:
    return standing in (Standing.FAILS, Standing.LACKS, Standing.FOLLOWS)


def _said_by(against: bool) -> Standing:
    return Standing.FAILS if against else Standing.UNKNOWN
