"""Which weights a comparison uses: a shipped profile by its name, or a file of the reader's own."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from pydantic import Field

from harness.errors import FileError, UsageError
from harness.manifest.reading import Written, at, read
from harness.score import Constants, Profile, ScoreError, profile

_FILES = (".yaml", ".yml")


class Weights(Written):
    """A file of weights. A facet or check that is not named weighs 1; ``must_have`` is a share of the whole that goes to the must-haves."""

    title: str = ""
    facets: dict[str, float] = Field(default={})
    checks: dict[str, float] = Field(default={})
    must_have: float = 0


def profile_of(weights: str, constants: Constants, facets: Collection[str], checks: Collection[str]) -> Profile:
    """The profile called ``weights``, or the one in that file; ``facets`` and ``checks`` are all that may be named.

    Raises:
        UsageError: there is no such profile; or the file names what nothing here is, or holds a weight that is none. Names file and line.
    """
    if not weights.endswith(_FILES):
        if weights in constants.profiles:
            return constants.profiles[weights]
        there = ", ".join(constants.profiles)
        raise UsageError(f"there is no profile of weights {weights}", mend=f"name a file that ends in .yaml, or one of these: {there}")
    file = Path(weights)
    written = read(file, Weights)
    for key, named, known in (("facets", written.facets, facets), ("checks", written.checks, checks)):
        for each in named:
            if each not in known:
                what = key.removesuffix("s")
                raise FileError(
                    file, at(file, key, each), f"no {what} {each} is compared", mend=f"the {key} are {', '.join(sorted(known))}"
                )
    try:
        return profile(file.stem, written.model_dump(), f"sha256:{sha256(file.read_bytes()).hexdigest()}")
    except ScoreError as error:
        raise FileError(file, "", str(error), mend="correct the weight") from error


def only(found: Profile, facets: Collection[str], checks: Collection[str]) -> Profile:
    """``found`` without what this workload does not have, and another of the same comparison does."""
    return Profile(
        found.name,
        found.title,
        {name: weight for name, weight in found.facets.items() if name in facets},
        {name: weight for name, weight in found.checks.items() if name in checks},
        found.must_have,
        found.digest,
    )
