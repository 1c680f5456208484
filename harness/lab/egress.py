"""The lab's package proxy: caching, plain HTTP, and only for the hosts that this machine's own apt settings name.

It lives in the host's network and the bundle's process namespace: it reaches what the host reaches, and ends with the bundle. Its
listening sockets are made inside the bundle and handed over through a UNIX socket in the lab's folder.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from harness.errors import LabError
from harness.lab.apt import Apt
from harness.lab.bundle import Bundle
from harness.lab.locks import locked
from harness.lab.namespaces import Namespace, listen_in, setns
from harness.lab.package_proxy import PackageServer, Store
from harness.lab.processes import Process, end

__all__ = ["PORTS", "end_hung", "serve_packages", "state"]

PORTS = (3142, 80)
"""As a proxy, and as the archives themselves: the lab's resolver gives the proxy's address for their names."""

_SOCKET = "egress"

_ENDING = 2.0
"""Seconds within which a killed proxy has let go of its sockets."""

_ANSWER_LIMIT_S = 10


def serve_packages(bundle: Bundle, address: str, *, netns: str = "outside", ports: tuple[int, ...] = PORTS) -> None:
    """Serve packages on an address of the bundle; nothing to do where they are served already. Raises LabError."""
    with locked(bundle.paths.folder / "egress.lock"):  # clouds come up at the same time, and share one proxy
        for port in ports:
            if listening := _listen(bundle, netns, address, port):
                with listening, _server(bundle) as server:
                    socket.send_fds(server, [b"serve"], [listening.fileno()])
                    server.recv(16)


def end_hung(bundle: Bundle) -> bool:
    """End the proxy where it does not answer, with all that it serves; whether there was one. Raises LabError where it does not end."""
    with locked(bundle.paths.folder / "egress.lock"):
        hung = [] if _running(bundle) else _processes(bundle)
        if end(hung, grace_s=0):
            raise LabError("the package proxy does not answer and cannot be ended", mend="run `interop lab down`, then `interop lab up`")
        return bool(hung)


def state(bundle: Bundle) -> tuple[int, str]:
    """The proxy's process id inside, 0 where it does not run, and why it is of no use at the moment; nothing when it answers."""
    found = _processes(bundle)
    if not found:
        return 0, "not running"
    return found[0].inner_pid, "" if _running(bundle) else f"does not answer within {_ANSWER_LIMIT_S} s"


def _processes(bundle: Bundle) -> list[Process]:
    """The proxy's process, if it runs."""
    return [process for process in bundle.processes() if __name__ in process.command]


def _listen(bundle: Bundle, netns: str, address: str, port: int) -> socket.socket | None:
    """A socket that listens there; None where the proxy does already. A proxy that is just ending is waited for."""
    last = time.monotonic() + _ENDING
    while True:
        try:
            return listen_in(bundle.netns(netns), address, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and _running(bundle):
                return None
            if error.errno != errno.EADDRINUSE or time.monotonic() > last:
                mend = "run `interop lab up`, which ends a package proxy that hangs" if error.errno == errno.EADDRINUSE else ""
                raise LabError(f"the package proxy cannot listen on {address}:{port} in the lab: {error.strerror}", mend=mend) from None
        time.sleep(0.05)


def _running(bundle: Bundle) -> bool:
    """Whether it runs and answers: one that is being killed still takes connections for a moment, but says nothing."""
    try:
        with _connect(bundle) as asking:
            asking.send(b"there?")
            return bool(asking.recv(16))
    except OSError:
        return False


def _server(bundle: Bundle) -> socket.socket:
    """A connection to the proxy, which is started if it does not run."""
    if not _running(bundle):
        _start(bundle)
    return _connect(bundle)


def _connect(bundle: Bundle) -> socket.socket:
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asking.settimeout(_ANSWER_LIMIT_S)
    folder = os.open(bundle.paths.folder, os.O_PATH)
    try:
        asking.connect(f"/proc/self/fd/{folder}/{_SOCKET}")
    except OSError:
        asking.close()
        raise
    finally:
        os.close(folder)
    return asking


def _start(bundle: Bundle) -> None:
    """Start the proxy; it is told all it needs to know, and asks this machine nothing more."""
    apt = Apt.read()
    paths = bundle.paths
    paths.cache.packages.mkdir(parents=True, exist_ok=True)
    proxy = {"http_proxy": apt.proxy, "https_proxy": apt.proxy} if apt.proxy else {}
    with paths.log.open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(bundle.pid), str(paths.folder), str(paths.cache.packages), json.dumps(apt.hosts)],
            env={**os.environ, **proxy, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode:
        raise LabError("the package proxy could not be started", mend=f"its last words are in {paths.log}")


def main() -> None:
    """Enter the bundle's process namespace, serve there, and come back when the proxy is ready."""
    parser = argparse.ArgumentParser()
    parser.add_argument("first", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("allowed", type=json.loads)
    given = parser.parse_args()
    with Path(f"/proc/{given.first}/ns/pid").open("rb") as space:
        setns(space.fileno(), Namespace.PID)
    os.chdir(given.folder)
    Path(_SOCKET).unlink(missing_ok=True)
    asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    old = os.umask(0o177)
    asked.bind(_SOCKET)
    os.umask(old)
    asked.listen()
    # The child is in the bundle, but its parent is not: the proxy is the child's child, so that the bundle's first process adopts and
    # reaps it. Were it this process's, the end of the bundle would wait for whoever reaps orphans on the host.
    if child := os.fork():
        os.waitpid(child, 0)
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    _serve(asked, Store(given.store, given.allowed))


def _serve(asked: socket.socket, store: Store) -> None:
    """Take listening sockets and serve on each, until the bundle ends."""
    while True:
        asking, _ = asked.accept()
        with asking:
            _, descriptors, _, _ = socket.recv_fds(asking, 16, 1)
            for descriptor in descriptors:  # none: somebody only wants to know whether the proxy answers
                server = PackageServer(store, socket.socket(fileno=descriptor))
                threading.Thread(target=server.serve_forever, daemon=True).start()
            asking.send(b"serving")


if __name__ == "__main__":
    main()
