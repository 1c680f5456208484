import subprocess
from pathlib import Path

from harness import redact
from harness.cell.keys import forget_key, make_key


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
