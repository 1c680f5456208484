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
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGTERM
from typing import Any

from ansible_runner import Runner, RunnerConfig

from harness.clouds.sorting import sort_text
from harness.engines import Engine, Job, Unfinished
from harness.engines.playbook import FACT, Progress
from harness.errors import EngineError, HarnessFault, Verdictful
from harness.model import Deployment

_PASSED_ON = (
    *("HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"),
    *("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLIENT_VENDOR_FILE"),
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
"""What of the caller's environment a playbook gets: whatever else there is may be secret, or change how Ansible behaves."""

_PATIENCE_S = 1
"""How often the job's deadline and cancellation are looked at."""


class AnsibleEngine:
    """Deploys with ``ansible-playbook`` of the harness's own Python environment."""

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
    """The workload without its checks, where tools may write beside it, and the inputs in a file for ``--extra-vars``."""
    job.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    project = job.folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(job.workload, project, ignore=shutil.ignore_patterns("checks", "__pycache__", ".ansible"))
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
    pid_file = job.folder / "tether.pid"
    pid_file.unlink(missing_ok=True)
    config.command = [sys.executable, "-P", "-m", "harness.engines.tether", str(os.getpid()), str(pid_file), *config.command]
    watch = _Watch(job, pid_file)
    try:
        status, _ = Runner(config, event_handler=progress.take, cancel_callback=watch.look).run()
    finally:
        shutil.rmtree(config.artifact_dir, ignore_errors=True)
    return watch.stopped, status


class _Watch:
    """Looks at the deadline and at cancellation, and stops the playbook with its whole family."""

    def __init__(self, job: Job, pid_file: Path) -> None:
        self.stopped = ""
        self._job = job
        self._pid_file = pid_file
        self._deadline = time.monotonic() + job.limit_s

    def look(self) -> bool:
        """A cancel callback of ansible-runner. It always says no: the tethered playbook ends by itself when it is told to."""
        if not self.stopped and self._pid_file.exists():
            if self._job.cancelled():
                self._stop("it was cancelled")
            elif time.monotonic() > self._deadline:
                self._stop(f"it had not ended after {self._job.limit_s:.0f} s")
        return False

    def _stop(self, why: str) -> None:
        self.stopped = why
        with suppress(ProcessLookupError):
            os.kill(int(self._pid_file.read_text()), SIGTERM)


def _is_runners_own(name: str) -> bool:
    return name.startswith(("AWX_", "RUNNER_")) or name in ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_STDOUT_CALLBACK")


def _environment(job: Job, project: Path, control_path: str) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    here = {"OS_CLIENT_CONFIG_FILE": str(job.config_file)} if job.config_file else {}
    return {
        **passed_on,
        **here,
        "OS_CLOUD": job.cloud,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "LC_ALL": "C.UTF-8",
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
        message = f"the playbook {job.entry} ended with an error before any task: {' '.join(progress.last_words)}"
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
