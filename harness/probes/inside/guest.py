"""What a guest knows of itself: devices, process 1, clock, name, and who came in."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path

_RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))


def guest() -> dict:  # type: ignore[type-arg]
    """Everything at one moment; ``devices`` are all but the loopback, ``came_from`` is sshd's word on the connection.

    ``init_started`` is when process 1 began, in seconds since 1970 by this machine's clock: the kernel's boot time and the process's
    age after it, which is right in a virtual machine (where both are its own) and in a container (where both are the host's).
    """
    return {
        "now": time.time(),
        "init_started": _init_started(),
        "hostname": socket.gethostname(),
        "devices": _devices(Path("/sys/class/net")),
        "resolvers": next((_resolvers(path) for path in _RESOLVERS if path.exists()), []),
        "came_from": os.environ.get("SSH_CONNECTION", ""),
    }


def _init_started() -> float:
    ticks = int(Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19])
    boot = next(int(line.split()[1]) for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def _devices(folder: Path) -> list:  # type: ignore[type-arg]
    found = []
    for path in sorted(path for path in folder.iterdir() if path.is_dir() and path.name != "lo"):
        try:
            found.append(_device(path))
        except (OSError, subprocess.CalledProcessError):
            if path.exists():  # else it has gone meanwhile, as those of containers do
                raise
    return found


def _device(path: Path) -> dict:  # type: ignore[type-arg]
    listing = subprocess.check_output(["ip", "-o", "addr", "show", "dev", path.name]).decode()
    fields = [line.split() for line in listing.splitlines()]
    return {
        "name": path.name,
        "mac": (path / "address").read_text().strip(),
        "mtu": int((path / "mtu").read_text()),
        "addresses": [each[3].split("/")[0] for each in fields if len(each) > 3 and each[2] in ("inet", "inet6")],
    }


def _resolvers(path: Path) -> list:  # type: ignore[type-arg]
    return [line.split()[1] for line in path.read_text().splitlines() if line.startswith("nameserver ")]


if __name__ == "__main__":
    print(json.dumps(guest()))  # noqa: T201
