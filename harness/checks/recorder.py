"""The plugin's heart for one cell: which checks run on what, in which order, and what they came to, into the cell's journal."""

from __future__ import annotations

import signal
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

import pytest
from _pytest.outcomes import Skipped

from harness.checks.blame import CLOUD, Obstacle
from harness.checks.catalogue import SHIPPED, specs
from harness.checks.context import CellContext
from harness.checks.marks import Spec, spec_of
from harness.checks.nextsteps import next_step
from harness.checks.order import ordered, unknown_needs, wanted
from harness.checks.scene import Scene
from harness.checks.verdicts import Judgement, judge
from harness.clouds.retries import counted
from harness.errors import HarnessFault, InteropError
from harness.journal import Journal
from harness.model import Observation, Outcome, Verdict, to_json

DEADLINE_S = 600
"""How long a check may take in all, where no limit of the workload is longer; passing it is a fault of the harness."""

_NO_SUBJECT = {"server": "the deployment has no server", "endpoint": "the deployment has no endpoint"}


class NotRun(Skipped):
    """A check that cannot say anything, and why."""

    def __init__(self, reason: str, obstacle: Obstacle | None = None) -> None:
        super().__init__(reason)
        self.obstacle = obstacle


class Recorder:
    """Registered as a plugin where a cell is given; see :mod:`harness.checks.plugin`."""

    def __init__(self, context: CellContext, scene: Scene, journal: Journal, phases: Sequence[str]) -> None:
        self._context = context
        self._scene = scene
        self._journal = journal
        self._phases = phases
        self._ledger = scene.ledger
        self._started: dict[str, float] = {}
        self._judgements: dict[str, tuple[Judgement, Obstacle | None]] = {}
        self._compared = ("", "")
        self._stack = ExitStack()
        self._retries = self._stack.enter_context(counted())

    def pytest_sessionfinish(self) -> None:
        """Close what was opened."""
        self._stack.close()
        self._scene.close()
        self._journal.close()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A check about servers or endpoints runs for each of them; where there is none, once, to say so."""
        mark = metafunc.definition.get_closest_marker("check")
        if mark is None or mark.args[0].subject == CLOUD:
            return
        kind = mark.args[0].subject
        if kind not in metafunc.fixturenames:
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: its subject is {kind}, and it does not ask for the fixture {kind}")
        subjects = self._scene.subjects(kind)
        metafunc.parametrize(kind, list(subjects.values()) or [None], ids=list(subjects) or [kind], indirect=True)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Refuse unknown needs and doubles, leave what was not asked for, order the rest by the ladder."""
        found = self._sound(items)
        chosen = wanted(found, self._context.plan.checks)
        rung = {id_: number for number, id_ in enumerate(ordered(found))}
        placed = [(each, spec_of(each)) for each in items]
        mine = [(rung[spec.id], each) for each, spec in placed if spec and spec.id in chosen and spec.phase in self._phases]
        config.hook.pytest_deselected(items=[each for each in items if each not in {item for _, item in mine}])
        items[:] = [each for _, each in sorted(mine, key=lambda pair: pair[0])]

    def _sound(self, items: list[pytest.Item]) -> dict[str, Spec]:
        found: dict[str, Spec] = {}
        places: dict[str, str] = {}
        for item in items:
            spec = spec_of(item)
            if spec is None:
                continue
            place = item.nodeid.partition("[")[0]
            if places.setdefault(spec.id, place) != place:
                raise pytest.UsageError(f"two checks have the id {spec.id}: {places[spec.id]} and {place}")
            found[spec.id] = spec
        problems = list(unknown_needs(found, specs([SHIPPED])))
        if problems:
            raise pytest.UsageError("; ".join(problems))
        return found

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Remember both sides of a plain ``assert left == right`` that does not hold."""
        self._compared = (f"{op} {right!r}", repr(left))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """The next check's clock begins."""
        self._started[nodeid] = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Announce the check, and stop it where something it needs did not pass."""
        spec = _spec(item)
        subject = self._subject(item, spec)
        self._journal.write("check.started", check=spec.id, subject=subject)
        self._retries.counts.clear()
        self._compared = ("", "")
        self._scene.begin(spec, subject)
        if spec.subject != CLOUD and item.callspec.params[spec.subject] is None:  # type: ignore[attr-defined]
            why = f": {self._context.failure}" if self._context.failure else ""
            raise NotRun(_NO_SUBJECT[spec.subject] + why)
        obstacle = self._ledger.obstacle(spec, subject)
        if obstacle:
            raise NotRun(obstacle.reason, obstacle)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """No check may hang for ever."""
        limit = self._context.plan.limits.get(_spec(item).id, {}).get("limit", 0.0)
        with _deadline(max(DEADLINE_S, limit + DEADLINE_S)):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn what the check raised into an outcome; write it when the check is done with."""
        report = yield
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, KeyboardInterrupt | pytest.exit.Exception):
            return report
        if call.when == "teardown":
            self._write(item, error)
        elif call.when == "call" or error is not None:
            judgement = judge(error, *self._compared)
            self._judgements[item.nodeid] = (judgement, error.obstacle if isinstance(error, NotRun) else None)
            _word(report, judgement)
        return report

    def _write(self, item: pytest.Item, clean_up: BaseException | None) -> None:
        judgement, obstacle = self._judgements.pop(item.nodeid)
        outcome = self._outcome(item, judgement, obstacle)
        self._scene.retried.update(self._retries.counts)
        self._ledger.add(outcome)
        self._journal.write("outcome", outcome=to_json(outcome))
        if clean_up is not None:
            self._journal.write(
                "note", text=f"{outcome.check} on {outcome.subject} passed its verdict and then failed to clean up: {clean_up}"
            )

    def _outcome(self, item: pytest.Item, judgement: Judgement, obstacle: Obstacle | None) -> Outcome:
        spec, plan = _spec(item), self._context.plan
        subject = self._subject(item, spec)
        own = judgement.verdict.is_evidence
        root = (obstacle.blame, obstacle.blame_facet) if obstacle else (spec.id, spec.facet if own else "")
        passed = judgement.verdict is Verdict.PASS or (judgement.verdict is Verdict.NOT_RUN and obstacle is None)
        retries = self._retries.counts.total()
        return Outcome(
            cell=plan.cell,
            cloud=plan.cloud,
            workload=plan.workload,
            attempt=plan.attempt,
            subject=subject,
            check=spec.id,
            facet=spec.facet,
            phase=spec.phase,
            verdict=judgement.verdict,
            reason=judgement.reason,
            expected=judgement.expected or ("" if passed or obstacle else self._title(item)),
            seen=judgement.seen or ("" if passed or obstacle else judgement.reason),
            because=obstacle.because if obstacle else "",
            blame="" if passed else root[0],
            blame_facet="" if passed else root[1],
            request_id=judgement.request_id,
            next_step=judgement.next_step
            or (
                ""
                if passed or obstacle
                else next_step(spec, self._scene.cloud.name, self._scene.server_called(subject), self._scene.private_key)
            ),
            observations=(*self._scene.observed, *([Observation("api.retries", retries)] if retries else [])),
            evidence=(*self._scene.evidence, *judgement.evidence),
            seconds=round(time.monotonic() - self._started.pop(item.nodeid), 3),
            applies=judgement.applies,
        )

    def _title(self, item: pytest.Item) -> str:
        words = getattr(getattr(item, "obj", None), "__doc__", "") or ""
        return " ".join(words.strip().split("\n\n")[0].split())

    def _subject(self, item: pytest.Item, spec: Spec) -> str:
        return CLOUD if spec.subject == CLOUD else self._scene.subject_name(spec.subject, item.callspec.params[spec.subject])  # type: ignore[attr-defined]


def _spec(item: pytest.Item) -> Spec:
    spec = spec_of(item)
    if spec is None:
        raise InteropError(f"{item.nodeid} is no check and was to be run as one")
    return spec


def _word(report: pytest.TestReport, judgement: Judgement) -> None:
    """Let pytest show ``fail`` and ``harness-fault`` as failed, and what is neither that nor a pass as skipped."""
    report.user_properties.append(("verdict", str(judgement.verdict)))
    if judgement.verdict in (Verdict.FAIL, Verdict.HARNESS_FAULT, Verdict.PASS):
        return
    if report.outcome == "failed":
        path, line, _ = report.location
        report.outcome = "skipped"
        report.longrepr = (path, line or 0, f"{judgement.verdict}: {judgement.reason}")


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    def passed(_: int, __: FrameType | None) -> None:
        raise HarnessFault(f"the harness's own deadline of {seconds:g} s for one check passed")

    before = signal.signal(signal.SIGALRM, passed)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
