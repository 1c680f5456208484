"""A cloud of the lab as data: one YAML file a cloud, checked before anything starts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from harness.errors import FileError, UsageError
from harness.lab.release import RELEASES

__all__ = [
    "Build",
    "CloudSpec",
    "Flavor",
    "Image",
    "Member",
    "ProjectNetworks",
    "ProviderNetwork",
    "Quotas",
    "ReadyNetwork",
    "Service",
    "choose",
    "find_specs",
    "load_spec",
]

SHIPPED = Path(__file__).with_name("clouds")
FOLDERS_VARIABLE = "INTEROP_LAB_CLOUDS"
GENEVE_OVERHEAD = 58
"""Bytes that Neutron takes from the path MTU: 20 IP + 38 Geneve with OVN's options (``max_header_size``)."""

_TAKEN = {"ca", "guests", "mariadb", "outside", "py", "resolver", "root", "shared", "template"}
"""What in a lab has such a name already: a folder, a network namespace, a user of the database, or an owner of services."""

_WITH_ONE_PROCESSOR = {"uml"}
"""Kinds of server that have one, whatever their flavor says."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ()/._-]{0,59}$")]
PackageName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.+-]+$")]
Service = Literal["keystone", "glance", "placement", "neutron", "nova"]
Word = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,29}$")]


def _kind_of_server(name: str) -> str:
    """Refuse a kind of which there is no file; they are not imported, since they run in Nova's own environment."""
    kinds = sorted(file.stem for file in Path(str(files("labvirt"))).glob("kinds/[a-z]*.py"))
    if name not in kinds:
        raise ValueError(f"there is no kind of server {name!r}, but {' and '.join(kinds)}")
    return name


def _release(number: str) -> str:
    if number not in RELEASES:
        raise ValueError(f"there is no release {number!r} here, but {' and '.join(RELEASES)}")
    return number


Guest = Annotated[Word, AfterValidator(_kind_of_server)]
Release = Annotated[str, AfterValidator(_release)]


class Part(BaseModel):
    """Frozen, and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReadyNetwork(Part):
    """A network that the operator made for the member's project, with a router; it has the cloud's IPv6 addresses too, where it has any."""

    name: Word
    range: IPv4Network = Field(strict=False)


class ProjectNetworks(Part):
    """Networks and routers belong to projects, which make them unless a policy forbids it.

    ``name`` is the external network that floating addresses come from.
    """

    kind: Literal["project"]
    name: Word
    mtu: int = Field(default=1442, ge=576, le=1442)
    ready: ReadyNetwork | None = None


class ProviderNetwork(Part):
    """One network of the operator's that all projects share; servers have its addresses directly."""

    kind: Literal["provider"]
    name: Word
    mtu: int = Field(default=1500, ge=576, le=1500)
    external: bool = False


class Member(Part):
    """The ordinary user whose credentials the lab hands out, and the project of its own."""

    user: Word
    project: Word

    @field_validator("user", "project")
    @classmethod
    def _not_reserved(cls, name: str) -> str:
        if name in {"admin", "service", "nova", "neutron", "glance", "placement"}:
            raise ValueError(f"{name!r} belongs to the cloud itself; choose another")
        return name


class Build(Part):
    """What an image has beyond the lab's plain one: packages, whose services are off at boot, and files by their names in it.

    ``alternatives`` are names and targets as update-alternatives(1) has them.
    """

    packages: tuple[PackageName, ...] = Field(default=(), strict=False)
    files: dict[str, str] = Field(default_factory=dict)
    alternatives: dict[str, str] = Field(default_factory=dict)


class Image(Part):
    """How the lab's guest image is offered: its name and properties in Glance, and what is in it."""

    name: Name
    properties: dict[str, str] = Field(default_factory=dict)
    build: Build = Build()


class Flavor(Part):
    """A size of server; ``guest`` is its kind where that is not the cloud's."""

    name: Word
    vcpus: int = Field(ge=1, le=16)
    ram_mb: int = Field(ge=128, le=65536)
    disk_gb: int = Field(ge=2, le=200)
    guest: Guest | None = None


class Quotas(Part):
    """What one project may have; the names are openstacksdk's, memory in MiB."""

    instances: int = 10
    cores: int = 20
    ram_mb: int = 20480
    networks: int = 10
    subnets: int = 10
    routers: int = 10
    ports: int = 100
    floating_ips: int = 20
    security_groups: int = 20
    security_group_rules: int = 200


class CloudSpec(Part):
    """One cloud of the lab. ``name`` is the file's stem; it names the cloud, its network namespace and its databases.

    ``default`` says whether it is meant when no cloud is named. ``guest`` is the kind of its servers (a module of ``labvirt.kinds``).
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9]{0,7}$")
    title: str
    default: bool = True
    release: Release
    region: Word
    zone: Word = "nova"
    outside: IPv4Network = Field(strict=False)
    outside6: IPv6Network | None = Field(default=None, strict=False)
    tls: bool = False
    networks: ProjectNetworks | ProviderNetwork = Field(discriminator="kind")
    initialisation: Literal["metadata-service", "config-drive", "both"]
    member: Member
    guest: Guest = "lxc"
    image: Image
    flavors: tuple[Flavor, ...] = Field(min_length=1, strict=False)
    quotas: Quotas = Quotas()
    policies: dict[Service, dict[str, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _room_for_addresses(self) -> CloudSpec:
        if not 20 <= self.outside.prefixlen <= 26:
            raise ValueError(f"outside: {self.outside} must have a prefix from /20 to /26")
        if self.outside6 and not 48 <= self.outside6.prefixlen <= 63:
            raise ValueError(
                f"outside6: {self.outside6} must have a prefix from /48 to /63: the wire and the ready network take a /64 each"
            )
        if self.outside6 and not (isinstance(self.networks, ProjectNetworks) and self.networks.ready):
            raise ValueError("outside6: only a ready network has IPv6 addresses; describe one in networks.ready")
        names = [flavor.name for flavor in self.flavors]
        if len(set(names)) != len(names):
            raise ValueError(f"flavors: a name appears twice in {', '.join(names)}")
        return self

    @property
    def gateway(self) -> IPv4Address:
        """The outside's own address, and the servers' way to names and packages."""
        return self.outside[1]

    @property
    def api_address(self) -> IPv4Address:
        """Where the cloud's APIs listen."""
        return self.outside[2]

    @property
    def pool(self) -> tuple[IPv4Address, IPv4Address]:
        """First and last address that Neutron may give away."""
        return self.outside[10], self.outside[-6]

    @property
    def url(self) -> str:
        """What every endpoint's address starts with."""
        return f"{'https' if self.tls else 'http'}://{self.api_address}"

    def guest_of(self, flavor: Flavor) -> str:
        """The kind of server that a flavor gives."""
        return flavor.guest or self.guest

    @property
    def guests(self) -> set[str]:
        """Every kind of server that the cloud has."""
        return {self.guest_of(flavor) for flavor in self.flavors}

    @property
    def has_metadata_service(self) -> bool:
        """Whether servers can ask 169.254.169.254."""
        return self.initialisation != "config-drive"

    @property
    def gives_config_drive(self) -> bool:
        """Whether every server has one, asked for or not."""
        return self.initialisation != "metadata-service"

    @property
    def wire6(self) -> IPv6Network | None:
        """The IPv6 addresses of the wire that leads out: the first is the outside's, the tenth the ready router's."""
        return next(self.outside6.subnets(new_prefix=64)) if self.outside6 else None

    @property
    def servers6(self) -> IPv6Network | None:
        """The IPv6 addresses of the ready network's servers; they are reached directly."""
        return list(islice(self.outside6.subnets(new_prefix=64), 2))[1] if self.outside6 else None

    @property
    def host(self) -> str:
        """The name of the one hypervisor, the same for Nova and for OVN's chassis."""
        return f"{self.name}-host"

    def is_as_in(self, written: str) -> bool:
        """Whether a cloud of which ``written`` was written down when it was made is this one; so it is where that cannot be read any more.

        Its title, and whether it is meant by default, change nothing of what was made.
        """
        try:
            made = CloudSpec.model_validate_json(written)
        except ValidationError:
            return True
        return made.model_copy(update={"title": self.title, "default": self.default}) == self


def load_spec(path: Path) -> CloudSpec:
    """Read one cloud's file; raises ``FileError`` naming the key and the mend."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(path, "", f"cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileError(path, "", f"is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise FileError(path, "", "must hold keys and values that describe a cloud", mend=f"take {SHIPPED / 'lab1.yaml'} as a pattern")
    if "name" in data:
        raise FileError(path, "name", "a cloud is named by its file", mend="remove the key and rename the file")
    if path.stem in _TAKEN:
        raise FileError(path, "", f"every lab has something else of the name {path.stem!r}", mend="rename the file")
    try:
        spec = CloudSpec.model_validate({**data, "name": path.stem})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if where == "name":
            raise FileError(path, "", "the file's name names the cloud: a small letter, then up to 7 small letters and digits") from error
        problem = first["msg"].removeprefix("Value error, ")
        raise FileError(path, where, problem, mend=f"the keys are those of {SHIPPED / 'lab1.yaml'}") from error
    _require_processors(path, spec)
    return spec


def _require_processors(path: Path, spec: CloudSpec) -> None:
    """FileError for a flavor that promises more processors than a server of its kind has."""
    for number, flavor in enumerate(spec.flavors):
        kind = spec.guest_of(flavor)
        if flavor.vcpus > 1 and kind in _WITH_ONE_PROCESSOR:
            mend = "say `vcpus: 1`, or `guest: lxc` for this flavor"
            raise FileError(
                path, f"flavors.{number}.vcpus", f"a server of the kind {kind} has one processor, not {flavor.vcpus}", mend=mend
            )


def find_specs(folders: Iterable[Path] = ()) -> dict[str, CloudSpec]:
    """All clouds that are described: those shipped, those in ``$INTEROP_LAB_CLOUDS`` and in ``folders``, by name.

    Raises ``UsageError`` when two files give the same name, or overlapping addresses.
    """
    specs: dict[str, CloudSpec] = {}
    for path in _files(folders):
        spec = load_spec(path)
        for other in specs.values():
            if other.name == spec.name:
                raise FileError(path, "", f"another file describes a cloud named {spec.name} too", mend="rename one of them")
            if other.outside.overlaps(spec.outside):
                raise FileError(path, "outside", f"{spec.outside} overlaps with {other.outside} of {other.name}")
        specs[spec.name] = spec
    return specs


def choose(specs: Mapping[str, CloudSpec], names: Sequence[str], *, everything: bool = False) -> list[CloudSpec]:
    """The clouds that are named; none named: those that are there by default, or ``everything``. UsageError for a name nobody has."""
    unknown = [name for name in names if name not in specs]
    if unknown:
        raise UsageError(f"no file describes a cloud {unknown[0]!r}", mend=f"described are {', '.join(specs)}")
    return [spec for name, spec in specs.items() if everything or (name in names if names else spec.default)]


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    named = [Path(part) for part in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if part]
    for folder in dict.fromkeys(path.absolute() for path in (SHIPPED, *named, *folders)):
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder of clouds", mend="name a folder with one YAML file a cloud")
        yield from sorted(folder.glob("*.yaml"))
