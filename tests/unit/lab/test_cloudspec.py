from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import FileError, UsageError
from harness.lab.cloudspec import SHIPPED, CloudSpec, find_specs, load_spec


def written(folder: Path, name: str = "lab3", **changes: Any) -> Path:
    """A cloud's file: lab1's with changes, at addresses of its own; ``None`` removes a key."""
    data = yaml.safe_load((SHIPPED / "lab1.yaml").read_text(encoding="utf-8")) | {"outside": "192.0.2.0/24"} | changes
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}), encoding="utf-8")
    return file


def test_the_shipped_clouds_differ_in_everything_a_workload_may_stumble_over() -> None:
    one, two = find_specs().values()
    assert (one.name, two.name) == ("lab1", "lab2")
    assert (one.networks.kind, two.networks.kind) == ("project", "provider")
    assert (one.initialisation, two.initialisation) == ("metadata-service", "config-drive")
    assert (one.url, two.url) == ("http://203.0.113.2", "https://198.51.100.2")
    for differs in ("region", "zone", "member", "image", "networks"):
        assert getattr(one, differs) != getattr(two, differs)
    assert one.networks.mtu != two.networks.mtu
    assert not {flavor.name for flavor in one.flavors} & {flavor.name for flavor in two.flavors}
    assert set(two.policies["neutron"]) >= {"create_network", "create_router", "create_floatingip"}


def test_addresses_follow_from_the_range(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path))
    assert [str(address) for address in (spec.gateway, spec.api_address, *spec.pool)] == [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.10",
        "192.0.2.250",
    ]


def test_a_third_cloud_is_one_new_file(tmp_path: Path) -> None:
    written(tmp_path)
    assert list(find_specs([tmp_path])) == ["lab1", "lab2", "lab3"]


def test_folders_come_from_the_variable_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.setenv("INTEROP_LAB_CLOUDS", str(tmp_path))
    assert "lab3" in find_specs()


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
        ({"outside": "192.0.2.0/30"}, ""),
        ({"outside": "somewhere"}, "outside"),
        ({"networks": {"kind": "both", "name": "public"}}, "networks"),
        ({"networks": {"kind": "project", "name": "public", "mtu": 9000}}, "networks.project.mtu"),
        ({"flavors": []}, "flavors"),
        ({"flavors": [{"name": "m1", "vcpus": 0, "ram_mb": 512, "disk_gb": 4}]}, "flavors.0.vcpus"),
        ({"flavors": [{"name": "m1", "vcpus": 1, "ram_mb": 512, "disk_gb": 4}] * 2}, ""),
        ({"member": {"user": "admin", "project": "challenge"}}, "member.user"),
        ({"quotas": {"instanzes": 3}}, "quotas.instanzes"),
        ({"policies": {"heat": {}}}, "policies.heat"),
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
    file.write_text(file.read_text(encoding="utf-8") + "name: lab3\n", encoding="utf-8")
    with pytest.raises(FileError, match="named by its file"):
        load_spec(file)


@pytest.mark.parametrize("text", ["- a list", "{", "\t:", "just words"])
def test_what_is_no_cloud_at_all_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "lab3.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"lab3\.yaml"):
        load_spec(file)


@pytest.mark.parametrize("name", ["Lab3", "3lab", "lab-three", "averylongname"])
def test_a_file_name_that_cannot_name_a_cloud_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="the file's name names the cloud"):
        load_spec(written(tmp_path, name))


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
