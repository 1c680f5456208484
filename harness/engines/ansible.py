"""The Ansible engine: a playbook by ansible-runner, on a private copy of the workload, with live progress.

Nothing secret comes near a file or a process list: the inputs hold none, the cloud's credentials are read by openstacksdk from
clouds.yaml inside the modules, and the environment is made from a short list of names. Modules reach the servers through SSH
pipelining, so that a task's arguments are never put into a file on the way.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_runner import Runner, RunnerConfig

from harness.clouds.sorting import sort_text
from harness.engines import Engine, Job, Unfinished, workplace
from harness.engines.playbook import FACT, Progress
from harness.engines.tether import Tether, killed_by
from harness.errors import EngineError, HarnessFault, Verdictful
from harness.model import Deployment

_PATIENCE_S = 1
"""How often the job's deadline and cancellation are looked at."""


class AnsibleEngine:
    """Deploys with ``ansible-playbook`` of the harness's own Python environment."""

    keeps_state = False

    def prepare(self, job: Job) -> None:
        """See whether the workload is the planned one; what is wrong with a playbook shows when it is played."""
        workplace.copy(job)

    def deploy(self, job: Job) -> Deployment:
        """Run the playbook; see :class:`harness.engines.Engine`. A clean copy of the workload is taken each time."""
        project = _copy(job)
        progress = Progress(job.journal, job.folder / "ansible.log")
        since = time.monotonic()
        with _control_path() as control_path:
            stopped, status = _play(job, project, progress, control_path)
        seconds = time.monotonic() - since
        if stopped or status != "successful":
            raise _failure(job, progress, stopped, seconds)
        return _deployment(job, progress.returned, seconds)

    def destroy(self, job: Job) -> None:
        """Nothing: a playbook keeps no state to destroy by, and the sweep finds everything by its mark."""


def engine() -> Engine:
    """The engine, for :func:`harness.engines.load`."""
    return AnsibleEngine()


def _copy(job: Job) -> Path:
    """The workload where tools may write beside it, and the inputs in a file for ``--extra-vars``."""
    project = workplace.copy(job)
    (project / "ansible.cfg").touch()  # else Ansible looks for one in the caller's home
    (job.folder / "inputs.json").write_text(json.dumps(job.inputs, indent=1))
    return project


def _play(job: Job, project: Path, progress: Progress, control_path: str) -> tuple[str, str]:
    """Run the playbook to its end; returns why it was stopped, if it was, and ansible-runner's word for how it ended."""
    config = RunnerConfig(
        private_data_dir=str(job.folder),
        project_dir=str(project),
        playbook=job.entry,
        cmdline=f"--extra-vars '@{job.folder / 'inputs.json'}'",
        ident="play",
        quiet=True,
        suppress_env_files=True,
        fact_cache_type="",
    )
    config.prepare()
    environment = _environment(job, project, control_path)
    config.env = {**{name: value for name, value in config.env.items() if _is_runners_own(name)}, **environment}
    config.suppress_output_file = True
    config.pexpect_timeout = _PATIENCE_S
    tether = Tether(job.folder / "tether.pid", job.limit_s, job.cancelled)
    config.command = tether.command(config.command)

    def look() -> bool:
        tether.look()
        return False  # not for the runner to end: what is tethered ends by itself when it is told to

    try:
        status, code = Runner(config, event_handler=progress.take, cancel_callback=look).run()
    except BaseException:  # the runner leaves behind what it started, in a session of its own, where no Ctrl-C comes
        tether.end()
        raise
    finally:
        shutil.rmtree(config.artifact_dir, ignore_errors=True)
    number = killed_by(code)
    return tether.stopped or (f"it was killed by signal {number}" if number else ""), status


def _is_runners_own(name: str) -> bool:
    return name.startswith(("AWX_", "RUNNER_")) or name in ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_STDOUT_CALLBACK")


def _environment(job: Job, project: Path, control_path: str) -> dict[str, str]:
    return {
        **workplace.environment(job),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
        "ANSIBLE_HOME": str(job.folder / "home"),
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": control_path,
    }


@contextmanager
def _control_path() -> Iterator[str]:
    """A folder for SSH's control sockets: short, since a socket's path has 108 bytes at most, and this deploy's own.

    Two clouds, or two runs, may give different servers the same address; a socket of one must never lead to the other.
    """
    with tempfile.TemporaryDirectory(prefix="interop-", ignore_cleanup_errors=True) as folder:
        yield folder


def _failure(job: Job, progress: Progress, stopped: str, seconds: float) -> EngineError:
    running = tuple(f"{host}: {name}: under way" for name, host in sorted(progress.running))
    diagnostics = (*progress.failures, *(running if stopped else ()))
    if stopped:
        message = f"the playbook {job.entry} was stopped: {stopped}"
    elif progress.failures:
        message = f"the playbook {job.entry} failed: {progress.failures[0]}"
    else:
        when = "outside" if progress.began else "before"
        message = f"the playbook {job.entry} ended with an error {when} any task: {' '.join(progress.last_words)}"
        diagnostics = tuple(progress.last_words)
    mend = f"read {progress.log}"
    cause = HarnessFault(message) if stopped else _cause(progress.refusals)
    if progress.returned is None:
        return EngineError(message, mend=mend, diagnostics=diagnostics, cause=cause)
    deployment = _deployment(job, progress.returned, seconds)
    return Unfinished(message, deployment=deployment, mend=mend, diagnostics=diagnostics, cause=cause)


def _cause(refusals: list[str]) -> Verdictful | None:
    """What the cloud's own words stand for, where that is known."""
    causes = (sort_text(refusal) for refusal in refusals)
    return next((cause for cause in causes if not isinstance(cause, HarnessFault)), None)


def _deployment(job: Job, returned: dict[str, Any] | None, seconds: float) -> Deployment:
    if returned is None:
        raise EngineError(
            f"the playbook {job.entry} ended well but returned nothing", mend=f"set the fact `{FACT}` with ansible.builtin.set_stats"
        )
    try:
        return Deployment.from_json({**returned, "private_key": job.inputs["private_key_file"], "seconds": round(seconds, 2)})
    except (KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            f"the playbook {job.entry} returned a fact `{FACT}` that is not a deployment: {error}",
            mend="it needs servers (id, name, role, login_user, address, public_ports, member_ports), endpoints (name, url), branches",
        ) from error
