from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import LabError
from harness.lab.bundle import Bundle, TookTooLong
from harness.lab.services import Service, identity
from harness.lab.supervisor import Supervisor

AUTHORITY = Path("/authority.pem")


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def noted(service: Service, text: str) -> Service:
    """The service with a process written down."""
    service.pidfile.parent.mkdir(parents=True, exist_ok=True)
    service.pidfile.write_text(text, encoding="utf-8")
    return service


def said(service: Service, text: str) -> None:
    """More of what the service wrote to its output."""
    service.output.parent.mkdir(exist_ok=True)
    with service.output.open("a", encoding="utf-8") as output:
        output.write(text)


def test_a_service_runs_only_while_its_very_process_does(bundle: Bundle, tmp_path: Path) -> None:
    service = Service("cloud", "service", tmp_path)
    service.pidfile.parent.mkdir()
    supervisor = Supervisor(bundle, AUTHORITY)
    assert supervisor.pid(service) == 0
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        service.pidfile.write_text(identity(bundle, process.pid), encoding="utf-8")
        assert supervisor.pid(service) == process.pid
        service.pidfile.write_text(f"{process.pid} 1", encoding="utf-8")
        assert supervisor.pid(service) == 0
        process.communicate(b"\n")
        service.pidfile.write_text(f"{process.pid} 1", encoding="utf-8")
    assert supervisor.pid(service) == 0


def test_waiting_ends_with_the_last_words_of_a_service_that_ended(bundle: Bundle, tmp_path: Path) -> None:
    service = Service("lab1", "nova", tmp_path)
    for file, text in ((service.pidfile, "1 1"), (service.output, "Traceback\nRuntimeError: no driver\n")):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match="lab1: nova ended while it started: RuntimeError: no driver"):
        Supervisor(bundle, AUTHORITY).wait([service], 5)


def test_waiting_ends_when_it_is_given_up(bundle: Bundle, tmp_path: Path) -> None:
    supervisor = Supervisor(bundle, AUTHORITY)
    supervisor.given_up.set()
    with pytest.raises(LabError, match="not waited for any longer"):
        supervisor.wait([Service("lab1", "nova", tmp_path)], 60)


def test_a_service_whose_probe_hangs_has_a_problem_and_is_no_error(
    bundle: Bundle, tmp_path: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(argv: Any, *, timeout: float, **_: Any) -> None:
        raise TookTooLong(f"{argv[0]} took longer than {timeout:g} s in the lab")

    monkeypatch.setattr(bundle, "run", hang)
    service = noted(Service("lab1", "metadata", tmp_path, probe=("curl",)), identity(bundle, process.pid))
    problems = Supervisor(bundle, AUTHORITY).problems([service])
    assert problems == {("lab1", "metadata"): "does not answer within 10 s"}


def test_what_is_no_hanging_probe_stays_an_error(
    bundle: Bundle, tmp_path: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise LabError("the lab went down")

    monkeypatch.setattr(bundle, "run", down)
    service = noted(Service("lab1", "metadata", tmp_path, probe=("curl",)), identity(bundle, process.pid))
    with pytest.raises(LabError, match="the lab went down"):
        Supervisor(bundle, AUTHORITY).problem(service)


def test_a_killed_service_is_no_more_when_kill_returns(
    bundle: Bundle, tmp_path: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "run", lambda *_, **__: threading.Timer(0.4, process.kill).start())
    service = noted(Service("shared", "mariadb", tmp_path), identity(bundle, process.pid))
    supervisor = Supervisor(bundle, AUTHORITY)
    supervisor.kill(service)
    assert supervisor.pid(service) == 0


def test_a_process_that_cannot_be_ended_is_an_error_with_the_mend(
    bundle: Bundle, tmp_path: Path, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "run", lambda *_, **__: None)
    monkeypatch.setattr("harness.lab.supervisor.KILLED_WITHIN_S", 0)
    service = noted(Service("shared", "mariadb", tmp_path), identity(bundle, process.pid))
    with pytest.raises(LabError, match="shared: mariadb cannot be ended") as refused:
        Supervisor(bundle, AUTHORITY).kill(service)
    assert "interop lab down" in refused.value.mend


def test_what_a_service_said_before_this_start_is_no_reason(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "start", lambda *_, **__: 1 << 22)
    service, supervisor = Service("lab1", "nginx", tmp_path, command=("nginx",)), Supervisor(bundle, AUTHORITY)
    said(service, "address in use\n")
    supervisor.start([service])
    with pytest.raises(LabError, match=r"(?m)lab1: nginx ended while it started$"):
        supervisor.wait([service], 5)
    said(service, "no such file\n")
    with pytest.raises(LabError, match=r"(?m)ended while it started: no such file$"):
        supervisor.wait([service], 5)


def test_a_python_service_that_was_not_reached_is_told_by_its_launcher(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def launch(*_: Any, log: Path, **__: Any) -> int:
        log.write_text("ImportError: no such module\n", encoding="utf-8")
        return 1 << 22

    monkeypatch.setattr(bundle, "start", launch)
    bundle.lab.mkdir(parents=True)
    service, supervisor = noted(Service("lab1", "nova", tmp_path), ""), Supervisor(bundle, AUTHORITY)
    said(service, "database is gone\n")
    supervisor.launch([service], "2026.2")
    with pytest.raises(LabError, match=r"(?m)lab1: nova ended while it started: ImportError: no such module$"):
        supervisor.wait([service], 5)
