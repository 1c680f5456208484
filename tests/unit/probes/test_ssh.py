"""The probe over OpenSSH, with a program in place of ``ssh`` that answers as OpenSSH does."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from harness.errors import HarnessFault
from harness.probes import inside_view
from harness.probes.inside import guest as guest_program
from harness.probes.ssh import Door, Guest, Login, LostContact, Shell, door_of, shake_hands, try_login

LOGIN = Login("debian", "203.0.113.9", "/keys/id_ed25519")


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first in the path, whose ``ssh`` notes its arguments in ``asked`` and runs the command here, or what ``answer`` says."""
    program = tmp_path / "ssh"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >> {tmp_path}/asked\n[ -e {tmp_path}/answer ] && . {tmp_path}/answer\n'
        'for last; do :; done\nexec sh -c "$last"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def failing(ssh: Path, words: str) -> None:
    (ssh / "answer").write_text(f"echo '{words}' >&2; exit 255\n")


def test_a_command_and_its_result(ssh: Path) -> None:
    shell = Shell(LOGIN)
    result = shell.run("echo out; echo err >&2; exit 3")
    assert (result.rc, result.stdout, result.stderr) == (3, "out\n", "err\n")
    assert shell.run("cat", stdin="in").stdout == "in"
    shell.close()


def test_only_the_given_key_is_offered_and_no_host_key_remembered(ssh: Path) -> None:
    shell = Shell(LOGIN)
    shell.run("true")
    asked = (ssh / "asked").read_text()
    for setting in (
        "IdentityFile=/keys/id_ed25519",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "UserKnownHostsFile=/dev/null",
        "BatchMode=yes",
    ):
        assert f"-o{setting}" in asked
    path = next(word for word in asked.split() if word.startswith("-oControlPath=")).partition("=")[2]
    assert len(path) - len("%C") + 40 + 17 < 108
    folder = Path(path).parent
    assert folder.stat().st_mode & 0o077 == 0
    shell.close()
    assert not folder.exists()


def test_a_long_temporary_folder_does_not_make_the_control_path_too_long(ssh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/a" * 60)
    shell = Shell(LOGIN)
    shell.run("true")
    assert "-oControlPath=/tmp/" in (ssh / "asked").read_text()
    shell.close()


def test_a_connection_that_does_not_come_about(ssh: Path) -> None:
    failing(ssh, "ssh: connect to host 203.0.113.9 port 22: Connection timed out")
    with pytest.raises(LostContact, match="Connection timed out") as lost:
        Shell(LOGIN).run("true")
    assert lost.value.door is Door.NO_ANSWER


def test_a_command_without_an_end(ssh: Path) -> None:
    with pytest.raises(HarnessFault, match=r"did not end within 0\.2 s"):
        Shell(LOGIN).run("exec sleep 5", limit_s=0.2)


def test_the_output_of_a_command_that_fails_is_a_harness_fault(ssh: Path) -> None:
    shell = Shell(LOGIN)
    assert shell.output("echo ' word '") == "word"
    with pytest.raises(HarnessFault, match="no such thing"):
        shell.output("echo no such thing >&2; exit 1")
    shell.close()


def test_a_program_inside(ssh: Path) -> None:
    shell = Shell(LOGIN)
    view = inside_view.look(shell)
    assert view.init_started < view.now
    assert view.hostname
    (ssh / "python3").write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    (ssh / "python3").chmod(0o755)
    with pytest.raises(HarnessFault, match="no such module"):
        shell.python(guest_program)
    shell.close()


def test_a_listener_in_a_guest_is_proven_and_taken_away(ssh: Path) -> None:
    shell = Shell(LOGIN)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with inside_view.listening(shell, port, "127.0.0.1") as listener:
        assert inside_view.knock_from(shell, "127.0.0.1", port, listen_too=True).word == listener.word
    assert not inside_view.knock_from(shell, "127.0.0.1", port).is_open
    shell.close()


@pytest.mark.parametrize(
    ("words", "door"),
    [
        ("debian@203.0.113.9: Permission denied (publickey).", Door.DENIED),
        ("ssh: connect to host 203.0.113.9 port 22: Connection refused", Door.NO_ANSWER),
        ("ssh: connect to host 203.0.113.9 port 22: No route to host", Door.NO_ANSWER),
        ("kex_exchange_identification: Connection closed by remote host", Door.BROKEN),
    ],
)
def test_what_openssh_says_of_a_failed_attempt(ssh: Path, words: str, door: Door) -> None:
    failing(ssh, words)
    assert door_of(words) is door
    assert try_login(LOGIN) == (door, words)


def test_an_attempt_that_is_let_in(ssh: Path) -> None:
    assert try_login(LOGIN) == (Door.IN, "")


def test_a_handshake_offers_nothing(ssh: Path) -> None:
    failing(ssh, "Permission denied (publickey).")
    assert shake_hands(LOGIN)[0] is Door.DENIED
    asked = (ssh / "asked").read_text()
    assert asked.index("PreferredAuthentications=none") < asked.index("PreferredAuthentications=publickey")
    assert "ControlPath=none" in asked


def test_a_guest_is_a_testinfra_host_whose_own_failures_blame_no_cloud(ssh: Path) -> None:
    guest = Guest(Shell(LOGIN))
    assert guest.check_output("echo %s", "a b") == "a b"
    assert guest.run("exit 4").rc == 4
    assert guest.file(str(ssh)).is_directory
    with pytest.raises(HarnessFault, match="ended with 1"):
        guest.check_output("false")
    guest.shell.close()


def test_a_socket_of_the_guests_is_forwarded_into_a_private_folder(ssh: Path) -> None:
    shell = Shell(LOGIN)
    (ssh / "answer").write_text('case "$*" in *forward*) exit 0 ;; esac\n')
    here = shell.forward("/var/run/docker.sock")
    assert here.name.startswith("docker.sock-")
    assert here.parent.stat().st_mode & 0o077 == 0
    assert f"-O forward -L {here}:/var/run/docker.sock" in (ssh / "asked").read_text()
    shell.close()


def test_a_socket_that_cannot_be_forwarded_is_lost_contact(ssh: Path) -> None:
    shell = Shell(LOGIN)
    (ssh / "answer").write_text('case "$*" in *forward*) echo "mux_client_forward: forwarding request failed" >&2; exit 255 ;; esac\n')
    with pytest.raises(LostContact, match="forwarding request failed"):
        shell.forward("/var/run/docker.sock")
    shell.close()
