from __future__ import annotations

from pathlib import Path

import pytest

from harness.engines import terraform_tool
from harness.engines.terraform_tool import PROVIDER, find_tool, mirrored_versions, settings


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH; the cache is empty."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "bin"


def program(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


def test_terraform_comes_before_tofu_and_both_before_what_was_made(programs: Path) -> None:
    assert find_tool() is None
    for folder, name in ((terraform_tool.home() / "bin", "terraform"), (programs, "tofu"), (programs, "terraform")):
        program(folder, name)
        tool = find_tool()
        assert tool is not None
        assert tool.path == folder / name
        assert tool.name == name


def test_the_mirror_knows_its_versions(programs: Path) -> None:
    assert mirrored_versions() == []
    for host in ("one.example", "two.example"):
        program(terraform_tool.mirror() / host / PROVIDER / "1.54.1" / "linux_amd64", "terraform-provider-openstack_v1.54.1")
    assert mirrored_versions() == ["1.54.1"]


def test_a_mirror_whose_filling_was_interrupted_has_nothing(programs: Path) -> None:
    (terraform_tool.mirror() / "one.example" / PROVIDER / "1.54.1" / "linux_amd64").mkdir(parents=True)
    assert mirrored_versions() == []


def test_the_settings_name_the_mirror_for_this_provider_alone(programs: Path) -> None:
    assert f'path    = "{terraform_tool.mirror()}"' in settings()
    assert settings().count(PROVIDER) == 2
