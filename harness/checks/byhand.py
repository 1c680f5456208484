"""A deployment for one pytest session (``--interop-cloud``): made before the checks are collected, removed after them.

It is a cell without a round: no report, no other cloud beside it, and a private folder that goes when the session goes.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from time import sleep
from uuid import uuid4

from openstack.connection import Connection

from harness.clouds.config import CloudEntry, authorize, connect, entry
from harness.clouds.discovery import discover
from harness.clouds.netns import enter
from harness.clouds.quota import refuse_if_too_small
from harness.engines import Engine, Job, Unfinished, load
from harness.engines.removal import SETTLE_S, remove
from harness.errors import EngineError, InteropError, UsageError
from harness.journal import Journal
from harness.manifest import read_workload
from harness.manifest.finding import digest, find_workload
from harness.model import CellPlan, Deployment, Facts, to_json
from harness.ownership import inventory, owned, sweep
from harness.probes.ssh import fresh_key

LIMIT_S = 1200.0
"""How long the deployment may take: the harness's own deadline."""

Tell = Callable[[str], None]


class ByHand:
    """A workload on a cloud; :meth:`deploy` makes it and :meth:`remove` ends it. ``folder`` is a cell's."""

    def __init__(self, cloud: str, workload: str, tell: Tell) -> None:
        self._tell = tell
        self._cloud = entry(cloud)
        self._workload_folder = find_workload(workload)
        self._workload = read_workload(self._workload_folder)
        self.folder = Path(tempfile.mkdtemp(prefix="interop-"))
        self._plan = self._planned(self._cloud)
        self._connection: Connection | None = None
        self._made: tuple[Engine, Job] | None = None
        self._cut_off = False

    def deploy(self) -> None:
        """Find out what the workload needs, and deploy it; what is known of a deployment that failed half-way is kept to be checked.

        Raises:
            InteropError: the cloud cannot be used, or nothing was deployed; everything is removed again.
        """
        self._tell(f"{self._workload.name} on {self._cloud.name}: deploying")
        try:
            self._connection = self._connected()
            self._deploy(self._connection)
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove what carries the mark, say what is left, and forget the folder and its key."""
        try:
            if self._connection is not None:
                self._tell(f"{self._workload.name} on {self._cloud.name}: removing")
                self._sweep(self._connection)
                left = owned(inventory(self._connection), self._plan.mark)
                if left:
                    names = ", ".join(f"{each.kind} {each.name or each.id}" for each in left)
                    self._tell(f"left on {self._cloud.name}: {names}; try: interop sweep --cloud {self._cloud.name} --run {self._plan.run}")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _sweep(self, connection: Connection) -> None:
        if self._made is None:
            return
        if self._cut_off:
            sleep(SETTLE_S)
        engine, job = self._made
        journal = Journal(self.folder / "journal.jsonl")
        try:
            remove(engine, replace(job, journal=journal), lambda: sweep(connection, self._plan.mark), self._tell)
        finally:
            journal.close()

    def _planned(self, cloud: CloudEntry) -> CellPlan:
        plan = CellPlan(
            run=f"byhand-{token_hex(4)}",
            cell=f"{cloud.name}.{self._workload.name}",
            cloud=cloud.name,
            config_file=str(cloud.config_file) if cloud.config_file else None,
            netns=cloud.netns,
            workload=self._workload.name,
            workload_folder=str(self._workload_folder),
            workload_digest=digest(self._workload_folder),
            attempt=1,
            global_request_id=f"req-{uuid4()}",
            settings={},
            limits={name: limit.model_dump() for name, limit in self._workload.limits.items()},
            must_have=(),
            checks=(),
            keep=False,
        )
        (self.folder / "cell.json").write_text(json.dumps(to_json(plan)), encoding="utf-8")
        return plan

    def _connected(self) -> Connection:
        if self._cloud.netns:
            enter(self._cloud.netns, self._cloud.name)
        connection = connect(self._cloud, self._plan.global_request_id)
        authorize(connection, self._cloud)
        return connection

    def _deploy(self, connection: Connection) -> None:
        facts, scene = discover(connection, self._workload, {})
        refuse_if_too_small(connection, self._workload, facts, scene)
        engine: Engine = load(self._workload.engine)
        journal = Journal(self.folder / "journal.jsonl")
        job = self._job(facts, journal)
        try:
            engine.prepare(job)
            self._made, self._cut_off = (engine, job), True
            journal.write("facts.found", facts=to_json(facts))
            journal.write("phase.started", phase="deploy")
            journal.write("deployment.made", deployment=to_json(self._deployed(engine, job)))
        finally:
            journal.close()

    def _deployed(self, engine: Engine, job: Job) -> Deployment:
        try:
            deployment = engine.deploy(job)
        except Unfinished as failure:
            self._tell(f"the deployment did not come to its end, and is checked as it is: {failure.message}")
            return failure.deployment
        self._cut_off = False
        return deployment

    def _job(self, facts: Facts, journal: Journal) -> Job:
        folder = self.folder / "engine"
        folder.mkdir(mode=0o700)
        key = fresh_key(folder)
        mark = self._plan.mark
        words = {"prefix": mark.prefix, "description": mark.description, "tags": ["interop", mark.prefix], "metadata": mark.metadata}
        found = {each.name: each.value for each in facts.inputs}
        return Job(
            workload=self._workload_folder,
            entry=self._workload.entry,
            folder=folder,
            shared=self.folder / "shared",
            cloud=self._cloud.name,
            config_file=self._cloud.config_file,
            inputs={**found, "mark": words, "public_key": key.with_suffix(".pub").read_text().strip(), "private_key_file": str(key)},
            journal=journal,
            limit_s=LIMIT_S,
            cancelled=lambda: False,
            digest=self._plan.workload_digest,
        )


def deployed(cloud: str, workload: str, tell: Tell) -> ByHand:
    """``workload``, deployed on ``cloud``.

    Raises:
        UsageError: the cloud or the workload cannot be used, or it could not be deployed; nothing of it is left.
    """
    try:
        by_hand = ByHand(cloud, workload, tell)
        by_hand.deploy()
    except EngineError as error:
        raise UsageError(f"{workload} could not be deployed on {cloud}: {error.message}", mend=error.mend) from error
    except InteropError as error:
        raise UsageError(error.message, mend=error.mend) from error
    return by_hand
