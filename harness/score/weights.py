"""How much each check counts: profiles, and the weights that they give a catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from harness.score.catalogue import Catalogue
from harness.score.errors import ScoreError


@dataclass(frozen=True)
class Profile:
    """Weights as people write them. A facet or check that is not named weighs 1.

    ``facets`` are weighed against each other, ``checks`` against the other checks of their facet. ``must_have`` is a share in [0, 1]
    of the whole that is given to the must-haves, evenly, on top of what is theirs already. ``digest`` names the file it came from.
    """

    name: str
    title: str = ""
    facets: Mapping[str, Fraction] = field(default_factory=dict)
    checks: Mapping[str, Fraction] = field(default_factory=dict)
    must_have: Fraction = Fraction(0)
    digest: str = ""

    def __post_init__(self) -> None:
        for name, weight in (*self.facets.items(), *self.checks.items()):
            if weight < 0:
                raise ScoreError(f"weights {self.name}: {name} weighs {weight}, and no weight is below 0")
        if not 0 <= self.must_have <= 1:
            raise ScoreError(f"weights {self.name}: must_have is a share between 0 and 1; given is {self.must_have}")


def weigh(profile: Profile, catalogue: Catalogue) -> dict[str, Fraction]:
    """The weight of every trait; they sum to 1.

    A facet has its part of the whole, a check its part of the facet, a trait an even part of its check.
    With a share for must-haves, that share is taken off everything first.

    Raises:
        ScoreError: the profile names what the catalogue does not have, or nothing is left that weighs anything.
    """
    facet_of = catalogue.facet_of
    _refuse_unknown(profile, "facet", profile.facets, facet_of.values())
    _refuse_unknown(profile, "check", profile.checks, facet_of)
    in_facet: dict[str, Fraction] = {}
    for check, facet in facet_of.items():
        in_facet[facet] = in_facet.get(facet, Fraction(0)) + profile.checks.get(check, Fraction(1))
    facets = {facet: profile.facets.get(facet, Fraction(1)) for facet, checks in in_facet.items() if checks}
    whole = sum(facets.values(), Fraction(0))
    if not whole:
        raise ScoreError(f"weights {profile.name}: they sum to 0, so that nothing counts")
    of_check = {
        check: facets[facet] / whole * profile.checks.get(check, Fraction(1)) / in_facet[facet] if facet in facets else Fraction(0)
        for check, facet in facet_of.items()
    }
    must_have = [check for check in dict.fromkeys(catalogue.must_have) if check in of_check]
    share = profile.must_have if must_have else Fraction(0)
    of_check = {check: weight * (1 - share) + (share / len(must_have) if check in must_have else 0) for check, weight in of_check.items()}
    parts = Counter(each.check for each in catalogue.traits)
    return {each.id: of_check[each.check] / parts[each.check] for each in catalogue.traits}


def _refuse_unknown(profile: Profile, what: str, named: Iterable[str], there: Iterable[str]) -> None:
    unknown = sorted(set(named) - set(there))
    if unknown:
        raise ScoreError(f"weights {profile.name}: there is no {what} {unknown[0]} in what is compared")
