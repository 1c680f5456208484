"""Start Python services of several clouds at once: ``launch.py SERVICE:CLOUD[,CLOUD…] …``.

Importing OpenStack is most of its start-up time and much of its memory. So what all services need is imported once, then a process
a service imports what is its own, and forks once for each cloud: clouds of a release share that time, and the pages.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
import threading
import traceback
import warnings
from contextlib import suppress
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

from .home import Home

SHARED = (
    "sqlalchemy.dialects.mysql.pymysql",
    "sqlalchemy.orm",
    "alembic",
    "oslo_config.cfg",
    "oslo_log.log",
    "oslo_db.sqlalchemy.enginefacade",
    "oslo_policy.policy",
    "oslo_middleware",
    "oslo_messaging",
    "oslo_context.context",
    "oslo_utils.timeutils",
    "keystoneauth1.session",
    "keystonemiddleware.auth_token",
    "cryptography.fernet",
    "requests",
    "stevedore",
    "webob",
    "paste.deploy",
    "jsonschema",
    "waitress",
    "setproctitle",
)
"""What at least three of the services import anyway."""


def load(modules: tuple[str, ...]) -> None:
    """Import ``modules``; one that a release does not have is left to the service that needs it."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            print(f"{module} is left to be imported later: {error}", file=sys.stderr)  # noqa: T201  # the launcher's log
    gc.collect()
    gc.freeze()
    if threading.active_count() > 1:
        raise RuntimeError(f"importing {', '.join(modules)} started threads: this process cannot fork any more")


def sign(pidfile: Path, pid: int) -> None:
    """Say in ``pidfile`` which process serves, by id and start time."""
    start = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    new = pidfile.with_suffix(".new")
    new.write_text(f"{pid} {start}", encoding="utf-8")
    new.replace(pidfile)


def detach(log: Path) -> None:
    """Leave the starter's session, and send all output to ``log``."""
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)


def become(service: str, cloud: str) -> None:
    """Serve ``service`` of ``cloud`` until killed.

    When that fails, the whole process ends at once: threads that live on would pass for a service that is about to answer.
    """
    home = Home(cloud)
    detach(home.path / "log" / f"{service}.out")
    spool = home.path / "spool" / service
    spool.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(spool)
    tempfile.tempdir = None
    sys.argv = [service]
    importlib.import_module("setproctitle").setproctitle(f"{cloud}: {service}")
    try:
        importlib.import_module(f"inside.{service}").serve(home)
    except BaseException:  # noqa: BLE001  # whatever it was, its last line is what `up` gives as the reason
        traceback.print_exc()
    os._exit(1)


class NoGreenThreads(MetaPathFinder):
    """Refuses eventlet, which several libraries import when they can: all services of a release run with native threads."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:  # noqa: ARG002  # as the import system calls it
        """Raise where there would be something to find."""
        if fullname.partition(".")[0] == "eventlet":
            raise ImportError("this service runs with native threads")


def outlive_children() -> None:
    """Stay until the last child has ended: the launcher stands for every service that has not signed for itself."""
    with suppress(ChildProcessError):
        while True:
            os.wait()


def main(plan: list[str]) -> None:
    """Fork the tree: all that is needed by several, by one service, by one cloud."""
    warnings.simplefilter("ignore")
    sys.meta_path.insert(0, NoGreenThreads())
    backend = importlib.import_module("oslo_service.backend")
    backend.init_backend(backend.BackendType.THREADING)
    load(SHARED)
    for part in plan:
        service, _, names = part.partition(":")
        if os.fork():
            continue
        clouds = names.split(",")
        for cloud in clouds:
            sign(Home(cloud).pidfile(service), os.getpid())
        module = importlib.import_module(f"inside.{service}")
        if getattr(module, "IMPORTS_EVENTLET", False):
            sys.meta_path.pop(0)
        load(module.MODULES)
        for cloud in clouds:
            child = os.fork()
            if not child:
                become(service, cloud)
            sign(Home(cloud).pidfile(service), child)  # before this process ends, so that the file never names one that is gone
        os._exit(0)
    outlive_children()


if __name__ == "__main__":
    main(sys.argv[1:])
