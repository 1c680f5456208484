"""Give clouds exactly the quirks that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.cloudspec import CloudSpec
from harness.lab.quirks import applied, apply, refuse, remove, require

__all__ = ["require_possible", "settle"]


def require_possible(specs: Sequence[CloudSpec], quirks: Sequence[str], *, all_of_them: bool) -> None:
    """LabError for a quirk that does not exist, or that none of the clouds, or not ``all_of_them``, can have."""
    for name in quirks:
        unfit = [spec for spec in specs if not require(name).fits(spec)]
        if unfit and (all_of_them or unfit == list(specs)):
            refuse(name, unfit[0])


def settle(bundle: Bundle, names: Sequence[str], quirks: Sequence[str]) -> list[str]:
    """Break and mend the clouds ``names``, each with the quirks that it can have, and say what was done.

    Other clouds stay as they are, and what is broken there is said too.
    """
    said = []
    for cloud in Cloud.all_of(bundle):
        if cloud.name in names:
            said += _settle(cloud, [quirk for quirk in quirks if require(quirk).fits(cloud.spec)])
        else:
            said += [f"{cloud.name}: still has the quirk {quirk}" for quirk in applied(cloud)]
    return said


def _settle(cloud: Cloud, quirks: Sequence[str]) -> list[str]:
    said = []
    for quirk in applied(cloud):
        if quirk not in quirks:
            remove(quirk, cloud)
            said.append(f"{cloud.name}: {quirk} is mended")
    for quirk in quirks:
        apply(quirk, cloud)
        said.append(f"{cloud.name}: has the quirk {quirk}")
    return said
