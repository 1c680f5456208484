"""Start a bundle: one set of namespaces over an overlay of the userland, and its first process.

Run as ``python -m harness.lab.starter``, in a process without threads, which ends when the bundle stands. The order of things
matters: the state file names the first process before that makes anything, so that whatever is killed when, ``down`` finds it.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import socket
import stat
import struct
import traceback
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from harness.lab import cgroups
from harness.lab.namespaces import Mount, Namespace, cookie, drop_mount, mount, pivot_root, unshare
from harness.lab.paths import Cache, LabPaths
from harness.lab.processes import Process, namespace
from harness.lab.state import State

_ALL = Namespace.MOUNT | Namespace.NET | Namespace.UTS | Namespace.IPC | Namespace.CGROUP
_PLAIN = Mount.NO_SUID | Mount.NO_DEV | Mount.NO_EXEC
_CHARACTER_DEVICES = {
    "null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0),
    "net/tun": (10, 200), "fuse": (10, 229), "loop-control": (10, 237), "kvm": (10, 232),
}  # fmt: skip  # numbers: Documentation/admin-guide/devices.txt of the kernel
_OWN_NETWORK = Path("/proc/self/ns/net")
_LOOP_DEVICES = 128
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_NO_MORE_DESCRIPTORS = 4096
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}


def main() -> None:
    """Fork the first process, write down what it is, and let it go on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("name")
    given = parser.parse_args()
    lab = LabPaths(Cache(given.home), given.name)
    state = State.load(lab.state)
    if state is None:
        raise SystemExit("no state file to write the first process into")
    listening = _control_socket(lab)
    (told, tell), (allowed, allow) = os.pipe(), os.pipe()
    os.setsid()
    unshare(Namespace.PID)
    pid = os.fork()
    if not pid:
        os.close(told)
        os.close(allow)
        _become_first_process(lab, state, listening, tell, allowed)
    os.close(tell)
    os.close(allowed)
    network = json.loads(_word(told))
    first = Process.of(pid)
    if first is None:
        raise SystemExit("the first process ended before it was ready")
    state.with_first(first, **network).save(lab.state)
    os.write(allow, b"go")
    _word(told)


def _word(pipe: int) -> bytes:
    """What the first process has to say; ends this program where that is a failure, or nothing."""
    word = os.read(pipe, 1 << 16)
    if word.startswith(b"failed") or not word:
        raise SystemExit(word.decode() or "the first process ended before it was ready")
    return word


def _control_socket(lab: LabPaths) -> socket.socket:
    """The socket that the first process answers on; made by a short name, since AF_UNIX names hold 108 bytes."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    os.chdir(lab.folder)
    Path("control").unlink(missing_ok=True)
    old = os.umask(0o177)
    listening.bind("control")
    os.umask(old)
    listening.listen(64)
    return listening


def _become_first_process(lab: LabPaths, state: State, listening: socket.socket, tell: int, allowed: int) -> NoReturn:
    """In the forked child: make the namespaces, everything in them, and become the program of the first process."""
    try:
        for group in state.groups:
            cgroups.join(Path(group))
        unshare(_ALL)
        os.write(tell, json.dumps({"netns": namespace(_OWN_NETWORK), "cookie": cookie(_OWN_NETWORK)}).encode())
        if os.read(allowed, 8) != b"go":
            os._exit(1)
        program = files("harness.lab").joinpath("first_process.py").read_text(encoding="utf-8")
        log = os.open(lab.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        _make_root(lab, state)
        _loopback_up()
        socket.sethostname(f"lab-{lab.name}")
        Path("/run/first_process.py").write_text(program, encoding="utf-8")
        _keep_only(log, listening.fileno(), tell)
        os.execve("/usr/bin/python3", ["lab", "-I", "-S", "/run/first_process.py", str(listening.fileno()), str(tell)], _ENVIRONMENT)  # noqa: S606
    except BaseException:  # noqa: BLE001  # whatever it was, the other side of the pipe reports it, and this process ends
        os.write(tell, f"failed: {traceback.format_exc()}".encode())
    os._exit(1)


def _make_root(lab: LabPaths, state: State) -> None:
    """Mount the userland and what belongs into it, and make it this process's root."""
    mount("none", "/", flags=Mount.RECURSIVE | Mount.PRIVATE)
    os.chdir(lab.folder)  # relative names: an overlay's options cannot hold every character of a path
    lower = os.path.relpath(lab.cache.rootfs, lab.folder)
    mount("lab", "root", "overlay", options=f"lowerdir={lower},upperdir=upper,workdir=work")
    os.chdir("root")
    mount("proc", "proc", "proc", _PLAIN)
    mount("sysfs", "sys", "sysfs", _PLAIN)
    for folder, mode in (("dev", "755"), ("run", "755"), ("tmp", "1777")):
        mount("tmpfs", folder, "tmpfs", Mount.NO_SUID, f"mode={mode}")
    _make_devices(Path("dev"))
    _mount_cgroups(state)
    for source, target in ((lab.lab, "lab"), (lab.cache.opt, "opt"), (lab.cache.images, "images")):
        mount(str(source), target, flags=Mount.BIND)
    for target in ("opt", "images"):
        mount("none", target, flags=Mount.BIND | Mount.REMOUNT | Mount.READ_ONLY)
    _name_network(Path("run/netns"))
    Path("run/lock").mkdir(mode=0o1777)
    Path("etc/resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", encoding="utf-8")
    Path("etc/hosts").write_text(f"127.0.0.1 localhost lab-{lab.name}\n", encoding="utf-8")
    pivot_root(".", "old")
    os.chdir("/")
    drop_mount("/old")


def _make_devices(dev: Path) -> None:
    """The devices that servers and switches need; none of the machine's own disks."""
    old = os.umask(0)
    for folder in ("net", "pts", "shm", "mqueue"):
        (dev / folder).mkdir(mode=0o755)
    for name, (major, minor) in _CHARACTER_DEVICES.items():
        if Path("/dev", name).exists():
            os.mknod(dev / name, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
    for number in range(_LOOP_DEVICES):
        os.mknod(dev / f"loop{number}", 0o660 | stat.S_IFBLK, os.makedev(7, number))
    os.umask(old)
    mount("devpts", dev / "pts", "devpts", Mount.NO_SUID | Mount.NO_EXEC, "newinstance,ptmxmode=0666,mode=620,gid=5")
    mount("tmpfs", dev / "shm", "tmpfs", Mount.NO_SUID | Mount.NO_DEV, "mode=1777,size=100%")  # the memory of servers lies there
    mount("mqueue", dev / "mqueue", "mqueue", _PLAIN)
    links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
    for name, target in links.items():
        (dev / name).symlink_to(target)


def _mount_cgroups(state: State) -> None:
    """Mount the hierarchies as the machine has them, each rooted at the lab's own group."""
    place = Path("sys/fs/cgroup")
    mounted = [hierarchy for hierarchy in cgroups.hierarchies() if hierarchy.unified or not state.unified_only]
    if [hierarchy.unified for hierarchy in mounted] == [True]:
        mount("cgroup2", place, "cgroup2", _PLAIN)
        cgroups.delegate(place)
        return
    mount("tmpfs", place, "tmpfs", _PLAIN, "mode=755")
    for hierarchy in mounted:
        target = place / hierarchy.mount.name
        target.mkdir()
        mount("cgroup", target, "cgroup2" if hierarchy.unified else "cgroup", _PLAIN, hierarchy.options)


def _name_network(folder: Path) -> None:
    """Give the bundle's network namespace a name, in a folder that `ip netns` will not want to mount again."""
    folder.mkdir()
    mount(str(folder), folder, flags=Mount.BIND)
    mount("none", folder, flags=Mount.SHARED)
    (folder / "outside").touch()
    mount("/proc/self/ns/net", folder / "outside", flags=Mount.BIND)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def _keep_only(log: int, *wanted: int) -> None:
    """Input from nowhere, output to the log, and of the files that are open only the ``wanted`` ones."""
    nowhere = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    kept = sorted({2, *wanted})
    for below, above in pairwise([*kept, _NO_MORE_DESCRIPTORS]):
        os.closerange(below + 1, above)
    for descriptor in wanted:
        os.set_inheritable(descriptor, True)  # noqa: FBT003  # the standard library's own signature


if __name__ == "__main__":
    main()
