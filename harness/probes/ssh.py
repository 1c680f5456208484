"""Logging in with OpenSSH: one shared connection a guest, and that guest as a testinfra host.

Host keys are not remembered and not compared: a server that is minutes old has no known one. Only the given key is offered.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from types import ModuleType
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from harness.errors import HarnessFault

_LONGEST_FOLDER = 40
"""A control socket's path has 108 bytes; OpenSSH puts 40 hexadecimal digits and a suffix of 17 after the folder's."""

_SSH_FAILED = 255


class Door(StrEnum):
    """How an attempt to log in ended."""

    IN = "in"
    DENIED = "denied"
    NO_ANSWER = "no-answer"
    BROKEN = "broken"


@dataclass(frozen=True)
class Login:
    """Who logs in where, with which private key (a path)."""

    user: str
    address: str
    private_key: str
    port: int = 22

    @property
    def command(self) -> str:
        """What a reader types to get in as well."""
        return f"ssh -i {shlex.quote(self.private_key)} {self.user}@{self.address}"


@dataclass(frozen=True)
class Result:
    """What a command in a guest came to."""

    rc: int
    stdout: str
    stderr: str


class LostContact(HarnessFault):
    """A command could not be given to the guest: the connection did not come about, or broke; ``door`` says how."""

    def __init__(self, message: str, door: Door) -> None:
        super().__init__(message)
        self.door = door


class Shell:
    """Commands in one guest, over one OpenSSH connection that they share; :meth:`close` ends it."""

    def __init__(self, login: Login, *, connect_s: int = 5) -> None:
        self.login = login
        self._connect_s = connect_s
        self._folder: Path | None = None

    def run(self, command: str, *, stdin: str = "", limit_s: float = 60.0) -> Result:
        """Run ``command`` (a line for the guest's shell).

        Raises:
            LostContact: no connection, or it broke.
            HarnessFault: the command ran longer than ``limit_s`` seconds.
        """
        try:
            done = subprocess.run(
                [*self._options(), "--", self.login.address, command],
                input=stdin.encode(),
                capture_output=True,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            self.close()
            raise HarnessFault(f"a command in {self.login.address} did not end within {limit_s:g} s: {command[:200]}") from error
        stdout, stderr = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        if done.returncode == _SSH_FAILED:
            self.close()
            raise LostContact(f"ssh to {self.login.user}@{self.login.address}: {_last_line(stderr)}", door_of(stderr))
        return Result(done.returncode, stdout, stderr)

    def output(self, command: str, *, limit_s: float = 60.0) -> str:
        """What ``command`` printed, without white space around it.

        Raises:
            HarnessFault: it ended with another code than 0; and see :meth:`run`.
        """
        result = self.run(command, limit_s=limit_s)
        if result.rc != 0:
            raise HarnessFault(f"{command[:200]!r} in {self.login.address} ended with {result.rc}: {_last_line(result.stderr)}")
        return result.stdout.strip()

    def python(self, program: ModuleType, *args: object, root: bool = False, limit_s: float = 60.0) -> Any:
        """What a program of :mod:`harness.probes.inside` found, run by the guest's ``python3`` (by its root, with ``root``).

        Raises:
            HarnessFault: it did not run to its end; and see :meth:`run`.
        """
        words = [*(["sudo", "-n"] if root else []), "python3", "-", *map(str, args)]
        source = Path(str(program.__file__)).read_text(encoding="utf-8")
        result = self.run(shlex.join(words), stdin=source, limit_s=limit_s)
        try:
            return json.loads(result.stdout)
        except ValueError as error:
            words_seen = _last_line(result.stderr) or f"ended with {result.rc}"
            raise HarnessFault(f"{program.__name__} did not run in {self.login.address}: {words_seen}") from error

    def forward(self, socket: str) -> Path:
        """A UNIX socket here that leads to the one at ``socket`` in the guest, until the connection ends.

        Raises:
            LostContact: no connection, or sshd there does not forward sockets.
        """
        self.run("true")  # what is forwarded goes through the shared connection, which must be there
        options = self._options()
        here = Path(str(self._folder)) / f"{Path(socket).name}-{token_hex(4)}"
        asked = [*options, "-O", "forward", "-L", f"{here}:{socket}", "--", self.login.address]
        try:
            done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=15, check=False)
        except subprocess.TimeoutExpired as error:
            self.close()
            raise LostContact(f"{socket} of {self.login.address} is not forwarded within 15 s", Door.BROKEN) from error
        if done.returncode != 0:
            words = done.stderr.decode("utf-8", "replace")
            raise LostContact(f"{socket} of {self.login.address} cannot be forwarded: {_last_line(words)}", door_of(words))
        return here

    def close(self) -> None:
        """End the shared connection; the next command opens a new one."""
        if self._folder is None:
            return
        with suppress(subprocess.TimeoutExpired):
            subprocess.run([*self._options(), "-O", "exit", self.login.address], capture_output=True, timeout=5, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def _options(self) -> list[str]:
        if self._folder is None:
            self._folder = _short_folder()
        return [
            *_arguments(self.login, self._connect_s),
            *_settings(ControlMaster="auto", ControlPath=f"{self._folder}/%C", ControlPersist="300"),
        ]


def try_login(login: Login, *, limit_s: float = 10.0) -> tuple[Door, str]:
    """Knock once with the login's key on a connection of its own; the second value is what OpenSSH said."""
    return _knock(login, limit_s)


def shake_hands(login: Login, *, limit_s: float = 10.0) -> tuple[Door, str]:
    """Agree on keys with the server, and offer nothing to be let in with: ``denied`` means that the agreement came about."""
    return _knock(login, limit_s, PreferredAuthentications="none")


def _knock(login: Login, limit_s: float, **settings: str) -> tuple[Door, str]:
    # of two values for one option OpenSSH takes the first
    own = ["ssh", *_settings(ControlMaster="no", ControlPath="none", **settings)]
    command = [*own, *_arguments(login, int(limit_s))[1:], "--", login.address, "true"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s + 5, check=False)
    except subprocess.TimeoutExpired:
        return Door.BROKEN, f"no end within {limit_s + 5:g} s"
    words = done.stderr.decode("utf-8", "replace")
    return (door_of(words), _last_line(words)) if done.returncode == _SSH_FAILED else (Door.IN, "")


def door_of(words: str) -> Door:
    """What OpenSSH's own words say about how an attempt ended."""
    if "Permission denied" in words or "Too many authentication failures" in words:
        return Door.DENIED
    if any(each in words for each in ("timed out", "Connection refused", "No route to host", "unreachable", "Could not resolve")):
        return Door.NO_ANSWER
    return Door.BROKEN


def fresh_key(folder: Path) -> Path:
    """A new private key in ``folder`` that nobody knows yet."""
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True, capture_output=True, timeout=30)
    return key


class GuestBackend(BaseBackend):  # type: ignore[misc]
    """testinfra's way to the guest, through a :class:`Shell`."""

    NAME = "ssh"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.login.address)
        self.shell = shell

    def run(self, command: str, *args: str, **_: Any) -> CommandResult:
        """Run ``command`` with ``args`` quoted into it, as testinfra does."""
        line = self.get_command(command, *args)
        result = self.shell.run(line)
        return self.result(result.rc, line.encode(), result.stdout, result.stderr)


class Guest(Host):  # type: ignore[misc]
    """A testinfra host; that a command of its own fails is no statement about the cloud, so it is a harness fault here."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(GuestBackend(shell))
        self.backend.set_host(self)
        self.shell = shell

    def run_expect(self, expected: list[int], command: str, *args: str, **kwargs: Any) -> CommandResult:
        """As testinfra's.

        Raises:
            HarnessFault: it ended with a code that is not ``expected``.
        """
        out = self.run(command, *args, **kwargs)
        if out.rc not in expected:
            raise HarnessFault(f"{out.command.decode()[:200]!r} ended with {out.rc}: {_last_line(out.stderr)}")
        return out

    def check_output(self, command: str, *args: str, **kwargs: Any) -> str:
        """As testinfra's.

        Raises:
            HarnessFault: the command failed.
        """
        return str(self.run_expect([0], command, *args, **kwargs).stdout).rstrip("\r\n")


def _arguments(login: Login, connect_s: int) -> list[str]:
    return [
        "ssh",
        *_settings(
            BatchMode="yes",
            ConnectTimeout=str(connect_s),
            ForwardAgent="no",
            IdentitiesOnly="yes",
            IdentityAgent="none",
            IdentityFile=login.private_key,
            LogLevel="ERROR",
            Port=str(login.port),
            PreferredAuthentications="publickey",
            ServerAliveInterval="5",
            ServerAliveCountMax="3",
            StrictHostKeyChecking="no",
            UserKnownHostsFile="/dev/null",
            User=login.user,
        ),
    ]


def _settings(**settings: str) -> list[str]:
    return [f"-o{name}={value}" for name, value in settings.items()]


def _short_folder() -> Path:
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="iop-", dir=usual if len(usual) <= _LONGEST_FOLDER else "/tmp"))  # noqa: S108


def _last_line(words: str) -> str:
    lines = [each.strip() for each in words.splitlines() if each.strip()]
    return lines[-1] if lines else ""
