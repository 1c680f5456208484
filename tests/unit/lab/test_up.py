"""What `up` ends so that it is started again: what runs but does not answer, and nothing that cannot be seen to."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from harness.errors import LabError
from harness.lab.apt import Apt
from harness.lab.bundle import Bundle
from harness.lab.cloud import Cloud
from harness.lab.services import Service
from harness.lab.up import _Lab, up


@pytest.fixture
def lab(bundle: Bundle, clouds: list[Cloud], monkeypatch: pytest.MonkeyPatch) -> _Lab:
    monkeypatch.setattr(Apt, "read", lambda: Apt((), (), (), "bookworm"))
    for cloud in clouds:
        (cloud.folder / "run/prepared").touch()
    return _Lab(bundle, [cloud.spec for cloud in clouds], lambda _: None)


def ended(lab: _Lab, monkeypatch: pytest.MonkeyPatch, problems: dict[tuple[str, str], str]) -> set[tuple[str, str]]:
    """The services that are ended because of these problems."""
    killed: set[tuple[str, str]] = set()

    def kill(service: Service) -> None:
        killed.add((service.owner, service.name))

    monkeypatch.setattr(lab.supervisor, "problems", lambda _: problems)
    monkeypatch.setattr(lab.supervisor, "kill", kill)
    assert lab.everything_answers() == (not problems)
    return killed


def test_where_everything_answers_there_is_nothing_to_do(lab: _Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(lab, monkeypatch, {}) == set()
    Path(lab.clouds[0].folder, "run/prepared").unlink()
    assert not lab.everything_answers()


def test_what_hangs_is_ended_and_what_does_not_run_is_left_to_be_started(lab: _Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = {("shared", "mariadb"): "does not answer within 10 s", ("lab1", "nova"): "HTTP 502", ("lab2", "dnsmasq"): "not running"}
    assert ended(lab, monkeypatch, problems) == {("shared", "mariadb"), ("lab1", "nova")}


@pytest.mark.parametrize(("problem", "hung"), [("not running", set()), ("does not answer within 5 s", {("lab1", "nginx")})])
def test_an_api_behind_a_front_that_is_down_is_not_ended_for_it(
    lab: _Lab, monkeypatch: pytest.MonkeyPatch, problem: str, hung: set[tuple[str, str]]
) -> None:
    problems = {("lab1", "nginx"): problem, ("lab1", "nova"): "Connection refused", ("lab1", "neutron"): "Connection refused"}
    assert ended(lab, monkeypatch, problems) == hung
    others = {("lab2", "nova"): "HTTP 502", ("lab1", "metadata"): "does not answer within 10 s"}
    assert ended(lab, monkeypatch, problems | others) == hung | set(others)


@pytest.fixture
def made(lab: _Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Clouds whose files are made: that is where it ends here, since the configuration needs a userland."""
    names: list[str] = []

    def first_step(cloud: Cloud) -> None:
        names.append(cloud.name)
        raise StopIteration

    monkeypatch.setattr(Cloud, "make_folders", first_step)
    return names


def change(cloud: Cloud) -> None:
    """Let the cloud's file say something else than what was written down."""
    cloud.spec = cloud.spec.model_copy(update={"region": "another"})


def test_a_cloud_that_is_up_as_its_file_said_before_is_refused_and_keeps_what_is_written_down(lab: _Lab, made: list[str]) -> None:
    cloud = lab.clouds[0]
    before = (cloud.folder / "etc/spec.json").read_text(encoding="utf-8")
    change(cloud)
    with pytest.raises(LabError, match=f"{cloud.name} was brought up as its file said before") as refused:
        lab._write_down(cloud)
    assert "interop lab down" in refused.value.mend
    assert (cloud.folder / "etc/spec.json").read_text(encoding="utf-8") == before
    assert not made


def test_a_cloud_that_is_the_same_or_never_came_up_is_written_down(lab: _Lab, made: list[str]) -> None:
    same, never = lab.clouds[:2]
    change(never)
    (never.folder / "run/prepared").unlink()
    for cloud in (same, never):
        with pytest.raises(StopIteration):
            lab._write_down(cloud)
    assert made == [same.name, never.name]


@pytest.mark.parametrize("healthy", [True, False])
def test_packages_are_served_to_every_cloud_that_is_up_whatever_was_healed(
    bundle: Bundle, lab: _Lab, monkeypatch: pytest.MonkeyPatch, healthy: bool
) -> None:
    down, *others = lab.clouds
    served: list[str] = []

    def run(argv: list[str], **_: object) -> CompletedProcess[str]:
        return CompletedProcess(argv, argv[-1] == f"to-{down.name}")

    monkeypatch.setattr(Bundle, "up", lambda _: None)
    monkeypatch.setattr(bundle, "run", run)
    for step in ("write_down", "start"):
        monkeypatch.setattr(_Lab, step, lambda _: None)
    monkeypatch.setattr(_Lab, "everything_answers", lambda _: healthy)
    monkeypatch.setattr("harness.lab.up.end_hung", lambda _: True)
    monkeypatch.setattr("harness.lab.up.serve_packages", lambda _, address: served.append(address))
    monkeypatch.setattr("harness.lab.up.publish_clouds", lambda *_: bundle.paths.folder)
    said: list[str] = []
    up(bundle, [others[0].spec], say=said.append)
    assert served == [str(cloud.spec.gateway) for cloud in others]
    assert said[0] == "shared: packages does not answer: ended, to be started again"
