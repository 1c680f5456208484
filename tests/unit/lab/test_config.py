from __future__ import annotations

from configparser import ConfigParser

import pytest
import yaml

from harness.lab.cloudspec import CloudSpec, find_specs
from harness.lab.config import Site, render
from harness.lab.config.common import ini
from harness.lab.credentials import Credentials

SPECS = find_specs()


def files(spec: CloudSpec) -> dict[str, str]:
    return render(Site(spec, Credentials.generate()), ["archive.example"])


def parsed(text: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.read_string(text)
    return parser


def test_ini_writes_values_as_oslo_config_reads_them() -> None:
    text = ini({"DEFAULT": {"flag": True, "list": ("a", "b"), "empty": "", "dollar": "a$b"}, "other": {"number": 3}})
    assert text == "[DEFAULT]\nflag = true\nlist = a,b\nempty =\ndollar = a$$b\n\n[other]\nnumber = 3\n"


@pytest.mark.parametrize("spec", SPECS.values(), ids=str)
def test_every_file_of_options_can_be_read(spec: CloudSpec) -> None:
    texts = {name: text for name, text in files(spec).items() if name.endswith(".conf") and name not in {"nginx.conf", "dnsmasq.conf"}}
    assert set(texts) >= {"keystone.conf", "glance-api.conf", "placement.conf", "nova.conf", "neutron.conf"}
    for text in texts.values():
        assert parsed(text).sections()


def test_only_a_cloud_with_a_metadata_service_has_its_agent() -> None:
    assert "metadata.conf" in files(SPECS["lab1"])
    assert "metadata.conf" not in files(SPECS["lab2"])
    assert parsed(files(SPECS["lab1"])["nova.conf"])["DEFAULT"]["force_config_drive"] == "false"
    assert parsed(files(SPECS["lab2"])["nova.conf"])["DEFAULT"]["force_config_drive"] == "true"
    assert parsed(files(SPECS["lab2"])["neutron.conf"])["ovn"]["ovn_metadata_enabled"] == "false"


def test_a_cloud_with_both_has_the_agent_and_forces_the_drive() -> None:
    texts = files(SPECS["lab3"])
    assert "metadata.conf" in texts
    nova = parsed(texts["nova.conf"])
    assert nova["DEFAULT"]["force_config_drive"] == "true"
    assert nova["lab"]["guests"] == "uml"
    assert parsed(files(SPECS["lab1"])["nova.conf"])["lab"]["guests"] == "lxc"


def test_services_trust_the_authority_where_the_apis_speak_tls() -> None:
    sections = ("keystone_authtoken", "service_user", "placement", "neutron", "glance")
    plain, tls = (parsed(files(SPECS[name])["nova.conf"]) for name in ("lab1", "lab2"))
    assert not any("cafile" in plain[section] for section in sections)
    assert all(tls[section]["cafile"] == "/lab/ca/ca.pem" for section in sections)


def test_the_policy_of_a_cloud_is_written_and_named() -> None:
    texts = files(SPECS["lab2"])
    assert parsed(texts["neutron.conf"])["oslo_policy"]["policy_file"] == "/lab/lab2/etc/neutron-policy.yaml"
    assert yaml.safe_load(texts["neutron-policy.yaml"])["create_network"] == "rule:context_is_admin"
    assert "oslo_policy" not in parsed(files(SPECS["lab1"])["neutron.conf"])


@pytest.mark.parametrize("spec", SPECS.values(), ids=str)
def test_what_the_driver_cannot_do_is_refused_by_policy(spec: CloudSpec) -> None:
    texts = files(spec)
    assert parsed(texts["nova.conf"])["oslo_policy"]["policy_file"] == f"/lab/{spec.name}/etc/nova-policy.yaml"
    assert yaml.safe_load(texts["nova-policy.yaml"]) == {"os_compute_api:os-rescue": "!"}


def test_a_clouds_own_rules_stand_beside_those_of_the_lab_and_go_before_them() -> None:
    own = {"os_compute_api:os-shelve:shelve": "!", "os_compute_api:os-rescue": "rule:context_is_admin"}
    spec = SPECS["lab1"].model_copy(update={"policies": {"nova": own}})
    assert yaml.safe_load(files(spec)["nova-policy.yaml"]) == own


def test_the_mtu_of_project_networks_is_the_one_that_was_asked_for() -> None:
    ml2 = parsed(files(SPECS["lab1"])["neutron.conf"])["ml2"]
    assert int(ml2["path_mtu"]) - 58 == SPECS["lab1"].networks.mtu


def test_the_front_listens_on_the_apis_address_alone() -> None:
    assert "listen 203.0.113.2:80;" in files(SPECS["lab1"])["nginx.conf"]
    assert "listen 198.51.100.2:443 ssl;" in files(SPECS["lab2"])["nginx.conf"]


def test_the_resolver_knows_package_hosts_and_the_labs_names_and_no_others() -> None:
    lines = files(SPECS["lab2"])["dnsmasq.conf"].splitlines()
    for name in ("archive.example", "packages.lab"):
        assert f"address=/{name}/198.51.100.1" in lines
    assert "address=/api.lab2.lab/198.51.100.2" in lines
    assert {"no-resolv", "address=/#/"} <= set(lines)


def test_no_two_clouds_share_a_secret() -> None:
    one, two = Credentials.generate(), Credentials.generate()
    values = [one.admin, one.member, one.database, one.metadata, *one.services.values()]
    assert len(set(values)) == len(values)
    assert not set(values) & {two.admin, two.member, two.database, two.metadata, *two.services.values()}
