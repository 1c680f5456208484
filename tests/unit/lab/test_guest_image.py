from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.lab import guest_image
from harness.lab.apt import Apt, Source

APT = Apt(
    sources=(Source("https://mirror.test/debian", "trixie", "main"), Source("https://mirror.test/security", "trixie-security", "main")),
    settings=('Acquire::Check-Valid-Until "false";', 'Acquire::http::Proxy "http://corporate.test";'),
    keys=(),
    codename="trixie",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("apt/apt.conf.d", "ssh", "systemd/system", "resolvconf", "dpkg/dpkg.cfg.d", "../var/lib/cloud/instances"):
        (tmp_path / "etc" / folder).mkdir(parents=True)
    for file in ("etc/ssh/ssh_host_rsa_key", "etc/ssh/sshd_config", "etc/hostname", "etc/machine-id", "etc/dpkg/dpkg.cfg.d/99mmdebstrap"):
        (tmp_path / file).write_text("of the machine that built it", encoding="utf-8")
    guest_image.prepare(tmp_path, APT)
    return tmp_path


def test_nothing_in_it_is_a_particular_servers(root: Path) -> None:
    assert [file.name for file in (root / "etc/ssh").iterdir()] == ["sshd_config"]
    assert (root / "etc/machine-id").read_text(encoding="utf-8") == ""
    assert not (root / "etc/hostname").exists()
    assert not (root / "var/lib/cloud").exists()


def test_packages_come_from_this_machines_mirror_through_the_labs_proxy(root: Path) -> None:
    assert (root / "etc/apt/sources.list").read_text(encoding="utf-8") == (
        "deb http://mirror.test/debian bookworm main\ndeb http://mirror.test/security bookworm-security main\n"
    )
    settings = (root / "etc/apt/apt.conf.d/90lab").read_text(encoding="utf-8")
    assert 'Acquire::http::Proxy "http://packages.lab:3142";' in settings
    assert 'Acquire::Check-Valid-Until "false";' in settings
    assert "corporate" not in settings


def test_a_key_that_the_image_has_not_is_put_into_it(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    key = tmp_path_factory.mktemp("keys") / "mirror.gpg"
    key.write_bytes(b"key")
    (root / "etc/apt/trusted.gpg.d").mkdir()
    guest_image.prepare(root, Apt(APT.sources, (), (str(key),), "trixie"))
    assert (root / "etc/apt/trusted.gpg.d/mirror.gpg").read_bytes() == b"key"


def test_cloud_init_looks_where_the_clouds_offer_something(root: Path) -> None:
    settings = yaml.safe_load((root / "etc/cloud/cloud.cfg.d/90_lab.cfg").read_text(encoding="utf-8"))
    assert settings["datasource_list"] == ["ConfigDrive", "OpenStack", "None"]
    assert settings["growpart"] == {"mode": "off"}


def test_units_that_cost_inotify_instances_are_masked(root: Path) -> None:
    for unit in ("systemd-udevd.service", "systemd-logind.service", "getty.target"):
        assert (root / "etc/systemd/system" / unit).readlink() == Path("/dev/null")


def test_names_come_from_dhcp_or_the_config_drive(root: Path) -> None:
    assert (root / "etc/resolv.conf").is_symlink()


def test_preparing_twice_is_preparing_once(root: Path) -> None:
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file() and not file.is_symlink()}
    guest_image.prepare(root, APT)
    assert before == {file: file.read_bytes() for file in root.rglob("*") if file.is_file() and not file.is_symlink()}


def test_the_recipe_changes_with_the_machines_apt_settings() -> None:
    assert guest_image.recipe(APT) != guest_image.recipe(Apt(APT.sources, (), (), "trixie"))
