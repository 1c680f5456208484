from pathlib import Path

import pytest

from harness.errors import FileError
from harness.manifest import Workload, read_workload
from harness.manifest.reading import amount, read

GOOD = """\
name: pair
title: A pair
engine: ansible
entry: site.yml
inputs:
  image: {kind: image, os_distro: [debian]}
  flavor: {kind: flavor, vcpus: 1, ram_mb: 256}
  volume_gb: {kind: integer, default: 0}
roles: {left: 1, right: 2}
limits: {boot.to_active: {good: 10 s, limit: 2 min}}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "workload.yaml").write_text(text)
    (folder / "site.yml").write_text("[]\n")
    return folder


def refused(folder: Path, text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        read_workload(written(folder, text))
    assert caught.value.exit_code == 2
    assert str(folder / "workload.yaml") in caught.value.message
    assert caught.value.mend
    return caught.value


def test_a_good_manifest_is_read_with_times_in_seconds(tmp_path: Path) -> None:
    workload = read_workload(written(tmp_path, GOOD))
    assert workload.servers({}) == 3
    assert workload.limits["boot.to_active"].limit == 120
    assert workload.services == ["compute", "image", "network"]


def test_a_roles_count_may_be_an_input_of_the_workloads_own(tmp_path: Path) -> None:
    workload = read_workload(written(tmp_path, GOOD.replace("right: 2", "right: volume_gb")))
    assert workload.servers({"volume_gb": 7}) == 8


@pytest.mark.parametrize("count", ["many", "image"])
def test_a_roles_count_that_is_no_integer_input_is_refused(tmp_path: Path, count: str) -> None:
    error = refused(tmp_path, GOOD.replace("right: 2", f"right: {count}"))
    assert f"line 9: roles: right: there is no integer input {count}" in error.message


@pytest.mark.parametrize("count", ["0", "true", "1.5", "[1]"])
def test_a_roles_count_is_a_number_of_one_or_more(tmp_path: Path, count: str) -> None:
    error = refused(tmp_path, GOOD.replace("right: 2", f"right: {count}"))
    assert "line 9: roles.right: it should be a whole number, 1 or more, or the name of an integer input" in error.message
    assert "more below" not in error.message


@pytest.mark.parametrize("number", ["-1", "false", "each"])
def test_floating_addresses_are_a_number_or_one_for_each_server(tmp_path: Path, number: str) -> None:
    error = refused(tmp_path, GOOD + f"takes: {{floating_addresses: {number}}}\n")
    assert "line 11: takes.floating_addresses: it should be a whole number, 0 or more, or `servers`" in error.message
    assert read_workload(written(tmp_path, GOOD + "takes: {floating_addresses: servers}\n")).takes.floating_addresses == "servers"


@pytest.mark.parametrize(("text", "value"), [("90 s", 90), ("20 min", 1200), ("1.5 h", 5400), ("5s", 5), ("2 %", 0.02), ("100%", 1)])
def test_times_and_shares_are_written_with_their_unit(text: str, value: float) -> None:
    assert amount(text) == value


@pytest.mark.parametrize("text", ["90", 90, "90 m", "-1 s", None, "1 s extra", "101 %", "-1 %"])
def test_a_time_without_a_unit_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="with its unit"):
        amount(text)


def test_an_unknown_key_is_named_with_its_line_and_the_likely_word(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("engine:", "engin:"))
    assert "engin" in error.message
    assert "line 3" in error.message
    assert "engine" in error.mend


def test_an_unknown_key_inside_an_input_is_named_without_the_unions_member(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("vcpus", "vcpu"))
    assert "line 7: inputs.flavor.vcpu: unknown key" in error.message
    assert error.mend == "did you mean vcpus?"


def test_an_unknown_key_like_no_other_lists_the_keys(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("vcpus", "zzz"))
    assert error.mend == "the keys here are disk_gb, kind, ram_mb, vcpus"


def test_a_wrong_type_says_what_was_given(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("ram_mb: 256", "ram_mb: lots"))
    assert "line 7: inputs.flavor.ram_mb" in error.message
    assert "'lots'" in error.message


def test_a_number_where_a_text_is_wanted_asks_for_quotes(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("A pair", "2016.1"))
    assert "line 2: title" in error.message
    assert error.mend == "put it in quotes"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("roles: {left: 1, right: 2}\n", ""))
    assert "roles: this key is missing" in error.message


def test_an_unknown_kind_lists_the_kinds(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("kind: image", "kind: picture"))
    assert "line 6: inputs.image" in error.message
    assert "picture" in error.message
    assert "external-network" in error.mend


def test_an_input_without_a_kind_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("kind: integer, ", ""))
    assert "inputs.volume_gb: the key kind is missing" in error.message


def test_several_problems_are_counted(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("engine:", "engin:").replace("entry:", "entri:"))
    assert "more below it" in error.message


def test_a_limit_that_is_below_good_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("limit: 2 min", "limit: 2 s"))
    assert "line 10: limits.boot.to_active: good is above limit" in error.message


def test_what_is_not_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD + "broken: [1, 2\nnext: 3\n")
    assert "is not YAML" in error.message
    assert "line 1" in error.message


def test_a_binary_file_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "workload.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="cannot be read"):
        read_workload(tmp_path)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n", "\x00"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    refused(tmp_path, text)


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD + "title: Another\n")
    assert "line 11: title: is written twice" in error.message


@pytest.mark.parametrize("key", ["? [a, b]\n: 1\n", "? {a: b}\n: 1\n"])
def test_a_list_or_a_mapping_is_no_key(tmp_path: Path, key: str) -> None:
    error = refused(tmp_path, GOOD + key)
    assert "line 11: a list or a mapping is no key" in error.message


@pytest.mark.parametrize("value", ["a: &a [*a]\n", "a: &a {b: {c: [*a]}}\n", "a: &a {<<: *a}\n"])
def test_what_contains_itself_is_refused_where_it_begins(tmp_path: Path, value: str) -> None:
    error = refused(tmp_path, GOOD + value)
    assert "line 11: what is anchored here (`&…`) contains itself" in error.message


def test_what_is_said_twice_by_an_alias_is_no_loop(tmp_path: Path) -> None:
    text = GOOD.replace("{kind: image, os_distro: [debian]}", "&debian {kind: image, os_distro: [debian]}")
    workload = read_workload(written(tmp_path, text.replace("  volume_gb:", "  second: *debian\n  volume_gb:")))
    assert workload.inputs["second"] == workload.inputs["image"]


@pytest.mark.parametrize("nested", ["[" * 5000 + "]" * 5000, "{a: " * 5000 + "}" * 5000])
def test_what_is_nested_without_end_is_refused(tmp_path: Path, nested: str) -> None:
    assert "is nested too deeply" in refused(tmp_path, f"{GOOD}a: {nested}\n").message


@pytest.mark.parametrize("value", ["!!int hello", "!!bool x", "!!timestamp x", "!mine x", "!!omap [b]"])
def test_a_tag_that_its_value_does_not_fit_is_refused(tmp_path: Path, value: str) -> None:
    refused(tmp_path, f"{GOOD}a: {value}\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"workload.yaml: there is no such file"):
        read(tmp_path / "workload.yaml", Workload)


def test_an_entry_that_is_not_there_is_named_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "workload.yaml").write_text(GOOD)
    with pytest.raises(FileError, match=r"line 4: entry: there is no file site.yml"):
        read_workload(tmp_path)
