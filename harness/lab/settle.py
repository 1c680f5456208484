"""Give clouds exactly the quirks that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import LabError
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.quirks import applied, apply, find, remove

__all__ = ["settle"]


def settle(bundle: Bundle, names: Sequence[str], quirks: Sequence[str]) -> list[str]:
    """Break and mend the clouds ``names`` (none named: all, each with the quirks that it can have) and say what was done.

    What was not asked about stays as it is, and what is broken there is said too.

    Raises LabError for a quirk that does not exist, or that no cloud, or not the one that was named, can have.
    """
    everything = Cloud.all_of(bundle)
    clouds = [cloud for cloud in everything if not names or cloud.name in names]
    known = find()
    wanted = {cloud.name: [quirk for quirk in quirks if names or quirk not in known or known[quirk].fits(cloud.spec)] for cloud in clouds}
    for quirk in quirks:
        if not any(quirk in chosen for chosen in wanted.values()):
            raise LabError(f"no cloud of the lab can have the quirk {quirk!r}", mend="see `interop lab quirk list`")
    said = []
    for cloud in clouds:
        for quirk in applied(cloud):
            if quirk not in wanted[cloud.name]:
                remove(quirk, cloud)
                said.append(f"{cloud.name}: {quirk} is mended")
        for quirk in wanted[cloud.name]:
            apply(quirk, cloud)
            said.append(f"{cloud.name}: has the quirk {quirk}")
    still = [(cloud.name, quirk) for cloud in everything if cloud not in clouds for quirk in applied(cloud)]
    return said + [f"{name}: still has the quirk {quirk}" for name, quirk in still]
