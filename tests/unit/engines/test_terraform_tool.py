from __future__ import annotations

from pathlib import Path

import pytest

from harness.engines import terraform_tool
from harness.engines.terraform_tool import PROVIDER, SETTINGS, find_tool, mirrored_versions, settings, settings_of_the_user


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH; the cache is empty."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "bin"


def program(folder: Path, name: str, version: str = "1.11.4") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"""#!/bin/sh\n[ "$*" = 'version -json' ] && echo '{{"terraform_version": "{version}"}}'\n""")
    (folder / name).chmod(0o755)


def test_terraform_comes_before_tofu_and_both_before_what_was_made(programs: Path) -> None:
    assert find_tool() is None
    for folder, name in ((terraform_tool.home() / "bin", "terraform"), (programs, "tofu"), (programs, "terraform")):
        program(folder, name)
        tool = find_tool()
        assert tool is not None
        assert tool.path == folder / name
        assert (tool.name, tool.version, tool.is_too_old) == (name, "1.11.4", False)


def test_one_that_is_too_old_comes_after_all_others_and_is_known_as_such(programs: Path) -> None:
    program(programs, "terraform", "1.8.5")
    tool = find_tool()
    assert tool is not None
    assert (tool.path, tool.is_too_old) == (programs / "terraform", True)
    program(terraform_tool.home() / "bin", "terraform", "1.10.0")
    tool = find_tool()
    assert tool is not None
    assert (tool.path, tool.is_too_old) == (terraform_tool.home() / "bin" / "terraform", False)


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


def test_the_users_own_settings_are_those_that_are_named_and_else_those_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(SETTINGS, raising=False)
    assert settings_of_the_user() is None
    (tmp_path / ".tofurc").touch()
    assert settings_of_the_user() == tmp_path / ".tofurc"
    monkeypatch.setenv(SETTINGS, str(tmp_path / "named"))
    assert settings_of_the_user() is None
    (tmp_path / "named").touch()
    assert settings_of_the_user() == tmp_path / "named"
