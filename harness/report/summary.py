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
    if worst.status is not Status.DONE:
        reason = worst.error or (worst.lacks[0] if worst.lacks else "")
        return worst.status.value, reason, Standing.FAILS if worst.status is Status.FAILED else Standing.UNKNOWN
    if ran(run, table.workload.name, cloud):
        return "ran", "", Standing.HOLDS
    missing = [check for check in table.workload.must_have if not _holds(table, cloud, check)]
    why = f"{count(len(missing), 'must-have')} not seen: {', '.join(missing)}" if missing else "the workload was not deployed"
    return "did not run", why, Standing.FAILS


def _holds(table: Table, cloud: str, check: str) -> bool:
    return any(each.check == check and each.standing is Standing.HOLDS for each in table.column(cloud))
