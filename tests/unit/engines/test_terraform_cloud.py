"""What the provider is told is what openstacksdk makes of the same entry; neither Terraform nor a cloud is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from harness import redact
from harness.clouds.config import CloudEntry, connect
from harness.engines import Job, workplace
from harness.engines.terraform_cloud import tell, told
from harness.errors import CloudConfigError, FileError
from tests.unit.wire import ENTRY, URL

from .conftest import Workbench

OF_EACH = "\n".join(f"{each}_region_name: two\n{each}_interface: internal" for each in ("compute", "network", "image", "block_storage"))


BY_CREDENTIAL = "auth_type: v3applicationcredential\napplication_credential_id: a1\n"


@pytest.fixture(autouse=True)
def nobody_is_told_whom_to_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "OS_CLIENT_SECURE_FILE"):
        monkeypatch.delenv(name, raising=False)


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


def login(job: Job, auth: str, beside: str = "") -> Path:
    """The job's clouds.yaml, whose entry has these keys below ``auth`` beside the URL, and those beside it."""
    file = entry(job, beside)
    written = yaml.safe_load(file.read_text())
    written["clouds"]["acme"]["auth"] = {"auth_url": f"{URL}/identity", **yaml.safe_load(auth)}
    file.write_text(yaml.safe_dump(written))
    return file


def heard(job: Job) -> dict[str, str]:
    """What the provider is told beside the region and the interface."""
    tell(job)
    return {name: value for name, value in told(job).items() if name not in ("OS_REGION_NAME", "OS_ENDPOINT_TYPE")}


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
    variables = told(job)
    assert (variables.get("OS_REGION_NAME"), variables["OS_ENDPOINT_TYPE"]) == (region, interface)
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


ALICE = "{username: alice, password: correct-horse, project_name: demo, user_domain_name: Default, project_domain_name: Default}"


@pytest.mark.parametrize(
    "auth",
    [
        ALICE,
        "{user_id: u1, password: correct-horse, project_id: p1}",
        "{user_id: u1, password: correct-horse, project_id: p1, project_name: demo, project_domain_id: default}",
    ],
)
def test_an_entry_that_the_provider_reads_the_same_is_told_it_by_its_name_alone(job: Job, auth: str) -> None:
    login(job, auth, "verify: true\ncacert: /etc/ssl/ca.pem\nregion_name: one")
    assert heard(job) == {}


@pytest.mark.parametrize(
    ("auth", "beside", "variables"),
    [
        (ALICE.replace("project_name", "tenant_name"), "", {"OS_PROJECT_NAME": "demo"}),
        (ALICE.replace("project_name", "tenant_id"), "", {"OS_PROJECT_ID": "demo"}),
        (ALICE.replace("project_name: demo, ", ""), "project_name: demo", {"OS_PROJECT_NAME": "demo"}),
        (ALICE.replace("username", "user_name"), "", {"OS_USERNAME": "alice"}),
        (ALICE.replace("username: alice", "project_id: p1"), "username: alice", {"OS_USERNAME": "alice"}),
        ("{password: correct-horse, project_id: p1}", "user_id: u1\nuser_domain_id: d1", {"OS_USER_ID": "u1"}),
        (
            "{username: alice, password: correct-horse, project_name: demo}",
            "user_domain_name: one\nproject_domain_id: two",
            {"OS_USER_DOMAIN_NAME": "one", "OS_PROJECT_DOMAIN_ID": "two"},
        ),
        (
            "{username: alice, password: correct-horse, project_name: demo, default_domain_id: d1}",
            "",
            {"OS_USER_DOMAIN_ID": "d1", "OS_PROJECT_DOMAIN_ID": "d1"},
        ),
        ("{application_credential_secret: correct-horse}", BY_CREDENTIAL, {"OS_APPLICATION_CREDENTIAL_ID": "a1"}),
        ("{token: correct-horse}", "auth_type: token\nproject_id: p1", {"OS_PROJECT_ID": "p1"}),
        (
            "{application_credential_secret: correct-horse, application_credential_id: a1, username: x, user_domain_name: Default}",
            "auth_type: v3applicationcredential",
            {},
        ),
    ],
)
def test_who_one_is_and_in_which_project_is_told_where_the_provider_would_not_find_it(
    job: Job, auth: str, beside: str, variables: dict[str, str]
) -> None:
    login(job, auth, beside)
    assert heard(job) == variables


def test_a_regions_own_project_is_found_by_the_provider_too(job: Job) -> None:
    login(job, ALICE, "regions: [{name: one, values: {auth: {project_name: other}}}]")
    assert heard(job) == {}


@pytest.mark.parametrize(
    ("auth", "beside", "words", "mend"),
    [
        (ALICE.replace("password: correct-horse, ", ""), "password: correct-horse", "take its password as", "move password: below auth:"),
        ("{auth_token: correct-horse, project_id: p1}", "auth_type: token", "take its token as", "move token: below auth:"),
        (ALICE, "project_name: other", "take its project_name as", "move project_name: below auth:"),
        (
            "{application_credential_id: a1}",
            "auth_type: v3applicationcredential\napplication_credential_secret: correct-horse",
            "take its application_credential_secret as",
            "move application_credential_secret: below auth:",
        ),
        (ALICE.replace("project_name: demo", "trust_id: t1"), "", "it is used by a trust", "instead of trust_id:"),
        (ALICE.replace("username", "user_id: u1, username"), "", "refuses username beside user_id", "take username: out"),
        (ALICE, "user_domain_id: d1", "refuses user_domain_name beside user_domain_id", "take user_domain_name: out"),
    ],
)
def test_a_login_that_the_provider_would_make_another_of_is_refused_by_its_key(
    job: Job, auth: str, beside: str, words: str, mend: str
) -> None:
    file = login(job, auth, beside)
    with pytest.raises(CloudConfigError, match=f"cloud acme: .*{words}") as refusal:
        tell(job)
    assert mend in refusal.value.mend
    assert str(file) in refusal.value.mend
    assert "correct-horse" not in str(refusal.value)
    assert not told(job)


@pytest.mark.filterwarnings("ignore:You are specifying a cacert")
@pytest.mark.parametrize(
    ("keys", "environment", "variables"),
    [
        ("insecure: true", {}, {"OS_INSECURE": "true"}),
        ("insecure: true\nverify: true", {}, {"OS_INSECURE": "true"}),
        ("verify: false", {}, {}),
        ("verify: false", {"REQUESTS_CA_BUNDLE": "ca.pem"}, {}),
        ("regions: [{name: one, values: {verify: false}}]", {}, {"OS_INSECURE": "true"}),
        ("cacert: ca.pem", {}, {"OS_CACERT": "{here}/ca.pem"}),
        ("cacert: ~/ca.pem", {}, {"OS_CACERT": "{here}/ca.pem"}),
        ("cacert: /etc/ca.pem", {"REQUESTS_CA_BUNDLE": "ca.pem"}, {}),
        ("", {"REQUESTS_CA_BUNDLE": "ca.pem"}, {"OS_CACERT": "{here}/ca.pem"}),
        ("", {"CURL_CA_BUNDLE": "/etc/ca.pem"}, {"OS_CACERT": "/etc/ca.pem"}),
        ("", {"REQUESTS_CA_BUNDLE": "/etc/ca.pem", "SSL_CERT_FILE": "/etc/ca.pem"}, {}),
        ("", {"REQUESTS_CA_BUNDLE": "{here}"}, {"SSL_CERT_DIR": "{here}"}),
        ("cert: me.pem\nkey: /etc/key.pem", {}, {"OS_CERT": "{here}/me.pem"}),
    ],
)
def test_whom_to_trust_is_told_where_the_provider_would_not_find_it(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: str, environment: dict[str, str], variables: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(here=tmp_path))
    entry(job, keys)
    assert heard(job) == {name: value.format(here=tmp_path) for name, value in variables.items()}


@pytest.mark.parametrize("named", [True, False])
def test_the_file_of_secrets_that_counts_is_the_providers_too_and_only_as_long_as_the_cell(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: bool
) -> None:
    secrets = tmp_path / "secrets" / "mine.yaml"
    secrets.parent.mkdir()
    secrets.write_text("clouds: {acme: {auth: {password: correct-horse}}}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("openstack.config.loader.SECURE_FILES", [] if named else [str(secrets)])
    if named:
        monkeypatch.setenv("OS_CLIENT_SECURE_FILE", "secrets/mine.yaml")
    login(job, ALICE.replace("password: correct-horse, ", ""))
    assert heard(job) == {}
    link = job.folder / "project" / "secure.yaml"
    assert link.readlink() == secrets
    assert workplace.environment(job)["OS_CLIENT_SECURE_FILE"] == str(secrets)
    workplace.take_back(job.folder)
    assert not list(link.parent.iterdir())
    assert secrets.exists()


def test_an_entry_that_a_file_of_secrets_alone_has_is_found_there(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    file = login(job, ALICE)
    monkeypatch.setenv("OS_CLIENT_SECURE_FILE", str(file))
    assert heard(replace(job, config_file=None)) == {"OS_CLIENT_CONFIG_FILE": str(file)}


def test_a_file_of_the_workload_is_never_taken_for_the_users(job: Job) -> None:
    entry(job)
    (job.workload / "secure.yml").write_text("clouds: {}\n")
    with pytest.raises(FileError, match="would take it for the user's own"):
        tell(job)
