"""Runs as a round would have recorded them, written through the journal's own writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.journal import Journal
from harness.model import CheckInfo, Observation, Outcome, Resource, Verdict, to_json
from harness.score import newest

DIGEST = "3f9a41d27c0b8e6655aa90d1f2e37744c9be10d2a6f8054be771c3d95ab0e812"
SERVERS = ("balancer", "web-1", "web-2", "database")


def catalogue() -> tuple[CheckInfo, ...]:
    """Twenty-four checks, in the order of the ladder."""
    phases = {"lifecycle": "disruptive", "teardown": "teardown"}
    found = []
    for number, line in enumerate((Path(__file__).parent / "catalogue.txt").read_text().splitlines()[1:]):
        id_, facet, needs, subject, title = (each.strip() for each in line.split("|"))
        needed = tuple(filter(None, needs.split(", ")))
        phase = phases.get(facet, "steady")
        found.append(CheckInfo(id_, facet, phase, needed, "made for a test", title, title, subject, f"{number:064x}"))
    return tuple(found)


class Recorder:
    """Writes one run's journals, event by event, as a round does."""

    def __init__(self, folder: Path, clouds: list[str], **options: Any) -> None:
        self.folder = folder
        self.run = folder.name
        self.catalogue = options.get("catalogue", catalogue())
        self.journal = Journal(folder / "journal.jsonl")
        self.journals = [self.journal]
        self.journal.write(
            "run.started",
            schema=1,
            run=self.run,
            scenario={
                "name": "barcelona-2016",
                "title": options.get("title", "Interop challenge, Barcelona 2016"),
                "digest": "51" * 32,
                "require": options.get("require", {"must_have": "all"}),
                "waivers": options.get("waivers", []),
                "limits": {"cell": 1200},
                "participants": options.get("participants", {}),
            },
            workloads=[
                {
                    "name": each,
                    "title": each.capitalize(),
                    "digest": DIGEST,
                    "must_have": ["boot.active", "application.page"],
                    "required": options.get("required", ["boot.active", "application.page"]),
                    "checks": options.get("checks", {}).get(each, []),
                    "left_out": [check.id for check in options.get("left_out", ())],
                }
                for each in options.get("workloads", ["lampstack"])
            ],
            clouds=clouds,
            versions={"interop-harness": "0.1.0", "ansible-core": "2.19.3", "openstacksdk": "4.14.0"},
            score_files=options.get("score_files", newest()),
            catalogue=[to_json(each) for each in self.catalogue],
            left_out=[to_json(each) for each in options.get("left_out", ())],
        )

    def plan(self, cloud: str, workload: str = "lampstack", attempt: int = 1) -> str:
        """A cell that has not started; returns its id."""
        cell = f"{cloud}.{workload}" + (f".{attempt}" if attempt > 1 else "")
        self.journal.write("cell.planned", cell=cell, cloud=cloud, workload=workload)
        return cell

    def cell(self, cloud: str, workload: str = "lampstack", attempt: int = 1, digest: str = DIGEST) -> CellRecorder:
        """A cell that has started."""
        return CellRecorder(self, self.plan(cloud, workload, attempt), cloud, workload, attempt, digest)

    def finish(self, exit_code: int = 0, *reasons: str) -> Path:
        """The round's end; returns the run's folder."""
        self.journal.write("run.finished", exit_code=exit_code, reasons=list(reasons))
        return self.folder


class CellRecorder:
    """Writes one cell's journal."""

    def __init__(self, recorder: Recorder, cell: str, cloud: str, workload: str, attempt: int, digest: str) -> None:
        self.catalogue = recorder.catalogue
        self.names: dict[str, Any] = {"cell": cell, "cloud": cloud, "workload": workload, "attempt": attempt}
        self.path = recorder.folder / "cells" / cell / "journal.jsonl"
        self.journal = Journal(self.path, cell=cell, attempt=attempt)
        recorder.journals.append(self.journal)
        self.write(
            "cell.started",
            schema=1,
            cloud=cloud,
            workload=workload,
            digest=digest,
            engine="ansible",
            mark=f"interop-{recorder.run[-8:]}-{len(cell):06x}",
            global_request_id="req-" + "0" * 36,
        )

    def write(self, event: str, **keys: Any) -> None:
        """Any event."""
        self.journal.write(event, **keys)

    def facts(self, **details: Any) -> None:
        """What discovery found: ``image``, ``flavor`` and ``network`` as (value, detail), the rest like ``address_model``."""
        given = {
            "image": ("debian-13", {"checksum": "md5:" + "aa" * 16, "size_bytes": 352321536}),
            "flavor": ("small", {"vcpus": 1, "ram_mb": 1024, "disk_gb": 10}),
        }
        given |= {"network": ("", {})}
        given |= {name: details.pop(name) for name in list(details) if name in given}
        inputs = [
            {
                "name": name,
                "kind": name,
                "value": value,
                "source": details.get("source", "found"),
                "evidence": f"the {name} that fits",
                "detail": detail,
            }
            for name, (value, detail) in given.items()
        ]
        facts = {
            "cloud": self.names["cloud"],
            "region": "RegionOne",
            "project": "demo",
            "services": {"compute": "http://203.0.113.2/compute"},
        }
        facts |= {"address_model": details.get("address_model", "floating"), "address_evidence": "one external network, quota 50"}
        facts |= {"networks": details.get("networks", "made"), "networks_evidence": "policy allows create_network", "inputs": inputs}
        self.write("facts.found", facts=facts)

    def deployed(self, **branches: str) -> None:
        """The payload's own words after a deploy."""
        self.write("phase.started", phase="deploy")
        self.write("phase.finished", phase="deploy", seconds=83.4, ok=True)
        servers = [
            {"id": f"id-{role}", "name": f"interop-{role}", "role": role, "login_user": "debian", "address": "203.0.113.7"}
            for role in SERVERS
        ]
        endpoints = [{"name": "page", "url": "http://203.0.113.7/"}]
        self.write(
            "deployment.made",
            deployment={"servers": servers, "endpoints": endpoints, "branches": branches, "private_key": "key", "seconds": 83.4},
        )

    def ladder(self, subject: str, **seconds: Any) -> None:
        """Seconds by rung; underscores stand for dashes."""
        for rung, value in seconds.items():
            self.write("ladder", subject=subject, rung=rung.replace("_", "-"), seconds=value)

    def outcome(self, check: str, verdict: Verdict = Verdict.PASS, subject: str = "cloud", **more: Any) -> None:
        """One check's outcome; ``observed`` is a dictionary of values, units after a comma in the name."""
        facet, phase = next(((each.facet, each.phase) for each in self.catalogue if each.id == check), ("boot", "steady"))
        observed = more.pop("observed", {}).items()
        values = tuple(Observation(name.partition(",")[0], value, name.partition(",")[2]) for name, value in observed)
        about = {**self.names, "check": check, "verdict": verdict, "subject": subject, "facet": facet, "phase": phase}
        self.write("outcome", outcome=to_json(Outcome(**about, observations=values, **more)))

    def outcomes(self, **changes: dict[str, Any]) -> None:
        """An outcome for every check and subject; ``changes`` by check id (dashes and dots as underscores) replace what is recorded."""
        for check in self.catalogue:
            subjects = {"server": SERVERS, "endpoint": ("page",)}.get(check.subject, ("cloud",))
            for subject in subjects:
                change = dict(changes.get(check.id.replace(".", "_").replace("-", "_"), {}))
                if subject in change.pop("only", subjects):
                    self.outcome(check.id, subject=subject, **change)
                else:
                    self.outcome(check.id, subject=subject)

    def leftovers(self, *ours: Resource, made: tuple[Resource, ...] = (), gone: tuple[Resource, ...] = ()) -> None:
        """The inventories' difference."""
        self.write(
            "leftovers",
            ours=[to_json(each) for each in ours],
            strangers_made=[to_json(each) for each in made],
            strangers_gone=[to_json(each) for each in gone],
        )

    def finish(self, status: str = "done", **more: Any) -> None:
        """The cell's end."""
        self.write("cell.finished", **{"status": status, "kind": "", "error": "", "mend": "", "exit_code": 0, "kept": False, **more})


MakeRecorder = Callable[..., Recorder]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[MakeRecorder]:
    """Starts a recorded run: ``recorder(["a", "b"], participants={…})``."""
    made: list[Recorder] = []

    def make(clouds: list[str], name: str = "20260801-120000-ab12cd34", **options: Any) -> Recorder:
        made.append(Recorder(tmp_path / name, clouds, **options))
        return made[-1]

    yield make
    for journal in (journal for each in made for journal in each.journals):
        journal.close()


CONTAINERS = {"vendor": "Lab", "product": "OVN", "release": "2026.2", "servers": "system container"}
MACHINES = {"vendor": "Acme", "product": "Public Cloud", "release": "2025.1", "region": "Eu-1", "servers": "virtual machine"}


def healthy(cell: CellRecorder, slower: float = 1.0, mtu: int = 1442, floating: bool = True) -> None:
    """Everything a cell records when the workload runs."""
    kind, network, data = ("floating", "made", "metadata service") if floating else ("direct", "shared", "config drive")
    cell.deployed(address=kind, network=network)
    for number, server in enumerate(SERVERS):
        base = slower * (3.1 + number / 3)
        cell.ladder(server, active=base, console=base + 0.4, port_22=base + 3.2, ssh_login=base + 3.9, cloud_init=base + 17.5 * slower)
    cell.ladder("balancer", application=61.2 * slower)
    cell.outcomes(
        boot_active={"observed": {"boot.to_active,s": 3.9 * slower}},
        addresses_kind={"observed": {"addresses.kind": kind}},
        addresses_mtu={"observed": {"addresses.mtu,bytes": mtu, "addresses.path_mtu,bytes": mtu}},
        addresses_three_views={"observed": {"addresses.api": ["203.0.113.7" if floating else "198.51.100.9"]}},
        initialisation_source={"observed": {"initialisation.source": data}},
        application_page={"observed": {"application.to_page,s": 61.2 * slower}},
    )
    cell.leftovers()
    cell.finish()


@pytest.fixture
def pair(recorder: MakeRecorder) -> Path:
    """Two healthy clouds that differ in address, network, MTU and source of data."""
    run = recorder(["lab1", "lab2"], participants={"lab1": CONTAINERS, "lab2": {**CONTAINERS, "product": "provider network"}})
    first, second = run.cell("lab1"), run.cell("lab2")
    first.facts()
    second.facts(
        flavor=("tiny", {"vcpus": 1, "ram_mb": 768, "disk_gb": 10}),
        image=("trixie", {"checksum": "md5:" + "aa" * 16, "size_bytes": 352321536}),
        network=("public", {}),
        address_model="direct",
        networks="shared",
    )
    healthy(first)
    healthy(second, slower=0.8, mtu=1500, floating=False)
    return run.finish()


@pytest.fixture
def two(recorder: MakeRecorder) -> Path:
    """Two workloads on two clouds; an attempt at the second was cut off."""
    run = recorder(["lab1", "lab2"], workloads=["lampstack", "docker-swarm"], participants={"lab1": CONTAINERS, "lab2": MACHINES})
    for workload, slower in (("lampstack", 1.0), ("docker-swarm", 1.4)):
        for cloud, mtu in (("lab1", 1442), ("lab2", 1500)):
            cell = run.cell(cloud, workload)
            cell.facts()
            healthy(cell, slower=slower, mtu=mtu, floating=cloud == "lab1")
    run.cell("lab2", "docker-swarm", attempt=2).outcome("egress.names", Verdict.FAIL, "web-2", reason="no answer in 5 s")
    return run.finish(1, "must-haves")


@pytest.fixture
def troubled(recorder: MakeRecorder) -> Path:
    """A healthy cloud; one with failures, blame and a leak; a refused one; one whose journal was cut; one never started."""
    run = recorder(
        ["good", "bad", "shut", "cut", "late"],
        name="20260801-130000-cd34ef56",
        participants={"good": MACHINES, "bad": {**MACHINES, "vendor": "Bolt"}, "cut": CONTAINERS},
    )
    healthy(run.cell("good"))
    bad = run.cell("bad")
    bad.facts(image=("debian-13", {"checksum": "md5:" + "bb" * 16, "size_bytes": 352321999}))
    bad.deployed(address="floating", network="made")
    bad.ladder("balancer", active=4.0, console=4.2)
    lost = {
        "verdict": Verdict.NOT_RUN,
        "because": "initialisation.ssh-key",
        "blame": "initialisation.ssh-key",
        "blame_facet": "initialisation",
    }
    needing = [each.id for each in catalogue() if "initialisation.ssh-key" in each.needs or "boot.first-boot" in each.needs]
    changes: dict[str, dict[str, Any]] = {each.replace(".", "_").replace("-", "_"): {**lost, "only": ("database",)} for each in needing}
    changes["initialisation_ssh_key"] = {
        "verdict": Verdict.FAIL,
        "only": ("database",),
        "reason": "the login was refused",
        "expected": "a login with the key within 300 s",
        "seen": "Permission denied (publickey) at 300 s",
        "request_id": "req-5f0c2a51-0d6f-4f63-9d0e-1f7c0ad6a0b5",
        "next_step": "openstack console log show interop-database",
        "blame": "initialisation.ssh-key",
        "blame_facet": "initialisation",
    }
    changes["egress_package"] = {"verdict": Verdict.DENIED, "reason": "the proxy forbids it", "only": ("web-1", "web-2")}
    changes["lifecycle_soft_reboot"] = {"verdict": Verdict.QUOTA, "reason": "no more reboots"}
    changes["addresses_after_reboot"] = {"verdict": Verdict.NOT_RUN, "because": "lifecycle.soft-reboot", "blame": "lifecycle.soft-reboot"}
    changes["application_shared_post"] = {"verdict": Verdict.HARNESS_FAULT, "reason": "KeyError: 'id'"}
    bad.outcomes(**changes)
    bad.leftovers(Resource("port", "11", "interop-ab12cd34-000001-port"), made=(Resource("server", "99", "somebody's"),))
    bad.write("note", text="openstacksdk repeated requests in silence: 3 of compute (503)")
    bad.finish(exit_code=4)
    run.cell("shut").finish(
        "refused", kind="CloudConfigError", error="the password is wrong", mend="correct auth.password of shut", exit_code=2
    )
    cut = run.cell("cut")
    cut.deployed(address="floating")
    cut.outcome("boot.active", subject="balancer")
    cut.write("phase.started", phase="checks")
    cut.write("check.started", check="boot.console", subject="balancer")
    with cut.path.open("ab") as file:
        file.write('{"at": "2026-08-01T12:00:00.000+00:00", "event": "outcome", "outcome": {"check": "boot.co–'.encode()[:-1])
    run.plan("late")
    return run.folder


@pytest.fixture
def many(recorder: MakeRecorder) -> Path:
    """Eighteen clouds and thirty checks, a few of which behave in ways of their own."""
    checks = catalogue()
    checks += tuple(replace(checks[16], id=f"egress.extra-{number}", digest="ee" * 32) for number in range(6))
    names = "acme bolt corvid dune ember fjord gale harbor iris jetty kelp lumen mesa noor opal pine quay rune"
    clouds = [f"{name}-cloud" for name in names.split()]
    run = recorder(
        clouds,
        name="20260801-140000-ef56ab78",
        catalogue=checks,
        participants={each: MACHINES if number % 3 else CONTAINERS for number, each in enumerate(clouds)},
    )
    for number, cloud in enumerate(clouds):
        cell = run.cell(cloud)
        cell.facts(image=("debian-13", {"checksum": "md5:" + f"{number // 10}f" * 16, "size_bytes": 1}))
        if number == 7:
            cell.finish(
                "refused", kind="CloudConfigError", error="the certificate is signed by nobody known", mend="set cacert", exit_code=2
            )
            continue
        healthy(cell, slower=1 + number / 9, mtu=1442 if number % 4 else 1500, floating=number % 5 != 0)
        if number == 11:
            cell.outcome(
                "egress.names", Verdict.FAIL, "web-2", reason="no answer in 5 s", expected="an answer", seen="nothing", blame="egress.names"
            )
            cell.outcome("egress.package", Verdict.NOT_RUN, "web-2", because="egress.names", blame="egress.names")
    return run.finish(1, "must-haves")


HOSTILE = "<script>alert(1)</script>\x1b[31m\x07[bold]|`*_#1 @all https://evil.example \u202egnp.exe ]]> \x00&amp;\u2028"


@pytest.fixture
def hostile(recorder: MakeRecorder) -> Path:
    """Every text that comes from outside tries to be something else."""
    run = recorder(["<b>a<b>\x1b]0;x\x07|", "b"], title=HOSTILE, participants={"b": {**CONTAINERS, "vendor": HOSTILE, "servers": HOSTILE}})
    first, second = run.cell("<b>a<b>\x1b]0;x\x07|"), run.cell("b")
    for cell in (first, second):
        cell.facts(image=(HOSTILE, {"checksum": HOSTILE}))
        cell.deployed(address=HOSTILE)
        cell.ladder(HOSTILE, active=1.0)
        cell.outcome(
            "boot.active",
            Verdict.FAIL,
            HOSTILE,
            reason=HOSTILE,
            expected=HOSTILE,
            seen=HOSTILE,
            next_step=HOSTILE,
            request_id=HOSTILE,
            evidence=(HOSTILE,),
            observed={"boot.word": HOSTILE},
        )
        cell.outcome("egress.names", Verdict.QUOTA, HOSTILE, reason=HOSTILE)
        cell.leftovers(Resource("server", HOSTILE, HOSTILE))
        cell.write("note", text=HOSTILE)
    second.finish("failed", kind="EngineError", error=HOSTILE, mend=HOSTILE)
    return run.finish(3, HOSTILE)
