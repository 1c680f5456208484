"""What Terraform's provider is told of the cloud beyond its name.

The provider reads the same clouds.yaml as openstacksdk, by way of gophercloud, and makes something else of it: of ``regions`` without
a ``region_name`` it takes none, and so the first endpoint in the catalogue; ``interface`` it leaves alone; of vendor profiles it knows
none but those of a file ``clouds-public.yaml``; of who one is, and in which project, it knows what stands below ``auth`` under its
plain name; of whom to trust, only ``verify`` and ``cacert``; and a file of secrets it looks for elsewhere. It would deploy where
nobody looks. So it is told what openstacksdk made of the entry and it would not find itself, for as long as the job lasts, and
nothing of that is secret.

A variable does not come before what stands below ``auth``: where that says another thing, the entry is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from openstack.config.cloud_region import CloudRegion

from harness.clouds.config import CloudEntry, profile_of, region_of, section_of, secure_file_of
from harness.engines import Job, workplace
from harness.errors import CloudConfigError, FileError

_INTERFACES = ("public", "internal", "admin")
"""What the provider knows, with openstacksdk's default first; ``URL`` at the end means nothing to either."""

_SERVICES = ("compute", "network", "image", "block-storage")
"""Where the sweep and the proof look."""

_PLACES = ("user_domain_id", "user_domain_name", "project_domain_id", "project_domain_name")

_SECRETS = ("password", "token", "application_credential_secret")

_CLASHES = (("user_id", "username"), ("user_id", "user_domain_id"), ("user_id", "user_domain_name"), ("user_domain_id", "user_domain_name"))
"""What gophercloud refuses together in a login with a password; for openstacksdk the first of each counts."""

_VENDORS = "clouds-public.yaml"

_TAKEN = ("secure.yaml", "secure.yml", "clouds-public.yaml", "clouds-public.yml")
"""What the provider would take for the user's own files, where it works."""

_TOLD = "cloud.json"


def tell(job: Job) -> None:
    """Look all of it up once, and leave it in the job's folder, where its copy is already.

    Raises:
        CloudConfigError: openstacksdk cannot read the entry; or it says what the provider cannot do: names the key.
        FileError: a file of the workload would be taken for one of the user's.
    """
    for name in _TAKEN:
        if (job.workload / name).exists():
            raise FileError(job.workload / name, "", "Terraform's provider would take it for the user's own", mend="rename it")
    cloud = CloudEntry(job.cloud, job.config_file)
    region, secrets = region_of(cloud), secure_file_of(cloud)
    vendor = _profile(region) if profile_of(cloud) else {}
    variables = {"OS_REGION_NAME": _region_name(cloud, region), "OS_ENDPOINT_TYPE": _interface(cloud, region)}
    found = _found_alone(section_of(cloud), vendor, variables["OS_REGION_NAME"])
    variables |= _identity(cloud, region.config.get("auth") or {}, found["auth"]) | _trust(region, found)
    if secrets and not cloud.config_file:  # it alone has the entry
        variables["OS_CLIENT_CONFIG_FILE"] = str(secrets)
    (job.folder / _TOLD).write_text(json.dumps({name: value for name, value in variables.items() if value}))
    if vendor:
        public = {"public-clouds": {profile_of(cloud): vendor}}
        (job.folder / "project" / _VENDORS).write_text(yaml.safe_dump(public), encoding="utf-8")
    if secrets:
        workplace.lend(job, secrets)


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


def _found_alone(section: Mapping[str, Any], vendor: Mapping[str, Any], region: str) -> dict[str, Any]:
    """What gophercloud makes of an entry as it is written: the region's values before its own, and those before the vendor's."""
    regions = [each for each in section.get("regions") or () if isinstance(each, Mapping) and each.get("name") == region]
    parts = [vendor, section, *(each.get("values") or {} for each in regions)]
    auth = {key: value for part in parts for key, value in (part.get("auth") or {}).items() if value}
    verify = section.get("verify")  # a region's own counts only where it is true
    return {**{key: value for part in parts for key, value in part.items() if value}, "auth": auth, "verify": verify}


def _identity(cloud: CloudEntry, auth: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, str]:
    """Who one is, and in which project, as far as the provider would not find it."""
    counts = _what_counts(auth)
    differing = [key for key, value in counts.items() if found.get(key) and str(found[key]) != value]
    unseen = [key for key in _SECRETS if auth.get(key) and str(found.get(key)) != str(auth[key])]
    for key in (*unseen, *differing):
        raise CloudConfigError(
            f"cloud {cloud.name}: Terraform's provider would not take its {key} as openstacksdk does: it looks below auth: alone",
            mend=f"move {key}: below auth: in {_file(cloud)}, and write it nowhere else",
        )
    if auth.get("trust_id"):
        raise CloudConfigError(
            f"cloud {cloud.name}: it is used by a trust, and Terraform's provider knows none",
            mend=f"name the project instead of trust_id: in {_file(cloud)}, or make an entry of its own for what runs with Terraform",
        )
    held = {*found, *counts}
    for counting, idle in _CLASHES if found.get("password") else ():
        if {counting, idle} <= held:
            raise CloudConfigError(
                f"cloud {cloud.name}: Terraform's provider refuses {idle} beside {counting}",
                mend=f"take {idle}: out of {_file(cloud)}; it is {counting} that counts",
            )
    return {f"OS_{key.upper()}": value for key, value in counts.items() if not found.get(key)}


def _what_counts(auth: Mapping[str, Any]) -> dict[str, str]:
    """Of all that an entry says of the login, what it comes to: gophercloud refuses a name beside an ID, and a domain beside that.

    An application credential has its project, and a token its user.
    """
    url = _first(auth, "auth_url")
    credential = _first(auth, "application_credential_id", "application_credential_name")
    if "application_credential_id" in credential:
        return url | credential
    user = {} if auth.get("token") else _first(auth, "user_id") or _first(auth, "username") | _domain(auth, "user")
    project = _first(auth, "project_id") or _first(auth, "project_name") | _domain(auth, "project")
    return url | user | (credential or project)


def _domain(auth: Mapping[str, Any], whose: str) -> dict[str, str]:
    defaults = {f"{whose}_{key.removeprefix('default_')}": value for key, value in auth.items() if key.startswith("default_domain_")}
    own = {key: value for key, value in auth.items() if value}
    return _first(defaults | own, f"{whose}_domain_id", f"{whose}_domain_name")


def _first(auth: Mapping[str, Any], *keys: str) -> dict[str, str]:
    """The first of ``keys`` that ``auth`` has, and its value; nothing where it has none."""
    return next(({key: str(auth[key])} for key in keys if auth.get(key)), {})


def _trust(region: CloudRegion, found: Mapping[str, Any]) -> dict[str, str]:
    """Whose certificates are trusted, and the client's own; a relative path counts from here, not from where the provider works."""
    verify, client = region.get_requests_verify_args()
    insecure = {} if verify or found["verify"] is False else {"OS_INSECURE": "true"}
    cert, key = client if isinstance(client, tuple) else (client, client)
    bundle = verify if isinstance(verify, str) else _bundle() if verify else None
    if bundle and Path(bundle).is_dir():
        return insecure | {"SSL_CERT_DIR": str(Path(bundle).absolute())}
    files = {name: str(Path(file).absolute()) for name, file in (("cacert", bundle), ("cert", cert), ("key", key)) if file}
    return insecure | {f"OS_{name.upper()}": file for name, file in files.items() if found.get(name) != file}


def _bundle() -> str | None:
    """The authorities that requests is told of, where Go is not told the same."""
    told = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return told if told != os.environ.get("SSL_CERT_FILE") else None


def _profile(region: CloudRegion) -> dict[str, object]:
    """The vendor's part of the entry; who one is, and what is secret, the provider reads in the entry itself."""
    auth = region.config.get("auth") or {}
    places = {key: value for key, value in _what_counts(auth).items() if key in ("auth_url", *_PLACES)}
    rest = {key: str(region.config[key]) for key in ("identity_api_version", "cacert") if region.config.get(key)}
    verify = region.config.get("verify")
    return {"auth": places, **rest, **({"verify": verify} if isinstance(verify, bool) else {})}


def _file(cloud: CloudEntry) -> str:
    return str(cloud.config_file or "clouds.yaml")
