"""What Terraform's provider is told of the cloud beyond its name.

The provider reads the same clouds.yaml as openstacksdk, by way of gophercloud, and makes something else of it: of ``regions`` without
a ``region_name`` it takes none, and so the first endpoint in the catalogue; ``interface`` it leaves alone; and of vendor profiles
it knows none but those of a file ``clouds-public.yaml``. It would deploy where nobody looks. So it is told what openstacksdk made of
the entry, for as long as the job lasts, and nothing of that is secret.
"""

from __future__ import annotations

import json

import yaml
from openstack.config.cloud_region import CloudRegion

from harness.clouds.config import CloudEntry, profile_of, region_of
from harness.engines import Job
from harness.errors import CloudConfigError

_INTERFACES = ("public", "internal", "admin")
"""What the provider knows, with openstacksdk's default first; ``URL`` at the end means nothing to either."""

_SERVICES = ("compute", "network", "image", "block-storage")
"""Where the sweep and the proof look."""

_PLACES = ("user_domain_id", "user_domain_name", "project_domain_id", "project_domain_name")

_TOLD = "cloud.json"


def tell(job: Job) -> None:
    """Look up the region, the interface and the vendor profile once, and leave them in the job's folder, where its copy is already.

    Raises:
        CloudConfigError: openstacksdk cannot read the entry; or it says what the provider cannot do: names the key.
    """
    cloud = CloudEntry(job.cloud, job.config_file)
    region = region_of(cloud)
    variables = {"OS_REGION_NAME": _region_name(cloud, region), "OS_ENDPOINT_TYPE": _interface(cloud, region)}
    (job.folder / _TOLD).write_text(json.dumps({name: value for name, value in variables.items() if value}))
    profile = profile_of(cloud)
    if profile:
        public = {"public-clouds": {profile: _profile(region)}}
        (job.folder / "project" / "clouds-public.yaml").write_text(yaml.safe_dump(public), encoding="utf-8")


def told(job: Job) -> dict[str, str]:
    """The variables by which the provider hears of it; none before :func:`tell`."""
    file = job.folder / _TOLD
    return dict(json.loads(file.read_text())) if file.exists() else {}


def _interface(cloud: CloudEntry, region: CloudRegion) -> str:
    found = [region.get_interface(service) or _INTERFACES[0] for service in _SERVICES]
    plain = {each.removesuffix("URL") for each in found if isinstance(each, str)}
    if not all(isinstance(each, str) for each in found) or not plain <= {*_INTERFACES}:
        raise CloudConfigError(
            f"cloud {cloud.name}: its interface is not one of {', '.join(_INTERFACES)}, and Terraform's provider knows nothing else",
            mend=f"write one of them as interface: in {_file(cloud)}",
        )
    return _the_one(cloud, "interface", plain)


def _region_name(cloud: CloudEntry, region: CloudRegion) -> str:
    return _the_one(cloud, "region_name", {region.get_region_name(service) or "" for service in _SERVICES})


def _the_one(cloud: CloudEntry, key: str, values: set[str]) -> str:
    """What all services have: an entry may set each one's own, and the provider would deploy elsewhere than is looked."""
    if len(values) == 1:
        return values.pop()
    raise CloudConfigError(
        f"cloud {cloud.name}: its services differ in their {key}, and Terraform's provider knows one for all",
        mend=f"give {', '.join(_SERVICES)} the same {key} in {_file(cloud)}, or make an entry of its own for what runs with Terraform",
    )


def _profile(region: CloudRegion) -> dict[str, object]:
    """The vendor's part of the entry; who one is, and what is secret, the provider reads in the entry itself."""
    auth = region.config.get("auth") or {}
    both_known = {key for key in _PLACES if key.endswith("_name") and auth.get(key.removesuffix("_name") + "_id")}  # the ID counts
    places = {key: str(auth[key]) for key in ("auth_url", *_PLACES) if auth.get(key) and key not in both_known}
    rest = {key: str(region.config[key]) for key in ("identity_api_version", "cacert") if region.config.get(key)}
    verify = region.config.get("verify")
    return {"auth": places, **rest, **({"verify": verify} if isinstance(verify, bool) else {})}


def _file(cloud: CloudEntry) -> str:
    return str(cloud.config_file or "clouds.yaml")
