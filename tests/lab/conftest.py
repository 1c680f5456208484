"""A lab of the tests' own, with both clouds, for as long as the tests last."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.paths import Cache
from harness.lab.services import database_server, services_of


@dataclass(frozen=True)
class Run:
    """What one ``interop run`` left: its exit code, what it said, and its folder."""

    code: int
    said: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        """The run's ``report.json``."""
        return dict(json.loads((self.folder / "report.json").read_text(encoding="utf-8")))

    def blamed(self, cloud: str) -> set[tuple[str, str]]:
        """Check and facet of everything that is blamed on ``cloud``."""
        found = [root for each in self.report["blame"] if each["cloud"] == cloud for root in each["roots"]]
        return {(root["check"], root["facet"]) for root in found}

    def outcomes(self, cloud: str, check: str) -> list[dict[str, Any]]:
        """The outcomes of one check on one cloud."""
        return [each for each in self.report["outcomes"] if each["cloud"] == cloud and each["check"] == check]


@dataclass(frozen=True)
class Lab:
    """The command, in the environment of the tests' lab."""

    environment: dict[str, str]
    reports: Path

    def interop(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``interop`` and wait; what it says is in the result."""
        done = subprocess.run(self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done

    def command(self, *arguments: str) -> list[str]:
        """The command line of ``interop`` in this environment."""
        return [sys.executable, "-m", "harness.cli", *arguments]

    def run(self, *arguments: str) -> Run:
        """Run a round into a folder of its own."""
        before = set(self.reports.glob("*"))
        done = self.interop("run", *arguments, "--reports", str(self.reports), check=False)
        made = set(self.reports.glob("*")) - before
        assert len(made) == 1, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return Run(done.returncode, done.stdout + done.stderr, made.pop())

    def client(self, cloud: str, *arguments: str) -> str:
        """What the plain ``openstack`` client of the release prints."""
        return self.interop("lab", "exec", "--", "openstack", "--os-cloud", cloud, *arguments).stdout

    def openstack(self, cloud: str, *arguments: str) -> Any:
        """The same as data."""
        return json.loads(self.client(cloud, *arguments, "-f", "json"))

    @property
    def bundle(self) -> Bundle:
        """What the lab lives in."""
        return Bundle(self.environment["INTEROP_LAB"], Cache(Path(self.environment["INTEROP_LAB_HOME"])))

    @property
    def clouds_file(self) -> Path:
        """The clouds.yaml that the lab wrote."""
        return next(Path(self.environment["INTEROP_CLOUDS_DIR"]).glob("*.yaml"))

    def secrets(self) -> set[str]:
        """Every password that stands in the lab's clouds.yaml."""
        clouds = yaml.safe_load(self.clouds_file.read_text(encoding="utf-8"))["clouds"]
        return {cloud["auth"]["password"] for cloud in clouds.values()}

    def admins_secrets(self) -> set[str]:
        """The password of every cloud's administrator."""
        clouds = yaml.safe_load(self.clouds_file.read_text(encoding="utf-8"))["clouds"]
        said = [shlex.split(self.interop("lab", "env", cloud, "--admin").stdout) for cloud in clouds]
        return {word.removeprefix("OS_PASSWORD=") for words in said for word in words if word.startswith("OS_PASSWORD=")}

    def logs(self) -> list[Path]:
        """Every file that a service of the lab writes what happens to."""
        services = [database_server(self.bundle), *(service for cloud in Cloud.all_of(self.bundle) for service in services_of(cloud))]
        return [file for service in services for file in (service.log_file, service.output) if file.exists()]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Both clouds of a lab called ``tests``, up; down again when the last test has ended."""
    if os.geteuid():
        pytest.fail("the lab needs root: run `sudo make lab-test`")
    home = os.environ.get("INTEROP_LAB_HOME") or str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interop-lab")
    clouds = tmp_path_factory.mktemp("clouds.d")
    environment = {**os.environ, "INTEROP_LAB": "tests", "INTEROP_LAB_HOME": home, "INTEROP_CLOUDS_DIR": str(clouds), "NO_COLOR": "1"}
    running = Lab(environment, tmp_path_factory.mktemp("reports"))
    running.interop("lab", "install")
    try:
        running.interop("lab", "up")
        yield running
    finally:
        running.interop("lab", "down")
