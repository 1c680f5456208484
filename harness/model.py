"""The frozen values that flow through the house: cloud → deployment → outcomes → report.

Nothing here knows OpenStack, Ansible, pytest or HTML. Every value turns into plain JSON with :func:`to_json`, and that is
how it stands in a journal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeAlias
from urllib.parse import quote

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Verdict(StrEnum):
    """What a check came to. Only the first four are evidence about the cloud."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    UNSUPPORTED = "unsupported"
    DENIED = "denied"
    QUOTA = "quota"
    CAPACITY = "capacity"
    HARNESS_FAULT = "harness-fault"
    NOT_RUN = "not-run"

    @property
    def is_evidence(self) -> bool:
        """Whether it says something about how the cloud behaves."""
        return self in (Verdict.PASS, Verdict.FAIL, Verdict.UNSUPPORTED, Verdict.DENIED)


class Phase(StrEnum):
    """When a check runs."""

    STEADY = "steady"
    DISRUPTIVE = "disruptive"
    TEARDOWN = "teardown"


class Facet(StrEnum):
    """The kinds of behaviour that checks belong to."""

    IDENTITY = "identity"
    IMAGES = "images"
    BOOT = "boot"
    INITIALISATION = "initialisation"
    ADDRESSES = "addresses"
    REACHABILITY = "reachability"
    SECURITY_GROUPS = "security-groups"
    EGRESS = "egress"
    STORAGE = "storage"
    LIFECYCLE = "lifecycle"
    API_MANNERS = "api-manners"
    APPLICATION = "application"
    TEARDOWN = "teardown"


LADDER = ("accepted", "active", "console", "port-22", "ssh-login", "cloud-init", "application")
"""The rungs of a server, in order; seconds count from the moment its creation was accepted."""


@dataclass(frozen=True)
class Input:
    """One input of a workload as resolved on one cloud.

    ``source`` is ``set`` (an overlay did), ``found`` (discovery did) or ``default`` (the manifest did). ``value`` is what the
    payload gets; ``detail`` is what makes two clouds' values equal or not (an image's checksum and size, a flavor's RAM).
    """

    name: str
    kind: str
    value: Json
    source: str
    evidence: str
    detail: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What can be read from a cloud's APIs without creating anything.

    ``address_model`` is ``floating``, ``direct`` or ``none``; ``networks`` is ``made`` where a project may create networks and
    routers, else ``shared``. ``services`` maps a service type to its endpoint.
    """

    cloud: str
    region: str
    project: str
    services: dict[str, str]
    address_model: str
    address_evidence: str
    networks: str
    networks_evidence: str
    inputs: tuple[Input, ...]
    notes: tuple[str, ...] = ()

    def value(self, name: str) -> Json:
        """The resolved value of the input called ``name``; ``None`` when the workload has no such input."""
        return next((each.value for each in self.inputs if each.name == name), None)


@dataclass(frozen=True)
class Server:
    """One server of a deployment. ``address`` is where it is reached from outside, empty when it cannot be.

    ``public_ports`` are open to the world by the workload's rules; ``member_ports`` only to servers of the deployment.
    """

    id: str
    name: str
    role: str
    login_user: str
    address: str
    public_ports: tuple[int, ...] = (22,)
    member_ports: tuple[int, ...] = ()

    def subject(self, prefix: str) -> str:
        """What outcomes call it: its name without the mark's ``prefix``, which is the same on every cloud; else its role."""
        return self.name.removeprefix(f"{prefix}-") if self.name.startswith(f"{prefix}-") else self.role or self.name


@dataclass(frozen=True)
class Endpoint:
    """Something that answers, once the workload is up."""

    name: str
    url: str


@dataclass(frozen=True)
class Deployment:
    """What an engine returned. ``branches`` are the ways that the payload took on this cloud (``address: floating``)."""

    servers: tuple[Server, ...]
    endpoints: tuple[Endpoint, ...]
    branches: dict[str, str]
    private_key: str
    seconds: float

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Deployment:
        """Read back what :func:`to_json` wrote, or what a payload returned."""
        servers = tuple(
            Server(**{**each, "public_ports": tuple(each.get("public_ports", (22,))), "member_ports": tuple(each.get("member_ports", ()))})
            for each in data["servers"]
        )
        endpoints = tuple(Endpoint(**each) for each in data["endpoints"])
        return cls(servers, endpoints, dict(data["branches"]), data["private_key"], float(data["seconds"]))


@dataclass(frozen=True)
class Resource:
    """One thing in a project: enough to name it, to tell whose it is, and to delete it."""

    kind: str
    id: str
    name: str
    mark: str = ""


@dataclass(frozen=True)
class Observation:
    """A typed value that a check recorded (``addresses.kind = floating``; ``boot.to_active = 3.9`` in ``s``)."""

    name: str
    value: Json
    unit: str = ""


@dataclass(frozen=True)
class CheckInfo:
    """One entry of the catalogue. ``digest`` is of the check's own source, so that equal checks are known as equal."""

    id: str
    facet: str
    phase: str
    needs: tuple[str, ...]
    source: str
    title: str
    text: str
    subject: str
    digest: str


@dataclass(frozen=True)
class Outcome:
    """One check's result on one subject of one attempt of one cell.

    ``because`` is the check whose result kept this one from running (verdict ``not-run``); ``blame`` the check at the root of
    that chain, or the check itself when it is the root. ``seconds`` is how long the check took. ``applies`` is false where there was
    nothing of the kind on the subject, so that nothing is unknown there; ``None`` in older journals, which do not tell.
    """

    cell: str
    cloud: str
    workload: str
    attempt: int
    subject: str
    check: str
    facet: str
    phase: str
    verdict: Verdict
    reason: str = ""
    expected: str = ""
    seen: str = ""
    because: str = ""
    blame: str = ""
    blame_facet: str = ""
    request_id: str = ""
    next_step: str = ""
    observations: tuple[Observation, ...] = ()
    evidence: tuple[str, ...] = ()
    seconds: float = 0.0
    applies: bool | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """Read back what :func:`to_json` wrote."""
        known = {**data, "verdict": Verdict(data["verdict"])}
        known["observations"] = tuple(Observation(**each) for each in data.get("observations", ()))
        known["evidence"] = tuple(data.get("evidence", ()))
        return cls(**known)


@dataclass(frozen=True)
class Waiver:
    """Somebody's word that a check may fail for a while: it is shown beside the verdict, changes none, and raises no score.

    An empty ``cloud`` means every cloud. ``expires`` is the last day on which it stands, as ISO 8601 writes it.
    """

    id: str
    cloud: str
    reason: str
    owner: str
    expires: str

    def covers(self, check: str, cloud: str) -> bool:
        """Whether it speaks of ``check`` on ``cloud``."""
        return self.id == check and self.cloud in ("", cloud)

    def state(self, day: str) -> str:
        """Whether it stands on ``day``, in words."""
        return f"waiver expired on {self.expires}" if self.expires < day else f"waived until {self.expires}"

    def words(self, day: str) -> str:
        """All that a reader has to know of it on ``day``."""
        return f"{self.state(day)} by {self.owner}: {self.reason}"


@dataclass(frozen=True)
class Mark:
    """How everything that one cell creates is told apart from what others own; it stands in the creating request."""

    run: str
    cell: str

    @property
    def prefix(self) -> str:
        """What every name begins with: ``interop-`` + the run's last eight characters + six that stand for the cell."""
        return f"interop-{self.run[-8:]}-{sha256(self.cell.encode()).hexdigest()[:6]}"

    @property
    def cell_word(self) -> str:
        """The cell as one word, whatever the cloud's name is: blanks and the like as in a URL."""
        return quote(self.cell)

    @property
    def description(self) -> str:
        """For what has a description; a floating address has no name and only this."""
        return f"interop run={self.run} cell={self.cell_word}"

    @property
    def metadata(self) -> dict[str, str]:
        """For servers."""
        return {"interop_run": self.run, "interop_cell": self.cell_word}


@dataclass(frozen=True)
class CellPlan:
    """What a cell's processes need to know, as it stands in ``cell.json``: nothing of it is secret.

    ``config_file`` is the clouds.yaml that has the cloud (``None``: openstacksdk's own search). ``limits`` are seconds, or
    shares from 0 to 1, by name, such as ``{"application.to_page": {"good": 120, "limit": 900}}``. ``settings`` are the overlay's inputs.
    """

    run: str
    cell: str
    cloud: str
    config_file: str | None
    netns: str | None
    workload: str
    workload_folder: str
    workload_digest: str
    attempt: int
    global_request_id: str
    settings: dict[str, Json]
    limits: dict[str, dict[str, float]]
    must_have: tuple[str, ...]
    checks: tuple[str, ...]
    keep: bool

    @property
    def mark(self) -> Mark:
        """The mark of everything this cell creates."""
        return Mark(self.run, self.cell)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CellPlan:
        """Read back what :func:`to_json` wrote."""
        return cls(**{**data, "must_have": tuple(data["must_have"]), "checks": tuple(data["checks"])})


def to_json(value: Any) -> Any:
    """``value``, a dataclass of this module, as plain JSON data."""
    return asdict(value)
