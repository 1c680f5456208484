from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.lab import guest_image
from harness.lab.apt import Apt, Source
from harness.lab.cloudspec import Build

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


@pytest.mark.parametrize("name", ["Acquire::http::proxy", "acquire::https::PROXY::mirror.test", "Acquire::http::ProxyAutoDetect"])
def test_nothing_of_this_machines_own_proxy_is_in_it(root: Path, name: str) -> None:
    guest_image.prepare(root, Apt(APT.sources, (f'{name} "http://me:secret@corporate.test:1";',), (), "trixie"))
    written = [file.read_text(encoding="utf-8") for file in root.rglob("*") if file.is_file() and not file.is_symlink()]
    assert not [text for text in written if "secret" in text or "corporate" in text]


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
    plain = guest_image.PLAIN
    assert guest_image.recipe(APT, plain) != guest_image.recipe(Apt(APT.sources, (), (), "trixie"), plain)


def test_a_build_of_its_own_is_an_image_of_its_own() -> None:
    build = Build(packages=("haproxy",))
    assert guest_image.image_name(guest_image.PLAIN) == "debian-12"
    assert guest_image.image_name(build) != guest_image.image_name(Build(packages=("apache2",)))
    assert guest_image.recipe(APT, build).startswith(guest_image.recipe(APT, guest_image.PLAIN))
    assert guest_image.recipe(APT, build) != guest_image.recipe(APT, guest_image.PLAIN)


def test_what_a_build_adds_is_there_and_its_services_are_off(tmp_path: Path) -> None:
    information, wants = tmp_path / "var/lib/dpkg/info", tmp_path / "etc/systemd/system/multi-user.target.wants"
    for folder in (information, wants, tmp_path / "etc/alternatives"):
        folder.mkdir(parents=True)
    for package, unit in (("openssh-server", "ssh.service"), ("haproxy", "haproxy.service"), ("libapache2:amd64", "apache2.service")):
        (information / f"{package}.list").write_text(f"/.\n/usr/sbin/x\n/lib/systemd/system/{unit}\n", encoding="utf-8")
        (wants / unit).symlink_to(f"/lib/systemd/system/{unit}")
    (tmp_path / "etc/alternatives/iptables").symlink_to("/usr/sbin/iptables-nft")
    build = Build(files={"/etc/some/file": "text\n"}, alternatives={"iptables": "/usr/sbin/iptables-legacy"})
    guest_image.add(tmp_path, build, {"haproxy", "libapache2"})
    assert [link.name for link in wants.iterdir()] == ["ssh.service"]
    assert (tmp_path / "etc/alternatives/iptables").readlink() == Path("/usr/sbin/iptables-legacy")
    assert (tmp_path / "etc/some/file").read_text(encoding="utf-8") == "text\n"


def test_the_disk_that_an_image_needs_is_its_virtual_size(tmp_path: Path) -> None:
    image = tmp_path / "image.qcow2"
    image.write_bytes(b"QFI\xfb" + bytes(20) + ((2 << 30) + 1).to_bytes(8, "big"))
    assert guest_image.disk_gb(image) == 3
