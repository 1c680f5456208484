"""The command as a user types it: bad input is one clear error, on standard error, with its exit code and no traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from harness import cli, redact
from harness.engines.terraform_tool import SETTINGS, Tool
from harness.manifest import read_scenario
from tests.unit.recordings import SAMPLE
from tests.unit.wire import ENTRY, clouds_folder

__all__ = ["clouds_folder"]

MANIFEST = "name: pair\ntitle: A pair\nengine: ansible\nentry: site.yml\ninputs: {size: {kind: integer, default: 1}}\nroles: {web: 1}\n"


@dataclass
class Said:
    """What the command came to."""

    code: int
    out: str
    err: str


Interop = Callable[..., Said]


@pytest.fixture
def interop(clouds_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Interop:
    """Type a command, in a folder with the workload ``pair`` and the cloud ``acme``."""
    (clouds_folder / "acme.yaml").write_text(ENTRY)
    workload = tmp_path / "workloads" / "pair"
    workload.mkdir(parents=True)
    (workload / "workload.yaml").write_text(MANIFEST)
    (workload / "site.yml").write_text("[]\n")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def type_(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["interop", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capfd.readouterr()
        return Said(int(left.value.code or 0), said.out, said.err)

    return type_


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], str]:
    """Write a file and say its path."""

    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["discover", "nowhere"], "interop: cloud nowhere: no such entry in clouds.yaml; configured clouds: acme"),
        (["run", "pair", "--cloud", "nowhere"], "interop: cloud nowhere: no such entry"),
        (["run", "pair"], "interop: no cloud is named"),
        (["run", "nothing", "--cloud", "acme"], "interop: there is no scenario or workload nothing"),
        (["run", "gone.yaml", "--cloud", "acme"], "interop: gone.yaml: there is no such file"),
        (["run", "pair", "--cloud", "acme", "--overlay", "acme"], "interop: --overlay acme: not of the form CLOUD=FILE"),
        (["run", "pair", "--cloud", "acme", "--overlay", "acme=gone.yaml"], "interop: gone.yaml: there is no such file"),
        (["run", "pair", "--cloud", "acme", "--reports", "/proc/nowhere"], "interop: the reports folder /proc/nowhere cannot be written"),
        (["report", "nothing"], "interop: reports/nothing/journal.jsonl: cannot be read"),
        (["explain", "boot.activ"], "interop: there is no check boot.activ"),
        (["sweep", "--cloud", "acme", "--run", "x"], "interop: --run x: too short"),
    ],
)
def test_what_was_typed_wrong_is_one_clear_error(interop: Interop, words: list[str], message: str) -> None:
    said = interop(*words)
    assert said.code == 2
    assert message in said.err
    assert "\n  mend: " in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: T\nworkloads: [pair]\nwieghts: x\n", "line 3: wieghts: unknown key"),
        ("title: T\nworkloads: pair\n", "line 2: workloads: it should be a valid list; given is 'pair'"),
        ("title: T\nworkloads: [\n", "is not YAML"),
        ("title: T\nworkloads: [gone]\n", "there is no workload gone"),
        ("title: T\nworkloads: [pair]\nrequire: {move: 80}\n", "line 3: require.move: it should be less than or equal to 1; given is 80"),
    ],
)
def test_a_scenario_that_was_written_wrong_is_one_clear_error(
    interop: Interop, written: Callable[[str, str], str], text: str, message: str
) -> None:
    said = interop("run", written("round.yaml", text), "--cloud", "acme")
    assert (said.code, message in said.err, "Traceback" in said.err) == (2, True, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("workload: pair\ninputs: {sizes: 1}\n", "line 2: inputs.sizes: pair has no such input"),
        ("workload: pair\ninputs: {size: big}\n", "line 2: inputs.size: it should be a whole number; given is 'big'"),
        ("workload: pair\ninput: {size: 1}\n", "line 2: input: unknown key"),
        ("workload: [", "is not YAML"),
    ],
)
def test_an_overlay_that_was_written_wrong_is_one_clear_error(
    interop: Interop, written: Callable[[str, str], str], text: str, message: str
) -> None:
    said = interop("run", "pair", "--cloud", "acme", "--overlay", f"acme={written('overlay.yaml', text)}")
    assert (said.code, message in said.err, "Traceback" in said.err) == (2, True, False)


def test_a_manifest_that_was_written_wrong_is_one_clear_error(interop: Interop, tmp_path: Path) -> None:
    (tmp_path / "workloads" / "pair" / "workload.yaml").write_text(MANIFEST.replace("entry:", "enter:"))
    said = interop("run", "pair", "--cloud", "acme")
    assert (said.code, "workloads/pair/workload.yaml: line 4: enter: unknown key" in said.err) == (2, True)


def test_a_word_that_no_command_has_is_the_frameworks_own_error(interop: Interop) -> None:
    assert interop("run", "--colour").code == 2
    assert interop("dance").code == 2


def test_a_fault_of_ours_is_said_without_secrets_and_is_no_verdict(interop: Interop, monkeypatch: pytest.MonkeyPatch) -> None:
    redact.register("a-secret-of-the-cli-test")

    def breaks(*_: object) -> None:
        raise ZeroDivisionError("a-secret-of-the-cli-test")

    monkeypatch.setattr("harness.doctor.examine", breaks)
    said = interop("doctor")
    assert (said.code, "fault of the harness" in said.err, "a-secret-of-the-cli-test" in said.err) == (3, True, False)


def test_the_doctor_names_what_is_missing_with_its_mend(interop: Interop, clouds_folder: Path) -> None:
    assert interop("doctor").code == 0
    (clouds_folder / "acme.yaml").unlink()
    said = interop("doctor", "--format", "json")
    clouds = next(each for each in json.loads(said.out) if each["name"] == "clouds.yaml")
    assert (said.code, clouds["ok"], "interop lab up" in clouds["mend"]) == (2, False, True)


def test_without_terraform_the_doctor_says_what_to_do_and_that_not_every_round_needs_it(
    interop: Interop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.doctor.find_tool", lambda: None)
    monkeypatch.setattr("harness.doctor.mirrored_versions", list)
    said = interop("doctor", "--format", "json")
    missing = [each for each in json.loads(said.out) if each["name"].startswith("terraform")]
    assert [(each["ok"], "make provider" in each["mend"]) for each in missing] == [(False, True)] * 2
    assert said.code == 0
    assert "not there" in interop("doctor").out


def test_the_doctor_tells_which_terraform_it_is_and_whether_that_will_do(interop: Interop, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, will_do in (("1.11.4", True), ("1.5.7", False)):
        monkeypatch.setattr("harness.doctor.find_tool", lambda version=version: Tool(Path("/opt/terraform"), version))
        found = next(each for each in json.loads(interop("doctor", "--format", "json").out) if each["name"] == "terraform")
        assert (found["ok"], "older than 1.9" in found["text"]) == (will_do, not will_do)
        assert f"/opt/terraform, version {version}" in found["text"]


def test_the_doctor_tells_whose_settings_the_mirror_stands_in_for(
    interop: Interop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("harness.doctor.mirrored_versions", lambda: ["1.54.1"])
    monkeypatch.setenv(SETTINGS, str(tmp_path / "own.tfrc"))
    for told in (False, True):
        said = interop("doctor", "--format", "json")
        found = next(each for each in json.loads(said.out) if each["name"] == "terraform's provider")
        assert (found["ok"], f"does not read {tmp_path}/own.tfrc" in found["text"]) == (True, told)
        (tmp_path / "own.tfrc").touch()


@pytest.mark.parametrize("form", ["table", "json", "yaml", "markdown"])
def test_data_is_shown_in_every_form(interop: Interop, form: str) -> None:
    said = interop("explain", "--format", form)
    assert said.code == 0
    assert "boot.active" in said.out
    if form in ("json", "yaml"):
        assert {"id", "needs"} <= set(yaml.safe_load(said.out)[0])


def test_a_check_is_explained_with_what_it_needs(interop: Interop) -> None:
    said = interop("explain", "initialisation.ssh-key")
    assert "needs" in said.out
    assert "initialisation" in said.out


def test_versions_are_shown(interop: Interop) -> None:
    assert json.loads(interop("version", "--format", "json").out)["python"]


def test_groups_of_other_packages_are_mounted(interop: Interop) -> None:
    assert interop("lab", "--help").code == 0


@pytest.mark.parametrize("form", ["table", "json", "yaml", "markdown"])
def test_runs_are_listed_in_every_form_and_a_damaged_one_fails_nothing(interop: Interop, tmp_path: Path, form: str) -> None:
    shutil.copytree(SAMPLE, tmp_path / "reports" / "sample")
    (tmp_path / "reports" / "<b>\x1b[31m" / "cells").mkdir(parents=True)
    said = interop("runs", "--format", form)
    assert said.code == 0
    assert "barcelona-2016" in said.out
    assert "\x1b" not in said.out
    if form in ("json", "yaml"):
        assert [each["damaged"] for each in yaml.safe_load(said.out)] == [False, True]


def test_a_name_with_an_escape_in_it_is_shown_as_text_in_an_error_too(interop: Interop) -> None:
    said = interop("report", "\x1b[31mred")
    assert (said.code, "\x1b" in said.err, "␛[31mred" in said.err) == (2, False, True)


def test_a_folder_without_runs_is_said_so(interop: Interop, tmp_path: Path) -> None:
    said = interop("runs", str(tmp_path))
    assert (said.code, said.out, said.err) == (0, "", f"no runs in {tmp_path}\n")


def test_a_scenario_is_made_from_a_workload_and_can_be_read(interop: Interop, tmp_path: Path) -> None:
    shown = interop("requirements", "--from-workload", "pair")
    assert interop("requirements", "--from-workload", "pair", "-o", "made.yaml").code == 0
    assert (tmp_path / "made.yaml").read_text() == shown.out
    assert read_scenario(tmp_path / "made.yaml").workloads == ["pair"]
    again = interop("requirements", "--from-workload", "pair", "-o", "made.yaml")
    assert (again.code, "made.yaml: is there already" in again.err) == (2, True)
    assert interop("requirements", "--from-workload", "nothing").code == 2
