"""What one cell does: one workload on one cloud, from the first look at the cloud to the proof that nothing was left."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keystoneauth1.exceptions import ClientException
from openstack.connection import Connection
from openstack.exceptions import SDKException

from harness.cell.checking import folders_of, run_checks
from harness.cell.ending import Ending, ended_by, says_nothing_of_the_cloud
from harness.cell.keys import clear_out, forget_key, make_key
from harness.cell.portrait import Portrait
from harness.cell.record import Record
from harness.cell.salvage import salvage
from harness.cell.stop import Interrupted, Stop
from harness.cell.watch import Watch
from harness.clouds.config import CloudEntry, authorize, connect
from harness.clouds.discovery import discover
from harness.clouds.netns import enter
from harness.clouds.quota import refuse_if_too_small
from harness.clouds.retries import counted
from harness.engines import Engine, Job, Unfinished, load, workplace
from harness.engines.removal import SETTLE_S, remove
from harness.errors import EngineError, InteropError
from harness.journal import read
from harness.manifest import read_workload
from harness.model import CellPlan, Deployment, Facts, Phase, Resource
from harness.ownership import Leftovers, difference, inventory, owned, sweep
from harness.redact import redact


@dataclass(frozen=True)
class Ground:
    """What a cell stands on once it has looked at its cloud, and nothing was created yet."""

    connection: Connection
    facts: Facts
    before: tuple[Resource, ...]
    engine: Engine
    job: Job


class Cell:
    """One attempt of one workload on one cloud; ``folder`` has its plan and gets its journal."""

    def __init__(self, folder: Path, plan: CellPlan, stop: Stop) -> None:
        self._folder = folder
        self._plan = plan
        self._stop = stop
        self._record = Record(folder)
        self._until = time.monotonic() + plan.limits["cell"]["limit"]
        self._workload = read_workload(Path(plan.workload_folder))

    def run(self) -> Ending:
        """Do it all. Whatever happens stands in the journal, and so does how it ended."""
        self._record.started(self._plan, self._workload.engine)
        ground: Ground | None = None
        ending = Ending()
        with counted() as retries:
            try:
                with self._stop.at_once():
                    ground = self._look()
                self._deploy_and_check(ground)
            except BaseException as error:  # noqa: BLE001  whatever it is ends this cell, is said, and never leaves a thing behind
                ending = ended_by(error, nothing_created=ground is None)
                self._keep_traceback(error)
            if ground is not None:
                ending = self._leave(ground, ending)
            elif self._inventory_before() is None:
                clear_out(self._folder / "engine")
            if retries.counts:
                self._record.note(f"openstacksdk repeated requests in silence: {retries.words()}")
        return self._finished(ending)

    def clean_up_after_death(self) -> Ending:
        """Another process of this cell was killed: remove what it had made, and end its journal."""
        ending = Ending("failed", Ending.UNKNOWN, "HarnessFault", "the cell's process died", "read process.log in the cell's folder")
        before = self._inventory_before()
        if before is None:
            clear_out(self._folder / "engine")
        else:
            left: Leftovers | None = None
            try:
                left = self._clean_up(self._connected(), before, load(self._workload.engine), self._job({}), cut_off=True)
            except InteropError as error:
                self._record.note(f"the clean-up is not proven: {error.message}")
            self._forget(left)
            ending = ending.with_leak() if left is None or left.ours else ending
        return self._finished(ending)

    def _finished(self, ending: Ending) -> Ending:
        workplace.take_back(self._folder / "engine")
        self._record.finished(ending)
        return ending

    def _inventory_before(self) -> tuple[Resource, ...] | None:
        """The inventory that the journal has; ``None`` when the cell died before it, and so before anything was created."""
        for event in read(self._folder / "journal.jsonl"):
            if event["event"] == "inventory.taken" and event["when"] == "before":
                return tuple(Resource(**each) for each in event["resources"])
        return None

    def _look(self) -> Ground:
        """Everything that can be known, and refused, before anything is created."""
        with self._record.phase("discover"):
            connection = self._connected()
            facts, scene = discover(connection, self._workload, self._plan.settings)
            self._record.facts(facts)
            for note in refuse_if_too_small(connection, self._workload, facts, scene):
                self._record.note(note)
            engine, job = load(self._workload.engine), self._job(self._inputs(facts))
            engine.prepare(job)
        with self._record.phase("inventory"):
            before = inventory(connection)
            self._record.inventory("before", before)
        return Ground(connection, facts, before, engine, job)

    def _connected(self) -> Connection:
        plan = self._plan
        if plan.netns:
            enter(plan.netns, plan.cloud)
        cloud = CloudEntry(plan.cloud, Path(plan.config_file) if plan.config_file else None)
        connection = connect(cloud, plan.global_request_id)
        authorize(connection, cloud)
        return connection

    def _inputs(self, facts: Facts) -> dict[str, Any]:
        """What the payload is told: what was found on the cloud, the mark, and the key pair of this cell."""
        mark = self._plan.mark
        private, public = make_key(self._folder / "engine", mark.prefix)
        inputs: dict[str, Any] = {each.name: each.value for each in facts.inputs}
        inputs["mark"] = {
            "prefix": mark.prefix,
            "description": mark.description,
            "tags": ["interop", mark.prefix],
            "metadata": mark.metadata,
        }
        return {**inputs, "public_key": public, "private_key_file": str(private)}

    def _job(self, inputs: dict[str, Any]) -> Job:
        return Job(
            workload=Path(self._plan.workload_folder),
            entry=self._workload.entry,
            folder=self._folder / "engine",
            shared=self._folder.parent.parent / "shared",
            cloud=self._plan.cloud,
            config_file=Path(self._plan.config_file) if self._plan.config_file else None,
            inputs=inputs,
            journal=self._record.journal,
            limit_s=self._left_s(),
            cancelled=self._stop.was_requested,
            digest=self._plan.workload_digest,
        )

    def _deploy_and_check(self, ground: Ground) -> None:
        """Deploy, then check; a deployment that failed is checked too, since that is what tells why.

        What was cut off by a quota, for want of room, or by the harness itself is not: half made, it would fail where the cloud did not.
        """
        failure: EngineError | None = None
        user = str(next((each.value for each in ground.facts.inputs if each.kind == "login-user"), ""))
        private_key = Path(ground.job.inputs["private_key_file"])
        watch = Watch(ground.connection, self._record.journal, self._plan.mark, ground.facts.address_model, user, private_key)
        portrait = Portrait(self._folder, self._record.journal)
        watch.start()
        try:
            try:
                portrait.begin(self._deploy(ground, watch))
            except EngineError as error:
                failure = error
            self._stop.check()
            if failure and says_nothing_of_the_cloud(failure):
                raise failure
            with self._record.phase("checks"):
                run_checks(self._folder, (Phase.STEADY, Phase.DISRUPTIVE), self._check_folders(), self._stop, self._left_s())
        finally:
            portrait.finish()
            watch.finish()
        if failure:
            raise failure

    def _deploy(self, ground: Ground, watch: Watch) -> Deployment:
        with self._record.phase("deploy"):
            try:
                deployment = ground.engine.deploy(replace(ground.job, limit_s=self._left_s()))
            except Unfinished as error:
                self._record.deployment(error.deployment)
                watch.look_for_pages(error.deployment)
                raise
            except EngineError:
                self._salvage(ground)
                raise
            self._record.deployment(deployment)
            watch.look_for_pages(deployment)
            return deployment

    def _salvage(self, ground: Ground) -> None:
        """Let the checks look at what the engine made but did not tell of."""
        private_key = str(ground.job.inputs["private_key_file"])
        try:
            found = salvage(ground.connection, self._plan.mark, ground.facts, self._workload.roles, private_key)
        except (SDKException, ClientException) as error:
            self._record.note(f"what the engine left could not be looked at: {error}")
            return
        if found:
            self._record.deployment(found)

    def _leave(self, ground: Ground, ending: Ending) -> Ending:
        """Remove what was made, and prove it; or keep it, when that was asked for."""
        if self._plan.keep:
            return ending.but(kept=True)
        left = self._clean_up(ground.connection, ground.before, ground.engine, ground.job, cut_off=ending.status != "done")
        self._forget(left)
        if left is not None and not self._stop.requested:
            self._check_teardown()
        if self._stop.requested:
            ending = ending.but(status="interrupted", exit_code=Ending.INTERRUPTED)
        return ending.with_leak() if left is None or left.ours else ending

    def _clean_up(
        self, connection: Connection, before: tuple[Resource, ...], engine: Engine, job: Job, *, cut_off: bool
    ) -> Leftovers | None:
        """Remove everything that carries the cell's mark; returns what is left, or ``None`` when that could not be found out."""
        mark = self._plan.mark
        try:
            with self._record.phase("destroy"):
                if cut_off:
                    time.sleep(SETTLE_S)
                seen = owned(inventory(connection), mark)
                swept = remove(engine, job, lambda: sweep(connection, mark, self._record.destroyed), self._record.note)
                for each in swept.stuck:
                    self._record.note(f"{each.resource.kind} {each.resource.name or each.resource.id} could not be removed: {each.reason}")
            with self._record.phase("inventory"):
                after = inventory(connection)
                self._record.inventory("after", after)
        except (SDKException, ClientException) as error:
            self._record.note(f"the clean-up is not proven: {error}")
            return None
        left = difference(before, after, mark, seen)
        self._record.leftovers(left)
        return left

    def _forget(self, left: Leftovers | None) -> None:
        """Remove what is secret, once what it opened is gone; what an engine needs to remove what is left stays while something may be."""
        forget = forget_key if left is None or left.ours else clear_out
        forget(self._folder / "engine")

    def _check_teardown(self) -> None:
        with self._record.phase("teardown"):
            try:
                run_checks(self._folder, (Phase.TEARDOWN,), self._check_folders(), self._stop, max(self._left_s(), 60.0))
            except InteropError as error:
                self._record.note(f"the checks after the clean-up: {error.message}")
            except Interrupted:
                self._record.note("the checks after the clean-up were not finished: told to stop")

    def _check_folders(self) -> list[Path]:
        return folders_of(Path(self._plan.workload_folder))

    def _left_s(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def _keep_traceback(self, error: BaseException) -> None:
        """For whoever mends the harness: where an error that nobody foresaw came from."""
        if isinstance(error, Exception) and not isinstance(error, InteropError):
            (self._folder / "fault.log").write_text(redact("".join(traceback.format_exception(error))), encoding="utf-8")
