"""Is this machine ready for a round? What is missing is named, with the mend."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.clouds import netns
from harness.clouds.config import entries, entry, opened
from harness.engines.terraform_tool import GET_PROVIDER, GET_TOOL, OLDEST, find_tool, mirror, mirrored_versions, settings_of_the_user
from harness.errors import InteropError
from harness.probes.picture import browser
from harness.versions import versions


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. What is not ``needed`` by every round is for some workloads or tests alone."""

    name: str
    ok: bool
    text: str
    mend: str = ""
    needed: bool = True

    @property
    def state(self) -> str:
        """What a reader is told of it."""
        return "ok" if self.ok else "MISSING" if self.needed else "not there"


def examine(clouds: Sequence[str], reports: Path) -> list[Finding]:
    """Look at the tools, the reports folder, the configured clouds; and ask each of ``clouds`` for a token."""
    return [*_tools(), *_terraform(), _browser(), _reports(reports), _configured(), *_answers(clouds)]


def _tools() -> Iterable[Finding]:
    known = versions()
    yield Finding("python", sys.version_info >= (3, 11), known["python"], "use Python 3.11 or newer")
    for name in ("openstacksdk", "ansible-core", "openstack.cloud"):
        yield Finding(name, name in known, known.get(name, "missing"), "install the package interop-harness again, with its dependencies")
    beside = str(Path(sys.executable).parent)
    for program, package in (("ansible-playbook", "ansible"), ("ssh", "openssh-client"), ("ssh-keygen", "openssh-client")):
        place = shutil.which(program, path=os.pathsep.join([beside, os.environ.get("PATH", os.defpath)]))
        yield Finding(program, place is not None, place or "missing", f"install {package}")


def _terraform() -> Iterable[Finding]:
    """What workloads with ``engine: terraform`` need."""
    tool = find_tool()
    usable = tool is not None and not tool.is_too_old
    text = f"{tool}{'' if usable else f': older than {OLDEST}'}" if tool else "neither terraform nor tofu"
    yield Finding("terraform", usable, text, GET_TOOL, needed=False)
    there = mirrored_versions()
    known = f"{', '.join(there)} in {mirror()}" if there else "not in the mirror: `terraform init` has to reach the Terraform registry"
    if there and (theirs := settings_of_the_user()):
        known += f"; with it Terraform does not read {theirs}: what stands there of mirrors and hosts is unknown to it"
    mend = f"{GET_PROVIDER}; from a cloud of the lab no registry is reached"
    yield Finding("terraform's provider", bool(there), known, mend, needed=False)


def _browser() -> Finding:
    place = browser()
    return Finding("chromium", place is not None, place or "not there: a wallboard without pictures", "install chromium", needed=False)


def _reports(folder: Path) -> Finding:
    existing = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    writable = existing.is_dir() and os.access(existing, os.W_OK)
    return Finding(f"reports folder {folder}", writable, "writable" if writable else "not writable", "name another one with --reports")


def _configured() -> Finding:
    try:
        names = sorted(entries())
    except InteropError as error:
        return Finding("clouds.yaml", ok=False, text=error.message, mend=error.mend)
    text = ", ".join(names) or "no cloud is configured"
    return Finding("clouds.yaml", bool(names), text, "write a clouds.yaml, or start a lab: interop lab up")


def _answers(clouds: Iterable[str]) -> Iterable[Finding]:
    for name in clouds:
        try:
            with netns.inside(entry(name).netns, name):
                opened(name)
        except InteropError as error:
            yield Finding(f"cloud {name}", ok=False, text=error.message, mend=error.mend)
        else:
            yield Finding(f"cloud {name}", ok=True, text="gives a token")
