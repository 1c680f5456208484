"""What the tool that makes a swarm starts from: the catalogue's endpoints."""

from __future__ import annotations

from collections.abc import Callable

from keystoneauth1.exceptions import ConnectFailure, SSLError

from harness.checks import check, expect
from harness.checks.fixtures import Observe
from harness.checks.scene import CloudHandle

SERVICES = ("compute", "image", "network")
LIMIT_S = 5


@check(
    "identity.catalogue",
    facet="identity",
    subject="cloud",
    source="interop-workloads: workloads/terraform/swarm; gophercloud issue 1764: of several endpoints the first is taken",
)
def test_catalogue(cloud: CloudHandle, observe: Observe, evidence: Callable[[str], None]) -> None:
    """Every endpoint that the catalogue has for the services in use, in this region, answers.

    Where there are several, openstacksdk and Terraform's provider take whichever comes first, which need not stay the same; so one that
    is dead breaks some runs and not others. Any answer will do, be it a refusal.
    """
    config = cloud.sdk.config
    catalogue = config.get_service_catalog()
    found = catalogue.get_endpoints_data(interface=config.get_interface(), region_name=config.get_region_name()) if catalogue else {}
    urls = [(kind, str(each.url)) for kind in SERVICES for each in found.get(kind, ())]
    for kind in SERVICES:
        observe(f"identity.{kind}-endpoints", sum(each == kind for each, _ in urls))
    expect(bool(urls), expected="endpoints in the catalogue, for this region", seen="none")
    dead = [f"{kind} at {url}: {problem}" for kind, url in urls if (problem := _silence(cloud, url))]
    for each in dead:
        evidence(each)
    expect(not dead, expected="every endpoint in the catalogue answers", seen="; ".join(dead))


def _silence(cloud: CloudHandle, url: str) -> str:
    """Why nobody answers at ``url``; empty when somebody does."""
    try:
        cloud.sdk.session.get(url, authenticated=False, raise_exc=False, connect_retries=0, timeout=LIMIT_S, redirect=False)
    except (ConnectFailure, SSLError) as error:
        return str(error)
    return ""
