from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import FileError, UsageError
from harness.lab.cloudspec import SHIPPED, CloudSpec, choose, find_specs, load_spec


def written(folder: Path, name: str = "lab9", **changes: Any) -> Path:
    """A cloud's file: lab1's with changes, at addresses of its own; ``None`` removes a key."""
    data = yaml.safe_load((SHIPPED / "lab1.yaml").read_text(encoding="utf-8")) | {"outside": "198.18.0.0/24"} | changes
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}), encoding="utf-8")
    return file


def test_the_shipped_clouds_differ_in_everything_a_workload_may_stumble_over() -> None:
    one, two = choose(find_specs(), [])
    assert (one.name, two.name) == ("lab1", "lab2")
    assert (one.networks.kind, two.networks.kind) == ("project", "provider")
    assert (one.initialisation, two.initialisation) == ("metadata-service", "config-drive")
    assert (one.url, two.url) == ("http://203.0.113.2", "https://198.51.100.2")
    for differs in ("region", "zone", "member", "image", "networks"):
        assert getattr(one, differs) != getattr(two, differs)
    assert one.networks.mtu != two.networks.mtu
    assert not {flavor.name for flavor in one.flavors} & {flavor.name for flavor in two.flavors}
    assert set(two.policies["neutron"]) >= {"create_network", "create_router", "create_floatingip"}


def test_lab3_is_another_release_with_servers_of_another_kind_and_ipv6() -> None:
    specs = find_specs()
    three = specs["lab3"]
    assert not three.default
    assert three.release not in {specs["lab1"].release, specs["lab2"].release}
    assert three.networks.mtu < min(specs["lab1"].networks.mtu, specs["lab2"].networks.mtu)
    assert (three.guests, three.initialisation) == ({"uml"}, "both")
    assert three.servers6
    assert {"docker.io", "ipvsadm", "wordpress", "haproxy", "mariadb-server"} <= set(three.image.build.packages)


def test_addresses_follow_from_the_range(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path))
    assert [str(address) for address in (spec.gateway, spec.api_address, *spec.pool)] == [
        "198.18.0.1",
        "198.18.0.2",
        "198.18.0.10",
        "198.18.0.250",
    ]


def test_another_cloud_is_one_new_file(tmp_path: Path) -> None:
    written(tmp_path)
    assert set(find_specs([tmp_path])) - set(find_specs()) == {"lab9"}


def test_folders_come_from_the_variable_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.setenv("INTEROP_LAB_CLOUDS", str(tmp_path))
    assert "lab9" in find_specs()


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of clouds"):
        find_specs([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"regoin": "north"}, "regoin"),
        ({"region": None}, "region"),
        ({"region": 7}, "region"),
        ({"tls": "yes"}, "tls"),
        ({"release": "2025.2"}, "release"),
        ({"release": "../2026.1"}, "release"),
        ({"release": 2026.1}, "release"),
        ({"outside": "192.0.2.0/30"}, ""),
        ({"outside": "somewhere"}, "outside"),
        ({"networks": {"kind": "both", "name": "public"}}, "networks"),
        ({"networks": {"kind": "project", "name": "public", "mtu": 9000}}, "networks.project.mtu"),
        ({"flavors": []}, "flavors"),
        ({"flavors": [{"name": "m1", "vcpus": 0, "ram_mb": 512, "disk_gb": 4}]}, "flavors.0.vcpus"),
        ({"flavors": [{"name": "m1", "vcpus": 1, "ram_mb": 512, "disk_gb": 4}] * 2}, ""),
        ({"guest": "uml", "flavors": [{"name": "m1", "vcpus": 2, "ram_mb": 512, "disk_gb": 4}]}, "flavors.0.vcpus"),
        ({"member": {"user": "admin", "project": "challenge"}}, "member.user"),
        ({"quotas": {"instanzes": 3}}, "quotas.instanzes"),
        ({"policies": {"heat": {}}}, "policies.heat"),
        ({"guest": "vmware"}, "guest"),
        ({"outside6": "2001:db8::/64"}, ""),
        ({"outside6": "2001:db8::/56"}, ""),
        ({"image": {"name": "debian", "build": {"packages": ["--option"]}}}, "image.build.packages.0"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_key(tmp_path: Path, changes: dict[str, Any], where: str) -> None:
    file = written(tmp_path, **changes)
    with pytest.raises(FileError) as refused:
        load_spec(file)
    assert refused.value.file == file
    assert refused.value.where.startswith(where)


def test_a_cloud_is_named_by_its_file_alone(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text(encoding="utf-8") + "name: lab9\n", encoding="utf-8")
    with pytest.raises(FileError, match="named by its file"):
        load_spec(file)


def test_clouds_are_chosen_by_name_or_by_default(tmp_path: Path) -> None:
    written(tmp_path, default=False)
    specs = find_specs([tmp_path])
    assert "lab9" not in {spec.name for spec in choose(specs, [])}
    assert [spec.name for spec in choose(specs, ["lab9"])] == ["lab9"]
    assert [spec.name for spec in choose(specs, [], everything=True)] == list(specs)
    with pytest.raises(UsageError, match="no file describes a cloud 'lab8'"):
        choose(specs, ["lab1", "lab8"])


def test_the_kind_of_server_is_the_clouds_or_the_flavors(tmp_path: Path) -> None:
    sizes = {"vcpus": 1, "ram_mb": 512, "disk_gb": 4}
    spec = load_spec(written(tmp_path, guest="uml", flavors=[{"name": "own", **sizes}, {"name": "shared", "guest": "lxc", **sizes}]))
    assert [spec.guest_of(flavor) for flavor in spec.flavors] == ["uml", "lxc"]
    assert spec.guests == {"uml", "lxc"}
    assert find_specs()["lab1"].guests == {"lxc"}


def test_more_processors_than_a_kind_of_server_has_are_refused_with_the_mend(tmp_path: Path) -> None:
    sizes = {"vcpus": 2, "ram_mb": 512, "disk_gb": 4}
    with pytest.raises(FileError, match=r"lab9\.yaml: flavors\.1\.vcpus: a server of the kind uml has one processor, not 2") as refused:
        load_spec(written(tmp_path, flavors=[{"name": "shared", **sizes}, {"name": "own", "guest": "uml", **sizes}]))
    assert refused.value.mend == "say `vcpus: 1`, or `guest: lxc` for this flavor"


def test_ipv6_addresses_follow_from_the_range(tmp_path: Path) -> None:
    networks = {"kind": "project", "name": "public", "ready": {"name": "ours", "range": "10.1.0.0/24"}}
    spec = load_spec(written(tmp_path, outside6="2001:db8:9::/56", networks=networks))
    assert (str(spec.wire6), str(spec.servers6)) == ("2001:db8:9::/64", "2001:db8:9:1::/64")
    assert find_specs()["lab1"].wire6 is find_specs()["lab1"].servers6 is None


@pytest.mark.parametrize(
    ("initialisation", "both"), [("metadata-service", (True, False)), ("config-drive", (False, True)), ("both", (True, True))]
)
def test_how_servers_are_initialised(tmp_path: Path, initialisation: str, both: tuple[bool, bool]) -> None:
    spec = load_spec(written(tmp_path, initialisation=initialisation))
    assert (spec.has_metadata_service, spec.gives_config_drive) == both


@pytest.mark.parametrize("text", ["- a list", "{", "\t:", "just words"])
def test_what_is_no_cloud_at_all_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "lab9.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"lab9\.yaml"):
        load_spec(file)


@pytest.mark.parametrize("name", ["Lab3", "3lab", "lab-three", "averylongname"])
def test_a_file_name_that_cannot_name_a_cloud_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="the file's name names the cloud"):
        load_spec(written(tmp_path, name))


@pytest.mark.parametrize("name", ["ca", "guests", "mariadb", "outside", "py", "resolver", "root", "shared", "template"])
def test_a_name_that_something_else_in_every_lab_has_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=rf"{name}\.yaml: every lab has something else of the name '{name}'") as refused:
        load_spec(written(tmp_path, name))
    assert refused.value.exit_code == 2


def test_a_release_that_the_lab_has_not_is_refused_with_those_that_it_has(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"lab9\.yaml: release: there is no release '2025\.2' here, but 2026\.1 and 2026\.2") as refused:
        load_spec(written(tmp_path, release="2025.2"))
    assert refused.value.exit_code == 2


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "lab1")
    with pytest.raises(FileError, match="another file describes"):
        find_specs([tmp_path])


def test_overlapping_addresses_are_refused(tmp_path: Path) -> None:
    written(tmp_path, outside="203.0.112.0/22")
    with pytest.raises(FileError, match=r"overlaps with 203\.0\.113\.0/24 of lab1"):
        find_specs([tmp_path])


def test_a_spec_survives_being_written_down() -> None:
    for spec in find_specs().values():
        assert CloudSpec.model_validate_json(spec.model_dump_json()) == spec


def test_what_was_made_is_compared_by_what_it_means() -> None:
    spec = find_specs()["lab1"]
    written = spec.model_dump_json()
    assert spec.is_as_in(written)
    assert spec.is_as_in(written.replace(",", ",\n"))
    assert spec.model_copy(update={"title": "another", "default": not spec.default}).is_as_in(written)
    assert not spec.model_copy(update={"region": "another"}).is_as_in(written)
    less = {key: value for key, value in json.loads(written).items() if key not in {"outside6", "tls"}}
    assert spec.is_as_in(json.dumps(less))  # by a harness that did not know these keys yet


@pytest.mark.parametrize("written", ["", "{", '{"name": "lab1", "hypervisor": "none"}'])
def test_what_another_harness_wrote_down_and_this_one_cannot_read_is_no_difference(written: str) -> None:
    assert find_specs()["lab1"].is_as_in(written)
