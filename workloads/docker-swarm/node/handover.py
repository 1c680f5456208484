"""Hands the join token from the manager to the workers: AES-256 and HMAC-SHA256 under the secret that both have from their user-data.

handover.py serve ADDRESS PORT        give the token, read from standard input, to whoever asks
handover.py join MANAGER PORT ADDRESS  ask the manager for it, and join the swarm as ADDRESS

The token stands in no command line and in no file.
"""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import socket
import socketserver
import subprocess
import sys
import urllib.request
from pathlib import Path

SECRET = Path("/run/swarm/secret")
SOCKET = "/var/run/docker.sock"
DIGEST_SIZE = hashlib.sha256().digest_size


class Refused(Exception):
    """What came is not what the manager sealed, or Docker would not join with it."""


def seal(token):
    """``token`` so that only who has the secret can read it, or make another."""
    box = _aes(token)
    return base64.b64encode(_mac(box) + box)


def opened(sealed):
    """The token in ``sealed``."""
    raw = base64.b64decode(sealed)
    mac, box = raw[:DIGEST_SIZE], raw[DIGEST_SIZE:]
    if not hmac.compare_digest(mac, _mac(box)):
        raise Refused("the seal is broken")
    return _aes(box, "-d")


class Door(socketserver.ThreadingTCPServer):
    """Where the manager is asked. Unlike http.server's it asks no resolver for its own name; and when it has ended the port is free."""

    allow_reuse_address = True
    daemon_threads = True


def serve(address, port):
    """Answer every request with the sealed token, until ended."""
    body = seal(sys.stdin.buffer.read().strip())

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with Door((address, int(port)), Handler) as door:
        door.serve_forever()


def join(manager, port, address):
    """Join the swarm of ``manager``. A Docker that is slow to join goes on by itself after it has refused, and must not be asked again."""
    state = membership()
    if state == "active":
        return
    if state == "pending":
        raise Refused("Docker is still joining")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy this server is told to use
    with direct.open(f"http://{manager}:{port}/", timeout=5) as answer:
        token = opened(answer.read(4096)).decode()
    wanted = {
        "JoinToken": token,
        "RemoteAddrs": [f"{manager}:2377"],
        "ListenAddr": f"{address}:2377",
        "AdvertiseAddr": address,
    }
    ask("POST", "/swarm/join", json.dumps(wanted), {"Content-Type": "application/json"})


def membership():
    """What this server's Docker is in a swarm: ``inactive``, ``pending``, ``active`` or another of Docker's words."""
    return ask("GET", "/info")["Swarm"]["LocalNodeState"]


def ask(*request):
    """What this server's Docker answers."""
    docker = Docker()
    docker.request(*request)
    answer = docker.getresponse()
    said = json.loads(answer.read() or "{}")
    if answer.status != 200:
        raise Refused(said["message"])
    return said


class Docker(http.client.HTTPConnection):
    """A connection to this server's own Docker."""

    def __init__(self):
        super().__init__("localhost", timeout=60)

    def connect(self):
        """By its socket, not by the network."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def _aes(data, *flags):
    command = ["openssl", "enc", "-aes-256-ctr", "-pbkdf2", "-md", "sha256", "-pass", f"file:{SECRET}"]
    return subprocess.run([*command, *flags], input=data, stdout=subprocess.PIPE, check=True).stdout


def _mac(data):
    return hmac.new(b"docker-swarm join " + SECRET.read_bytes(), data, hashlib.sha256).digest()


if __name__ == "__main__":
    try:
        {"serve": serve, "join": join}[sys.argv[1]](*sys.argv[2:])
    except (OSError, Refused, http.client.HTTPException) as problem:
        sys.exit(f"handover: {problem}")
