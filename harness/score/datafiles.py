"""The numbers that a score is made with: versioned files in ``data/``, each known by the digest of its bytes.

A file is never changed: another set of numbers is a file with the next version (``costs-2.yaml``). Runs record the digests of the newest
ones, and are scored with those that they recorded, for as long as these are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from importlib.resources import files
from sys import float_info
from typing import Any

import yaml

from harness.score.adaptation import Costs
from harness.score.errors import ScoreError
from harness.score.labels import Label
from harness.score.weights import Profile

KINDS = ("costs", "labels", "memberships", "weights")
"""The kinds of data file; every score uses one of each."""
_LARGEST = float_info.max


@dataclass(frozen=True)
class TimeRule:
    """An observed time that is scored as part of ``check``, in seconds: 1 up to ``good``, 0 from ``limit`` on."""

    check: str
    good: float
    limit: float


@dataclass(frozen=True)
class Memberships:
    """How what was recorded becomes memberships. ``times``, ``amounts`` and ``sets`` are by the name of the observed value.

    A time that is ``slower`` times what it was is told as slower.
    """

    uncertainty: int
    uncertainty_of_facts: int
    fact_facets: frozenset[str]
    fact_checks: frozenset[str]
    least_coverage: Fraction
    slower: float
    times: Mapping[str, TimeRule]
    amounts: Mapping[str, str]
    sets: Mapping[str, str]

    def is_fact(self, check: str, facet: str) -> bool:
        """Whether a check's verdict is what an API says."""
        return check in self.fact_checks or facet in self.fact_facets


@dataclass(frozen=True)
class Constants:
    """One file of each kind, read. ``files`` has the name, and ``digests`` the digest, of each by its kind."""

    memberships: Memberships
    costs: Costs
    profiles: Mapping[str, Profile]
    labels: tuple[Label, ...]
    files: Mapping[str, str]
    digests: Mapping[str, str]


def newest() -> dict[str, str]:
    """The digest of the newest file of each kind: what a run records when it is made."""
    versions: dict[str, tuple[int, str]] = {}
    for digest, (kind, version, _, _) in shipped().items():
        versions[kind] = max(versions.get(kind, (0, "")), (version, digest))
    return {kind: versions[kind][1] for kind in KINDS}


def constants(digests: Mapping[str, str] | None = None) -> Constants:
    """The files with ``digests``, by kind; without any, the newest.

    Raises:
        ScoreError: one of them is not here, or a kind is missing; names it.
    """
    wanted = dict(digests) if digests is not None else newest()
    known = shipped()
    for kind, digest in wanted.items():
        if not isinstance(digest, str):
            raise ScoreError(f"the data file of {kind}: a digest is a text; given is {digest!r:.40}")
    for kind in KINDS:
        if known.get(wanted.get(kind, ""), ("",))[0] != kind:
            raise ScoreError(f"the data file of {kind} with the digest {wanted.get(kind) or 'none'} is not part of this version")
    names = {kind: known[wanted[kind]][2] for kind in KINDS}
    data = {kind: known[wanted[kind]][3] for kind in KINDS}
    return Constants(
        _memberships(data["memberships"]),
        _costs(data["costs"], wanted["costs"]),
        {name: profile(name, each, wanted["weights"]) for name, each in data["weights"]["profiles"].items()},
        tuple(Label(exact(each["at_least"]), each["word"]) for each in data["labels"]["labels"]),
        names,
        {kind: wanted[kind] for kind in KINDS},
    )


def profile(name: str, data: Mapping[str, Any], digest: str) -> Profile:
    """A profile as written: ``title``, ``facets``, ``checks`` and ``must_have``, all optional.

    Raises:
        ScoreError: a key is unknown, or a weight is no number or negative.
    """
    unknown = sorted(set(data) - {"title", "facets", "checks", "must_have"})
    if unknown:
        raise ScoreError(f"weights {name}: unknown key {unknown[0]}; the keys are title, facets, checks and must_have")
    weights = {}
    for key in ("facets", "checks"):
        given = data.get(key) or {}
        if not isinstance(given, Mapping):
            raise ScoreError(f"weights {name}: {key} is not a mapping of names to weights")
        weights[key] = {str(each): exact(weight, f"weights {name}: {each}") for each, weight in given.items()}
    share = exact(data.get("must_have", 0), f"weights {name}: must_have")
    return Profile(name, str(data.get("title") or ""), weights["facets"], weights["checks"], share, digest)


def exact(number: object, what: str = "") -> Fraction:
    """A number as it is written in a file: 0.1 is a tenth, exactly.

    Raises:
        ScoreError: it is none; says so of ``what``.
    """
    if isinstance(number, bool) or not isinstance(number, int | float) or not -_LARGEST <= number <= _LARGEST:
        raise ScoreError(f"{what or 'this'}: a number is expected; given is {number!r:.40}")
    return Fraction(str(number))


def _memberships(data: Mapping[str, Any]) -> Memberships:
    return Memberships(
        uncertainty=data["uncertainty"]["behaviour"],
        uncertainty_of_facts=data["uncertainty"]["fact"],
        fact_facets=frozenset(data["facts"]["facets"]),
        fact_checks=frozenset(data["facts"]["checks"]),
        least_coverage=exact(data["least_coverage"]),
        slower=float(data["slower"]),
        times={name: TimeRule(each["check"], each["good"], each["limit"]) for name, each in data["times"].items()},
        amounts={name: each["check"] for name, each in data["amounts"].items()},
        sets={name: each["check"] for name, each in data["sets"].items()},
    )


def _costs(data: Mapping[str, Any], digest: str) -> Costs:
    inputs = {each: group for group, names in data["groups"].items() for each in names["inputs"]}
    branches = {each: group for group, names in data["groups"].items() for each in names["branches"]}
    return Costs(
        {name: exact(cost) for name, cost in data["classes"].items()},
        data["inputs"],
        data["other"],
        data["branch"],
        inputs,
        branches,
        digest,
    )


@cache
def shipped() -> dict[str, tuple[str, int, str, dict[str, Any]]]:
    """By digest: kind, version, name and content of every data file that is part of this version."""
    found = {}
    for file in files("harness.score").joinpath("data").iterdir():
        kind, _, rest = file.name.partition("-")
        if file.name.endswith(".yaml"):
            content = file.read_bytes()
            found[f"sha256:{sha256(content).hexdigest()}"] = (kind, int(rest.removesuffix(".yaml")), file.name, yaml.safe_load(content))
    return found
