"""A lab's bundle: one process, mount, network, UTS, IPC and control-group namespace over an overlay of the lab's userland.

::

    bundle = Bundle("lab")                       # or Bundle(): the lab that $INTEROP_LAB names
    bundle.up()                                  # heals what an earlier crash left; nothing to do where it is up
    bundle.run(["ip", "netns", "add", "lab1"])   # waits; CompletedProcess with text; LabError where the exit code is not 0
    bundle.run(["ip", "-j", "addr"], netns="lab1", check=False, timeout=5)
    pid = bundle.start(["/opt/2026.2/bin/python", "…"], netns="lab1", env={…}, log=bundle.lab / "lab1/log/nova.log")
    bundle.netns("outside")                      # /proc/<first process>/root/run/netns/outside, as the host sees it
    bundle.serve_packages("203.0.113.1")         # the caching package proxy on an address of the bundle
    serve_packages(bundle, "203.0.113.1")        # harness.lab.egress: package proxy on an address of the bundle, ports 3142 and 80
    bundle.processes()                           # every process of it, as the host sees them
    bundle.down()                                # leaves nothing but the cache; the same after anything was killed

Inside: ``/lab`` is ``bundle.lab`` on the host (an ``up`` that heals finds there what was left; everything else that is written is
gone), ``/opt/<release>`` the virtual environments and ``/images`` the guest images (both read-only), ``/run/netns/outside`` the
bundle's first network namespace. A program is started by the bundle's first process in a session of its own, as root, with the
environment ``ENVIRONMENT`` and what ``env`` adds; what ``run`` started is killed when the caller dies, what ``start`` started ends with
the bundle.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import LabError
from harness.lab import cgroups, control, sweep
from harness.lab.machine import require_for_bundle
from harness.lab.paths import Cache, LabPaths, lab_name
from harness.lab.processes import Process, boot_id, namespace, running
from harness.lab.state import State

__all__ = ["ENVIRONMENT", "Bundle", "TookTooLong"]

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}


class TookTooLong(LabError):
    """A program in the lab that did not end in its time, and was killed."""


class Bundle:
    """One lab's bundle, running or not; raises LabError, and OSError where the machine itself fails."""

    def __init__(self, name: str | None = None, cache: Cache | None = None) -> None:
        self.paths = LabPaths(cache or Cache.default(), name or lab_name())

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.paths.name

    @property
    def lab(self) -> Path:
        """/lab inside, as the host sees it."""
        return self.paths.lab

    @property
    def first(self) -> Process | None:
        """The first process, if the bundle is up."""
        state = State.load(self.paths.state)
        return state.first if state else None

    @property
    def pid(self) -> int:
        """The first process's id; LabError where the bundle is not up."""
        if first := self.first:
            return first.pid
        raise self._not_up()

    def up(self, *, unified_only: bool = False) -> None:
        """Start the bundle, after sweeping what an earlier one left; ``unified_only`` shows it control groups of version 2 alone."""
        with self.alone():
            if self.first:
                return
            require_for_bundle(self.paths.cache)
            sweep.sweep(self.paths)
            cache = self.paths.cache
            if not cache.rootfs.is_dir():
                raise LabError("the lab is not installed", mend="run `interop lab install`")
            layers = [self.paths.folder / name for name in ("upper", "work", "root")]
            for needed in (self.paths.lab, cache.opt, cache.images, *layers):
                needed.mkdir(parents=True, exist_ok=True)
            wanted = [hierarchy for hierarchy in cgroups.hierarchies() if hierarchy.unified or not unified_only]
            groups = tuple(str(hierarchy.group(self.paths.group)) for hierarchy in wanted)
            State(boot_id(), groups, unified_only).save(self.paths.state)
            for hierarchy in wanted:
                cgroups.make(hierarchy, self.paths.group)
            self._start_first_process()

    def _start_first_process(self) -> None:
        """Leave the namespaces to a process without threads; where that fails, nothing stays."""
        command = [sys.executable, "-m", "harness.lab.starter", str(self.paths.cache.home), self.name]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            sweep.sweep(self.paths)
            reason = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
            raise LabError(f"the lab's bundle could not be started: {reason}", mend="root must be allowed namespaces and mounts")

    def down(self) -> None:
        """End everything of the bundle and what it let in, and remove its folder; LabError names what stays."""
        with self.alone():
            sweep.sweep(self.paths)
            shutil.rmtree(self.paths.folder)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other caller starts or ends this lab meanwhile."""
        self.paths.folder.mkdir(parents=True, exist_ok=True)
        with (self.paths.folder.parent / f"{self.name}.lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def run(
        self,
        argv: Sequence[str],
        *,
        netns: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str = "/",
        stdin: str = "",
        check: bool = True,
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside and wait for it; after ``timeout`` seconds it is killed and TookTooLong raised."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            given.write(stdin.encode())
            given.seek(0)
            with self._reach() as asking:
                control.ask(asking, _request(argv, netns, env, cwd), [given.fileno(), out.fileno(), errors.fileno()])
                asking.settimeout(timeout)
                try:
                    code = control.ended(asking)
                except TimeoutError:
                    raise TookTooLong(f"{argv[0]} took longer than {timeout:g} s in the lab") from None
            texts = [os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace") for file in (out, errors)]
        if check and code:
            last = " | ".join((texts[1] or texts[0]).strip().splitlines()[-4:])
            raise LabError(f"`{' '.join(argv)}` in the lab ended with {code}: {last}")
        return subprocess.CompletedProcess(list(argv), code, *texts)

    def start(
        self, argv: Sequence[str], *, netns: str | None = None, env: Mapping[str, str] | None = None, cwd: str = "/", log: Path
    ) -> int:
        """Start a service inside, its output appended to ``log`` (a file of the host); its process id *inside*."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output, Path(os.devnull).open("rb") as nothing, self._reach() as asking:
            request = {**_request(argv, netns, env, cwd), "service": True}
            return control.ask(asking, request, [nothing.fileno(), output.fileno(), output.fileno()])

    def netns(self, name: str = "outside") -> Path:
        """A network namespace of the bundle, as a path of the host for setns(2)."""
        return self.inside(f"/run/netns/{name}")

    def inside(self, path: str) -> Path:
        """A path of the bundle, as the host reaches it while the bundle is up."""
        return Path(f"/proc/{self.pid}/root{path}")

    def processes(self) -> list[Process]:
        """Every process of the bundle (``inner_pid`` is its id inside); not those of its servers, which have namespaces of their own."""
        own = namespace(Path(f"/proc/{self.pid}/ns/pid"))
        return list(running(lambda process: process.namespace("pid") == own))

    def _reach(self) -> socket.socket:
        """A connection to the first process; LabError where the bundle is not up."""
        if not self.first:
            raise self._not_up()
        return control.reach(self.paths.folder)

    def _not_up(self) -> LabError:
        return LabError(f"the lab {self.name!r} is not up", mend="start it with `interop lab up`")


def _request(argv: Sequence[str], netns: str | None, env: Mapping[str, str] | None, cwd: str) -> dict[str, object]:
    return {"argv": list(argv), "netns": netns, "env": {**ENVIRONMENT, **(env or {})}, "cwd": cwd, "service": False}
