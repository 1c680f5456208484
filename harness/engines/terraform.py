"""The Terraform engine: Terraform or OpenTofu through python-terraform, on a private copy of the workload, with live progress.

Nothing secret comes near the command line: the provider reads the cloud's credentials from clouds.yaml itself, and inputs go by a
file. The state stays in the cell's folder, which only its owner may enter. Plans are never saved: they hold values in clear.

The tests know Terraform alone; OpenTofu 1.12 was tried by hand.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from typing import Any

from harness.clouds.sorting import sort_text
from harness.engines import Engine, Job, terraform_cloud, workplace
from harness.engines.terraform_cli import FLAG, Cli, End
from harness.engines.terraform_events import Diagnostic, Progress
from harness.engines.terraform_files import refuse_state_elsewhere, refuse_unmarked
from harness.engines.terraform_outputs import deployment_of
from harness.engines.terraform_tool import (
    GET_PROVIDER,
    GET_TOOL,
    OLDEST,
    PROVIDER,
    SETTINGS,
    Tool,
    find_tool,
    mirror,
    mirrored_versions,
    settings,
    settings_of_the_user,
)
from harness.engines.tether import Tether
from harness.errors import EngineError, FileError, HarnessFault, UsageError, Verdictful
from harness.model import Deployment

INIT_LIMIT_S = 300
"""How long Terraform may take to get ready: with a mirror it is a moment, else it downloads 25 MB."""

DESTROY_LIMIT_S = 120
"""How long Terraform's own destroy may take. What it has to remove is swept already; where it is not, it can hang for ten minutes."""

_LOCK_FILE = ".terraform.lock.hcl"

_PROVIDER_DIED = "Plugin did not respond"

_MODULE_OUT_OF_REACH = ("Failed to download module", "Error accessing remote module registry")

_TOOL_UNWANTED = "Unsupported Terraform Core version"


class TerraformEngine:
    """Deploys with the Terraform that is found on this machine."""

    keeps_state = True

    def prepare(self, job: Job) -> None:
        """Copy the workload, ``terraform init``, and look whether its files make sense; see :class:`harness.engines.Engine`."""
        tool = _tool()
        if tool.is_too_old:
            raise UsageError(f"Terraform is too old: {tool}, and {OLDEST} or newer is needed", mend=GET_TOOL)
        workplace.copy(job)
        refuse_unmarked(job.workload)
        refuse_state_elsewhere(job.workload)
        terraform_cloud.tell(job)
        (job.folder / "inputs.tfvars.json").write_text(json.dumps(job.inputs, indent=1))
        if mirrored_versions():
            (job.folder / "settings.tfrc").write_text(settings())
        work = _Work(job, tool)
        with _the_providers_of_the_round(job):
            end = work.run("init", limit_s=INIT_LIMIT_S, json=FLAG)
            if not end.well:
                raise _refusal(job, work, "init", end)
        end, report = work.ask("validate")
        for each in report.get("diagnostics", ()):
            work.progress.complain(each)
        if not end.well:
            raise _refusal(job, work, "validate", end)
        _record_versions(job, work, tool)

    def deploy(self, job: Job) -> Deployment:
        """``terraform apply``, and its outputs; see :class:`harness.engines.Engine`."""
        since = time.monotonic()
        work = _Work(job, _tool())
        _refuse_damaged(work.state)
        work.change("apply", job.limit_s, job.cancelled)
        seconds = time.monotonic() - since
        end, outputs = work.ask("output", state=work.state)
        if not end.well:
            raise work.failure("output", end)
        return deployment_of(outputs, job.inputs["private_key_file"], seconds)

    def destroy(self, job: Job) -> None:
        """``terraform destroy``, where anything was applied.

        Raises:
            EngineError: it failed, or did not end in time; or the state is damaged.
        """
        work = _Work(job, _tool())
        _refuse_damaged(work.state)
        if work.state.exists():
            work.change("destroy", DESTROY_LIMIT_S, lambda: False)


def engine() -> Engine:
    """The engine, for :func:`harness.engines.load`."""
    return TerraformEngine()


class _Work:
    """One job in Terraform's hands. ``progress`` is what the last command told."""

    def __init__(self, job: Job, tool: Tool) -> None:
        self.state = job.folder / "terraform.tfstate"
        self.progress = Progress(job.journal, job.folder / "terraform.log")
        self._job = job
        self._tool = tool
        self._cli = Cli(tool, job.folder / "project", _environment(job))

    def run(
        self,
        command: str,
        tell: Callable[[str], None] | None = None,
        *,
        limit_s: float,
        cancelled: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> End:
        """Run one command to its end, whatever that is."""
        tether = Tether(self._job.folder / "tether.pid", limit_s, cancelled)
        end = self._cli.stream(command, tell or self.progress.take, tether, **options)
        for line in end.complaint.splitlines():
            self.progress.say(line)
        return end

    def change(self, command: str, limit_s: float, cancelled: Callable[[], bool]) -> None:
        """Apply or destroy.

        Raises:
            EngineError: with Terraform's diagnostics, and the cloud's reason where it is known.
        """
        end = self.run(
            command,
            limit_s=limit_s,
            cancelled=cancelled,
            auto_approve=FLAG,
            json=FLAG,
            state=self.state,
            backup="-",  # a backup would keep what the state no longer holds
            var_file=self._job.folder / "inputs.tfvars.json",
        )
        if not end.well:
            raise self.failure(command, end)

    def ask(self, command: str, **options: Any) -> tuple[End, dict[str, Any]]:
        """How a command that changes nothing ended, and what it printed as one JSON object; empty when that is none."""
        lines: list[str] = []
        end = self.run(command, lines.append, limit_s=INIT_LIMIT_S, json=FLAG, **options)
        try:
            return end, dict(json.loads("".join(lines)))
        except ValueError:
            return end, {}

    def failure(self, command: str, end: End) -> EngineError:
        """What went wrong, in Terraform's words."""
        errors = self.progress.errors
        what = f"{self._tool.name} {command}"
        mend = f"read {self.progress.log}"
        if end.stopped or end.signal:
            message = f"{what} was stopped: {end.stopped}" if end.stopped else f"{what} was killed by signal {end.signal}"
            under_way = tuple(f"{each}: under way" for each in sorted(self.progress.running))
            return EngineError(message, mend=mend, diagnostics=(*map(str, errors), *under_way), cause=HarnessFault(message))
        words = str(errors[0]) if errors else " ".join(self.progress.last_words) or f"exit code {end.code}"
        return EngineError(f"{what} failed: {words}", mend=mend, diagnostics=tuple(map(str, errors)), cause=_cause(errors))


def _tool() -> Tool:
    tool = find_tool()
    if tool is None:
        raise UsageError("there is neither terraform nor tofu on this machine", mend=GET_TOOL)
    return tool


@contextmanager
def _the_providers_of_the_round(job: Job) -> Iterator[None]:
    """For the length of a ``with`` that does ``init``: the lock file of the round's first cell binds the others.

    So every cell has the same version and the same build of a provider, or Terraform refuses. Nobody waits for any but the first.
    """
    job.shared.mkdir(parents=True, exist_ok=True)
    first, own = job.shared / f"{job.workload.name}{_LOCK_FILE}", job.folder / "project" / _LOCK_FILE
    with (job.shared / "lock").open("w") as gate:
        flock(gate, LOCK_EX)
        if first.exists():
            copyfile(first, own)
            flock(gate, LOCK_UN)
        yield
        if own.exists() and not first.exists():
            copyfile(own, first)


def _environment(job: Job) -> dict[str, str]:
    return {
        **workplace.environment(job),
        **terraform_cloud.told(job),
        **_settings_for(job),
        "TF_DATA_DIR": str(job.folder / "data"),
        "TF_INPUT": "0",
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }


def _settings_for(job: Job) -> dict[str, str]:
    """Ours, where the mirror is used; else those that the user named. What stands where Terraform looks by itself, it finds."""
    ours, theirs = job.folder / "settings.tfrc", settings_of_the_user()
    if ours.exists():
        return {SETTINGS: str(ours)}
    return {SETTINGS: str(theirs)} if theirs and os.environ.get(SETTINGS) else {}


def _refuse_damaged(state: Path) -> None:
    """Terraform itself has two problems with a damaged state, and names neither."""
    try:
        json.loads(state.read_bytes())
    except FileNotFoundError:
        return
    except ValueError as error:
        problem = str(error) if state.stat().st_size else "it is empty"
        mend = "restore it; or remove what was made by its mark, for which no state is needed: interop sweep"
        message = f"the state file {state} is damaged: {problem}"
        raise EngineError(message, mend=mend, cause=HarnessFault(message)) from error


def _refusal(job: Job, work: _Work, command: str, end: End) -> UsageError | EngineError:
    """Why the payload cannot be used; what is wrong with a file names the file, as the user knows it, and the line.

    What was stopped, or is out of this machine's reach, is no fault of the file that it stands in.
    """
    failure = work.failure(command, end)
    if failure.cause:
        return failure
    placed = next((each for each in work.progress.errors if each.file), None)
    if placed:
        mend = GET_TOOL if _TOOL_UNWANTED in placed.words else "correct it there"
        return FileError(job.workload / placed.file, f"line {placed.line}", placed.words, mend=mend)
    if any(PROVIDER in each.words for each in work.progress.errors):
        return UsageError(failure.message, mend=_how_to_get_a_provider())
    return UsageError(failure.message, mend=failure.mend)


def _how_to_get_a_provider() -> str:
    there = mirrored_versions()
    if not there:
        return GET_PROVIDER
    return f"ask for {' or '.join(there)}, which the mirror has; or remove {mirror()}, and the Terraform registry is asked"


def _cause(errors: list[Diagnostic]) -> Verdictful | None:
    """What the cloud's own words stand for, where that is known; a provider that died, or a module's host, said nothing of the cloud."""
    if any(_PROVIDER_DIED in each.words for each in errors):
        return HarnessFault("the provider's process ended")
    if any(each.words.startswith(_MODULE_OUT_OF_REACH) for each in errors):
        return HarnessFault("a module is out of this machine's reach")
    causes = (sort_text(each.words) for each in errors if each.is_of_the_cloud)
    return next((each for each in causes if not isinstance(each, HarnessFault)), None)


def _record_versions(job: Job, work: _Work, tool: Tool) -> None:
    """Which Terraform, and which provider with which hash: what one round's cells have in common."""
    _, told = work.ask("version")
    lock = job.folder / "project" / _LOCK_FILE
    hashes = lock.read_text(encoding="utf-8") if lock.exists() else ""
    job.journal.write("engine.tool", name=tool.name, version=told.get("terraform_version", tool.version))
    for name, version in told.get("provider_selections", {}).items():
        if not name.startswith("terraform.io/builtin/"):
            job.journal.write("engine.tool", name=name.partition("/")[2], version=version, hash=_hash_of(name, hashes))


def _hash_of(provider: str, lock: str) -> str:
    """The hash that stands in the lock file's block of ``provider``; of several, one for each platform, the digest of them all."""
    block = re.search(rf'^provider "{re.escape(provider)}" {{(.*?)^}}', lock, re.DOTALL | re.MULTILINE)
    found = sorted(re.findall(r'"(h1:[^"]+)"', block[1])) if block else []
    return f"sha256:{sha256(' '.join(found).encode()).hexdigest()}" if len(found) > 1 else "".join(found)
