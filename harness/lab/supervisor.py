"""Start services, see whether they run and answer, and wait for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.errors import LabError
from harness.lab.bundle import Bundle, TookTooLong
from harness.lab.outside import answers, outside
from harness.lab.services import PYTHON_SERVICES, Service, identity

__all__ = ["Supervisor"]

STEP_S = 0.15
PROBE_LIMIT_S = 10
KILLED_WITHIN_S = 20
Say = Callable[[str], None]


class Supervisor:
    """The services of one lab."""

    def __init__(self, bundle: Bundle, authority: Path) -> None:
        self.bundle = bundle
        self.authority = authority
        self.given_up = threading.Event()
        """Set by who wants every wait to end."""
        self._old_words: dict[Path, int] = {}

    def pid(self, service: Service) -> int:
        """Its process id inside; 0 when it does not run."""
        try:
            known = service.pidfile.read_text(encoding="utf-8").strip()
        except OSError:
            return 0
        pid = int(known.split()[0]) if known else 0
        return pid if pid and identity(self.bundle, pid) == known else 0

    def start(self, services: Iterable[Service]) -> None:
        """Start those that are programs of their own."""
        for service in services:
            service.pidfile.parent.mkdir(parents=True, exist_ok=True)
            self._skip_what_was_said(service.output)
            pid = self.bundle.start(service.command, netns=service.netns, env=service.environment, log=service.output)
            service.pidfile.write_text(identity(self.bundle, pid) or f"{pid} 0", encoding="utf-8")

    def launch(self, services: Sequence[Service], release: str) -> None:
        """Start Python services of one release, all from one process tree."""
        clouds = {name: [service.owner for service in services if service.name == name] for name in PYTHON_SERVICES}
        plan = [f"{name}:{','.join(owners)}" for name, owners in clouds.items() if owners]
        venv = f"/opt/{release}"
        environment = {"PYTHONPATH": "/lab/py", "PYTHONDONTWRITEBYTECODE": "1", "PATH": f"{venv}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        command = [f"{venv}/bin/python", "-W", "ignore", "-m", "inside.launch", *plan]
        self._skip_what_was_said(self._launch_log, *(service.output for service in services))
        pid = self.bundle.start(command, env=environment, cwd="/lab/py", log=self._launch_log)
        for service in services:  # until each signs for itself, the launcher stands for it
            service.pidfile.write_text(identity(self.bundle, pid), encoding="utf-8")

    def kill(self, service: Service) -> None:
        """End it at once, and return when it is no more; raises LabError where the kernel does not let go of it."""
        pid = self.pid(service)
        if not pid:
            return
        self.bundle.run(["kill", "-KILL", str(pid)], check=False)
        end = time.monotonic() + KILLED_WITHIN_S
        while self.pid(service) == pid:
            if time.monotonic() > end:
                raise LabError(f"{service.owner}: {service.name} cannot be ended", mend="run `interop lab down`, then `interop lab up`")
            time.sleep(STEP_S)

    def problem(self, service: Service) -> str:
        """Why it is of no use at the moment; nothing when it runs and answers."""
        if not self.pid(service):
            return "not running"
        if service.url:
            authority = self.authority if service.url.startswith("https") else None
            return outside(self.bundle.netns(), lambda: answers(service.url, authority))
        try:
            done = self.bundle.run(service.probe, check=False, timeout=PROBE_LIMIT_S)
        except TookTooLong:
            return f"does not answer within {PROBE_LIMIT_S} s"
        return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["does not answer"])[-1]

    def problems(self, services: Sequence[Service]) -> dict[tuple[str, str], str]:
        """What is wrong, by owner and name."""
        with ThreadPoolExecutor(max_workers=8) as pool:
            found = zip(services, pool.map(self.problem, services), strict=True)
            return {(service.owner, service.name): problem for service, problem in found if problem}

    def wait(self, services: Sequence[Service], limit_s: float, said: Say | None = None) -> None:
        """Until all of them answer; raises LabError naming the one that ended or does not answer, with its last words."""
        end = time.monotonic() + limit_s
        waiting = list(services)
        while waiting:
            for service in list(waiting):
                problem = self.problem(service)
                if not problem:
                    waiting.remove(service)
                    if said:
                        said(f"{service.owner}: {service.name} answers")
                elif service.pidfile.exists() and not self.pid(service):
                    raise self._failed(service, "ended while it started")
                elif self.given_up.is_set():
                    raise LabError(f"{service.owner}: {service.name} is not waited for any longer")
                elif time.monotonic() > end:
                    raise self._failed(service, f"does not answer after {limit_s:.0f} s: {problem}")
            if waiting:
                time.sleep(STEP_S)

    def _failed(self, service: Service, what: str) -> LabError:
        last = self._last_words(service.output) or (self._last_words(self._launch_log) if service.is_python else "")
        hint = f"read `interop lab logs {service.owner} {service.name}`; `interop lab up` starts it again"
        return LabError(f"{service.owner}: {service.name} {what}{': ' + last if last else ''}", mend=hint)

    @property
    def _launch_log(self) -> Path:
        return self.bundle.lab / "launch.out"

    def _skip_what_was_said(self, *logs: Path) -> None:
        """Logs go on where an earlier start ended: what that said is no reason why this one fails."""
        self._old_words.update({log: log.stat().st_size for log in logs if log.exists()})

    def _last_words(self, log: Path) -> str:
        try:
            said = log.read_bytes()[self._old_words.get(log, 0) :]
        except OSError:
            return ""
        return (said.decode(errors="replace").strip().splitlines() or [""])[-1]
