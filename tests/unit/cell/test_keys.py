import subprocess
from pathlib import Path

from harness import redact
from harness.cell.keys import clear_out, forget_key, make_key


def test_the_key_is_one_that_openssh_reads_and_only_its_owner_may(tmp_path: Path) -> None:
    private, public = make_key(tmp_path / "engine", "interop-x")
    read = subprocess.run(["ssh-keygen", "-y", "-f", str(private)], capture_output=True, text=True, check=True).stdout.split()
    assert public.split()[:2] == read[:2]
    assert public.endswith(" interop-x")
    assert (private.stat().st_mode & 0o777, private.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_private_key_is_known_as_a_secret(tmp_path: Path) -> None:
    private, _ = make_key(tmp_path / "engine", "x")
    assert redact.redact(f"key: {private.read_text()}") == f"key: {redact.BLOT}"


def test_a_cell_that_is_run_again_keeps_its_key(tmp_path: Path) -> None:
    assert make_key(tmp_path / "engine", "x") == make_key(tmp_path / "engine", "x")


def test_a_key_is_forgotten_with_what_it_opened(tmp_path: Path) -> None:
    private, _ = make_key(tmp_path / "engine", "x")
    forget_key(tmp_path / "engine")
    forget_key(tmp_path / "engine")
    assert not private.exists()


def test_with_the_last_of_a_cell_go_its_key_its_state_and_its_providers_but_not_where_those_came_from(tmp_path: Path) -> None:
    folder, mirrored = tmp_path / "engine", tmp_path / "mirror" / "linux_amd64"
    mirrored.mkdir(parents=True)
    (mirrored / "provider").touch()
    make_key(folder, "x")
    for fetched in ("far/1.0", "near/1.0"):
        (folder / "data" / "providers" / fetched).mkdir(parents=True)
    (folder / "data" / "providers" / "far" / "1.0" / "provider").touch()
    (folder / "data" / "providers" / "near" / "1.0" / "linux_amd64").symlink_to(mirrored)
    for file in ("terraform.tfstate", "data/terraform.tfstate", "terraform.log"):
        (folder / file).touch()
    clear_out(folder)
    clear_out(folder)
    assert sorted(each.name for each in folder.rglob("*")) == ["data", "id_ed25519.pub", "terraform.log"]
    assert (mirrored / "provider").exists()
