"""The first process of a bundle: starts what it is asked to, and reaps.

It runs on the userland's own Python and nothing but its standard library. Its end is the end of the whole bundle. Each connection
to its socket asks for one program, as JSON with three file descriptors (input, output, errors), and is told the process id and,
later, the exit code. A program is killed when the connection that asked for it closes, unless it was asked for as a service.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from typing import Any

_LARGEST_REQUEST = 1 << 18


class FirstProcess:
    """What process 1 knows: who asked for which child."""

    def __init__(self, listening: socket.socket) -> None:
        self.listening = listening
        self.children: dict[int, tuple[subprocess.Popen[bytes], socket.socket | None]] = {}

    def serve(self, wakeup: int) -> None:
        """Answer requests and reap children, forever."""
        while True:
            waiting: list[Any] = [self.listening, wakeup, *(asker for _, asker in self.children.values() if asker)]
            ready, _, _ = select.select(waiting, [], [])
            if wakeup in ready:
                os.read(wakeup, 4096)
            self.reap()
            for file in ready:
                if file is self.listening:
                    self.answer(self.listening.accept()[0])
                elif isinstance(file, socket.socket):
                    self.hang_up(file)

    def answer(self, asker: socket.socket) -> None:
        """Start the program that a connection asks for."""
        message, descriptors, _, _ = socket.recv_fds(asker, _LARGEST_REQUEST, 3)
        try:
            request = json.loads(message)
            service = bool(request["service"])
            child = start(request, descriptors)
        except (OSError, ValueError, TypeError, KeyError, subprocess.SubprocessError) as error:  # whatever was asked, go on
            tell(asker, {"error": str(error)})
            asker.close()
            return
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        tell(asker, {"pid": child.pid})
        if service:
            asker.close()
        self.children[child.pid] = (child, None if service else asker)

    def reap(self) -> None:
        """Collect every ended child, also those that lost their parents, and tell who asked."""
        while self.ended():
            pass

    def ended(self) -> bool:
        """Collect one ended child; False where there is none."""
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        child, asker = self.children.pop(pid, (None, None))
        if child:
            child.returncode = os.waitstatus_to_exitcode(status)
            if asker:
                tell(asker, {"exit": child.returncode})
                asker.close()
        return pid != 0

    def hang_up(self, gone: socket.socket) -> None:
        """Whoever asked has gone: kill what was started for it, with its process group."""
        for child, asker in self.children.values():
            if asker is gone:
                os.killpg(child.pid, signal.SIGKILL)
                self.children[child.pid] = (child, None)
                gone.close()
                return


def start(request: dict[str, Any], descriptors: list[int]) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, in the network namespace that was named."""
    door = os.open(f"/run/netns/{request['netns']}", os.O_RDONLY) if request["netns"] else -1

    def enter() -> None:
        if door >= 0 and sys.version_info >= (3, 12):  # as the userland's is
            os.setns(door, os.CLONE_NEWNET)

    standard_in, standard_out, standard_error = descriptors
    try:
        return subprocess.Popen(
            request["argv"],
            env=request["env"],
            cwd=request["cwd"],
            stdin=standard_in,
            stdout=standard_out,
            stderr=standard_error,
            start_new_session=True,
            preexec_fn=enter,
        )
    finally:
        if door >= 0:
            os.close(door)


def tell(asker: socket.socket, word: dict[str, Any]) -> None:
    """Send one message to whoever asked, if it is still there."""
    try:
        asker.send(json.dumps(word).encode())
    except OSError:
        return


def main() -> None:
    """Serve on the socket and tell through the pipe that all is ready; both were opened before this program began."""
    listening, ready = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    os.write(ready, b"ready")
    os.close(ready)
    FirstProcess(listening).serve(reading)


if __name__ == "__main__":
    main()
