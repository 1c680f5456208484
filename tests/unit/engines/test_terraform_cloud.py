"""What the provider is told is what openstacksdk makes of the same entry; neither Terraform nor a cloud is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness import redact
from harness.clouds.config import CloudEntry, connect
from harness.engines import Job
from harness.engines.terraform_cloud import tell, told
from harness.errors import CloudConfigError
from tests.unit.wire import ENTRY, URL

from .conftest import Workbench

OF_EACH = "\n".join(f"{each}_region_name: two\n{each}_interface: internal" for each in ("compute", "network", "image", "block_storage"))


@pytest.fixture
def job(workbench: Workbench) -> Job:
    found = workbench.job("[]\n")
    (found.folder / "project").mkdir(parents=True)
    return found


def entry(job: Job, more: str = "") -> Path:
    """The job's clouds.yaml, with ``more`` keys in the cloud's entry, which has no region."""
    assert job.config_file
    job.config_file.write_text(ENTRY.replace("    region_name: RegionOne\n", "") + "".join(f"    {line}\n" for line in more.splitlines()))
    return job.config_file


def vendor(job: Job) -> dict[str, object]:
    """What is left for gophercloud beside the copy."""
    return dict(yaml.safe_load((job.folder / "project" / "clouds-public.yaml").read_text())["public-clouds"])


@pytest.mark.filterwarnings("ignore:Comma separated lists")
@pytest.mark.parametrize(
    ("keys", "region", "interface"),
    [
        ("", None, "public"),
        ("region_name: one", "one", "public"),
        ("regions: [two, one]", "two", "public"),
        ("regions: [two, one]\nregion_name: one", "two", "public"),
        ("regions: [{name: three, values: {interface: internal}}, one]", "three", "internal"),
        ("region_name: one,two", "one", "public"),
        ("interface: internal", None, "internal"),
        ("interface: adminURL", None, "admin"),
        ("endpoint_type: internalURL", None, "internal"),
        ("interface:", None, "public"),
        ("interface: internal\ncompute_interface: internalURL", None, "internal"),
        ("interface:\nimage_interface: public", None, "public"),
        (f"region_name: one\n{OF_EACH}", "two", "internal"),
    ],
)
def test_region_and_interface_are_those_of_openstacksdk(job: Job, keys: str, region: str | None, interface: str) -> None:
    file = entry(job, keys)
    tell(job)
    heard = told(job)
    assert (heard.get("OS_REGION_NAME"), heard["OS_ENDPOINT_TYPE"]) == (region, interface)
    of_everybody_else = connect(CloudEntry("acme", file)).config
    assert (of_everybody_else.get_region_name("compute") or None) == region
    assert str(of_everybody_else.get_interface("compute") or "public").removesuffix("URL") == interface


@pytest.mark.parametrize(
    ("keys", "words", "mend"),
    [
        ("interface: [internal, public]", "its interface is not one of public, internal, admin", "interface: in"),
        ("compute_interface: auth", "its interface is not one of", "interface: in"),
        ("region_name: one\ncompute_region_name: two", "its services differ in their region_name", "the same region_name in"),
        (
            "regions: [{name: one, values: {network_region_name: two}}]",
            "its services differ in their region_name",
            "the same region_name in",
        ),
        ("volume_interface: internal", "its services differ in their interface", "the same interface in"),
    ],
)
def test_what_the_provider_cannot_follow_is_refused_by_its_key(job: Job, keys: str, words: str, mend: str) -> None:
    file = entry(job, keys)
    with pytest.raises(CloudConfigError, match=f"cloud acme: {words}") as refusal:
        tell(job)
    assert f"{mend} {file}" in refusal.value.mend
    assert not told(job)


def test_without_a_profile_nothing_is_put_beside_the_copy(job: Job) -> None:
    entry(job)
    tell(job)
    assert not list((job.folder / "project").iterdir())


@pytest.mark.filterwarnings("ignore:.*'cloud':openstack.warnings.OpenStackDeprecationWarning")
@pytest.mark.parametrize("key", ["profile", "cloud"])
def test_a_vendor_profile_of_openstacksdk_is_written_for_the_provider_without_any_credentials(job: Job, key: str) -> None:
    file = entry(job, f"{key}: citycloud\nverify: false")
    file.write_text(file.read_text().replace(f"      auth_url: {URL}/identity\n", ""))
    tell(job)
    assert vendor(job)["citycloud"] == {
        "auth": {"auth_url": "https://Buf1.citycloud.com:5000/v3/", "user_domain_name": "Default", "project_domain_name": "Default"},
        "identity_api_version": "3",
        "verify": False,
    }
    assert told(job)["OS_REGION_NAME"] == "Buf1"
    written = "".join(each.read_text() for each in job.folder.rglob("*") if each.is_file())
    assert "correct-horse" not in written
    assert redact.redact("correct-horse") == redact.BLOT


def test_of_a_domains_name_and_its_id_the_provider_hears_the_id_which_counts(job: Job) -> None:
    file = entry(job, "profile: auro")
    file.write_text(file.read_text().replace("domain_name: Default", "domain_id: d1"))
    tell(job)
    auth = vendor(job)["auro"]["auth"]  # type: ignore[index]
    assert {key: auth[key] for key in auth if "domain" in key} == {"user_domain_id": "d1", "project_domain_id": "d1"}
