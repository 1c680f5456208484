"""Where an engine's tool works: a private copy of the workload, and an environment made from a short list of names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from harness.clouds.config import SECURE_FILE, CloudEntry, secure_file_of
from harness.engines import Job
from harness.errors import UsageError
from harness.manifest.finding import digest, is_payload

BELONGS_TO = ("INTEROP_RUN", "INTEROP_CELL")
"""What tells of a process to which run and cell it belongs, so that whoever ends the run finds it."""

_SECRETS = "secure.yaml"

_PASSED_ON = (
    *BELONGS_TO,
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"),
    *("OS_CLIENT_CONFIG_FILE", SECURE_FILE, "OS_CLIENT_VENDOR_FILE"),
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
"""What of the caller's environment a tool gets: whatever else there is may be secret, or change how the tool behaves."""


def copy(job: Job) -> Path:
    """A clean copy of the workload without its checks, in the job's folder, which only its owner may enter.

    Raises:
        UsageError: the copy is not what was planned: somebody changed the workload since.
    """
    job.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    project = job.folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(job.workload, project, ignore=lambda place, names: _left_out(job.workload, Path(place), names))
    if job.digest and digest(project) != job.digest:
        raise UsageError(f"the workload {job.workload.name} changed since the round was planned", mend="start the round again")
    return project


def _left_out(workload: Path, place: Path, names: list[str]) -> set[str]:
    """What the workload's digest leaves out too: a role may well be called ``checks``."""
    return {each for each in names if not is_payload(place / each, workload)}


def lend(job: Job, secrets: Path) -> None:
    """Have a tool find the user's file of secrets where it works, by a link: nothing of it is written anywhere."""
    link = job.folder / "project" / _SECRETS
    link.unlink(missing_ok=True)
    link.symlink_to(secrets)


def take_back(folder: Path) -> None:
    """Remove the link from a job's ``folder``, so that whoever packs that does not pack what it led to."""
    link = folder / "project" / _SECRETS
    if link.is_symlink():
        link.unlink()


def environment(job: Job) -> dict[str, str]:
    """What a tool is told of the machine and of the cloud: which one it is, and where its entry stands, but nothing of the entry.

    The files are those that count here: a tool works elsewhere, and would find others.
    """
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    files = {"OS_CLIENT_CONFIG_FILE": job.config_file, SECURE_FILE: secure_file_of(CloudEntry(job.cloud, job.config_file))}
    here = {name: str(file.absolute()) for name, file in files.items() if file}
    return {**passed_on, **here, "OS_CLOUD": job.cloud, "LC_ALL": "C.UTF-8"}
